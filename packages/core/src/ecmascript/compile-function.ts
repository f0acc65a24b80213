import type { BlockStatement, ModuleDeclaration, Node, Pattern, Program, Statement, VariableDeclaration } from 'acorn';
import { childrenOf } from '../expression/allow-list.ts';
import { charge } from '../expression/budget.ts';
import { Frame, type Step, uninitialised } from './code.ts';
import { compilePattern, initialiseName, namesOf, type Setter } from './compile-target.ts';
import type { Context, FunctionMaker, FunctionSyntax } from './context.ts';
import { type Call, type FunctionCode, FunctionValue } from './function-value.ts';
import { FunctionFacts, LexicalScope } from './lexical-scope.ts';
import { costOf, levelsOf } from './syntax.ts';

export function compileFunction(node: FunctionSyntax, outer: Context): FunctionMaker {
  const code = compileCode(node, outer);
  return (frame) => new FunctionValue(() => code, frame);
}

function compileCode(node: FunctionSyntax, outer: Context): FunctionCode {
  const isArrow = node.type === 'ArrowFunctionExpression';
  const facts = new FunctionFacts(isArrow);
  const scope = new LexicalScope(outer.scope, facts);
  const context = outer.within(scope);
  const name = node.type === 'ArrowFunctionExpression' ? undefined : node.id?.name;
  if (!isArrow) scope.declare('this', 'var');
  // the name of a function that will be data: its text alone must be able to call itself
  if (name !== undefined && (node.type === 'FunctionExpression' || outer.scope.resolve(name) === undefined)) {
    scope.declare(name, 'self');
  }
  for (const { name } of node.params.flatMap(namesOf)) scope.declare(name, 'var');
  const parameters = compileParameters(node.params, context);
  const body = node.body.type === 'BlockStatement' ? compileBody(node.body, context) : undefined;
  const value = node.body.type === 'BlockStatement' ? undefined : context.expression(node.body);
  const self = name !== undefined && scope.isSelf(name) ? scope.slotOf(name) : undefined;
  const receiver = scope.slotOf('this');
  const given = node.params.some((part) => namesOf(part).some(({ name }) => name === 'arguments'))
    ? undefined
    : scope.slotOf('arguments');
  const { lateSlots } = scope;
  const run = (me: FunctionValue, outerFrame: Frame | undefined, call: Call) => {
    const frame = new Frame(call.evaluation, outerFrame);
    const { slots } = frame;
    if (receiver !== undefined) slots[receiver] = call.receiver;
    if (self !== undefined) slots[self] = me;
    if (given !== undefined) slots[given] = copyOf(call.values);
    for (const slot of lateSlots) slots[slot] = uninitialised;
    parameters(frame, call.values);
    if (value !== undefined) return value(frame);
    if (body!(frame)?.kind !== 'return') return undefined;
    const { returned } = call.evaluation;
    call.evaluation.returned = undefined;
    return returned;
  };
  return {
    name: name ?? '',
    arity: arityOf(node.params),
    source: sourceOf(node, context),
    origin: context.origin,
    isArrow,
    outerNames: facts.outerNames,
    cost: 1 + node.params.reduce((sum, part) => sum + costOf(part), 0) + (value === undefined ? 0 : costOf(node.body)),
    depth: levelsOf(node),
    run,
  };
}

function arityOf(parameters: readonly Pattern[]): number {
  const optional = parameters.findIndex(({ type }) => type === 'AssignmentPattern' || type === 'RestElement');
  return optional < 0 ? parameters.length : optional;
}

function copyOf(values: readonly unknown[]): unknown[] {
  charge(values.length);
  return [...values];
}

/** The text of a method starts at its parenthesis. */
function sourceOf(node: FunctionSyntax, { origin }: Context): string {
  const text = origin.text.slice(origin.offset + node.start, origin.offset + node.end);
  return node.type === 'FunctionExpression' && text.startsWith('(') ? `function ${text}` : text;
}

function compileParameters(
  nodes: readonly Pattern[],
  context: Context,
): (frame: Frame, values: readonly unknown[]) => void {
  const leaf = (node: Pattern): Setter =>
    node.type === 'Identifier' ? initialiseName(node.name, node.start, context) : () => {};
  const parts = nodes.map((node) =>
    node.type === 'RestElement'
      ? { set: compilePattern(node.argument, context, leaf), isRest: true }
      : { set: compilePattern(node, context, leaf), isRest: false },
  );
  return (frame, values) => {
    for (let index = 0; index < parts.length; index++) {
      const { set, isRest } = parts[index]!;
      set(frame, isRest ? copyOf(values.slice(index)) : values[index]);
    }
  };
}

function compileBody(node: BlockStatement, context: Context): Step {
  const { scope } = context;
  for (const name of variableNames(node)) scope.declare(name, 'var');
  declareLexical(node.body, scope);
  for (const part of node.body) if (part.type === 'FunctionDeclaration') scope.declare(part.id.name, 'var');
  return compileStatements(node.body, context);
}

/** The names of `var` in a function or script, wherever they stand in it. */
export function variableNames(root: BlockStatement | Program): string[] {
  const names = new Set<string>();
  const visit = (node: Node): void => {
    if (node.type === 'VariableDeclaration') {
      const declaration = node as VariableDeclaration;
      if (declaration.kind === 'var') {
        for (const { id } of declaration.declarations) for (const { name } of namesOf(id)) names.add(name);
      }
    }
    if (/^(?:Arrow)?Function/.test(node.type)) return;
    for (const child of childrenOf(node)) visit(child);
  };
  visit(root);
  return [...names];
}

/** The `let` and `const` of a block. */
export function declareLexical(nodes: readonly (Statement | ModuleDeclaration)[], scope: LexicalScope): void {
  for (const node of nodes) {
    if (node.type !== 'VariableDeclaration' || node.kind === 'var') continue;
    const kind = node.kind === 'const' ? 'const' : 'let';
    for (const { id } of node.declarations) for (const { name } of namesOf(id)) scope.declare(name, kind);
  }
}

/** Statements one after the other; the functions they declare exist from the start. */
export function compileStatements(nodes: readonly Statement[], context: Context): Step {
  const functions = nodes.flatMap((node) => {
    if (node.type !== 'FunctionDeclaration') return [];
    return [{ make: compileFunction(node, context), set: initialiseName(node.id.name, node.start, context) }];
  });
  const steps = nodes.flatMap((node) => (node.type === 'FunctionDeclaration' ? [] : [context.statement(node)]));
  return (frame) => {
    for (const { make, set } of functions) set(frame, make(frame));
    for (let index = 0; index < steps.length; index++) {
      const completion = steps[index]!(frame);
      if (completion !== undefined) return completion;
    }
    return undefined;
  };
}

/** Runs `code` in a frame of its own, when the scope has variables. */
export function inFrame<Result>(scope: LexicalScope, code: (frame: Frame) => Result): (frame: Frame) => Result {
  if (!scope.hasFrame) return code;
  return (frame) => {
    const inner = new Frame(frame.evaluation, frame);
    for (const slot of scope.lateSlots) inner.slots[slot] = uninitialised;
    return code(inner);
  };
}
