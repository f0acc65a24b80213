import type {
  DoWhileStatement,
  Expression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Pattern,
  Statement,
  SwitchStatement,
  TryStatement,
  VariableDeclaration,
  WhileStatement,
} from 'acorn';
import { charge } from '../expression/budget.ts';
import { failed } from '../expression/fault.ts';
import { letThrough } from '../expression/syntax-facts.ts';
import { type Code, type Completion, Frame, type Step } from './code.ts';
import { setterOf } from './compile-expression.ts';
import { compileStatements, declareLexical, inFrame } from './compile-function.ts';
import { compilePattern, initialiseName, namesOf, type Setter } from './compile-target.ts';
import type { Context } from './context.ts';
import { same } from './equality.ts';
import { caught, Thrown } from './error-value.ts';
import { LexicalScope } from './lexical-scope.ts';
import { enumerableKeys, hasMember } from './member.ts';
import { costOf, makesFunctions } from './syntax.ts';

const returning: Completion = { kind: 'return', label: undefined };

/** `labels` are those in front of the statement: a loop ends the jumps to them. */
export function compileStatement(node: Statement, context: Context, labels: readonly string[]): Step {
  switch (node.type) {
    case 'EmptyStatement':
      return () => undefined;
    case 'ExpressionStatement': {
      const value = metered(node.expression, context);
      return (frame) => {
        value(frame);
        return undefined;
      };
    }
    case 'VariableDeclaration':
      return declaration(node, context);
    case 'BlockStatement':
      return block(node.body, context);
    case 'IfStatement':
      return choice(
        metered(node.test, context),
        context.statement(node.consequent),
        node.alternate ? context.statement(node.alternate) : undefined,
      );
    case 'WhileStatement':
    case 'DoWhileStatement':
      return whileLoop(node, context, labels);
    case 'ForStatement':
      return forLoop(node, context, labels);
    case 'ForInStatement':
    case 'ForOfStatement':
      return eachLoop(node, context, labels);
    case 'SwitchStatement':
      return selection(node, context);
    case 'ReturnStatement': {
      const value = node.argument ? metered(node.argument, context) : () => undefined;
      return (frame) => {
        const returned = value(frame);
        frame.evaluation.returned = returned;
        return returning;
      };
    }
    case 'BreakStatement':
    case 'ContinueStatement': {
      const kind = node.type === 'BreakStatement' ? 'break' : 'continue';
      const completion: Completion = { kind, label: node.label?.name };
      return () => completion;
    }
    case 'ThrowStatement': {
      const value = metered(node.argument, context);
      return (frame) => {
        throw new Thrown(value(frame), node.start);
      };
    }
    case 'TryStatement':
      return attempt(node, context);
    case 'LabeledStatement': {
      const name = node.label.name;
      const body = context.statement(node.body, [...labels, name]);
      return (frame) => {
        const completion = body(frame);
        return completion?.kind === 'break' && completion.label === name ? undefined : completion;
      };
    }
    case 'FunctionDeclaration':
      return block([node], context);
    default:
      throw letThrough(node.type);
  }
}

/** An expression that is charged each time it is evaluated, with `more` for what is done with its value. */
function metered(node: Expression, context: Context, more = 0): Code {
  const code = context.expression(node);
  const cost = costOf(node) + more;
  return (frame) => {
    charge(cost);
    return code(frame);
  };
}

function declaration(node: VariableDeclaration, context: Context): Step {
  const parts = node.declarations.flatMap(({ id, init }) => {
    // `var x;` changes nothing, `let x;` makes it undefined
    if (!init && node.kind === 'var') return [];
    const value = init ? metered(init, context, costOf(id)) : () => undefined;
    return [{ value, set: declarationSetter(id, context) }];
  });
  return (frame) => {
    for (const { value, set } of parts) set(frame, value(frame));
    return undefined;
  };
}

function declarationSetter(node: Pattern, context: Context): Setter {
  return compilePattern(node, context, (part) =>
    part.type === 'Identifier' ? initialiseName(part.name, part.start, context) : setterOf(part, context),
  );
}

function block(nodes: readonly Statement[], context: Context): Step {
  const scope = new LexicalScope(context.scope);
  declareBlock(nodes, scope);
  return inFrame(scope, compileStatements(nodes, context.within(scope)));
}

/** Functions in a block belong to it, as in strict mode. */
function declareBlock(nodes: readonly Statement[], scope: LexicalScope): void {
  declareLexical(nodes, scope);
  for (const node of nodes) if (node.type === 'FunctionDeclaration') scope.declare(node.id.name, 'var');
}

function choice(test: Code, yes: Step, no: Step | undefined): Step {
  return (frame) => (test(frame) ? yes(frame) : no?.(frame));
}

/** What a loop does with the completion of its body: go on, end, or hand it further out. */
function afterBody(completion: Completion | undefined, labels: readonly string[]): 'next' | 'end' | Completion {
  if (completion === undefined) return 'next';
  const { kind, label } = completion;
  if (kind === 'continue' && (label === undefined || labels.includes(label))) return 'next';
  return kind === 'break' && label === undefined ? 'end' : completion;
}

function whileLoop(node: WhileStatement | DoWhileStatement, context: Context, labels: readonly string[]): Step {
  const test = metered(node.test, context);
  const body = context.statement(node.body);
  const testsFirst = node.type === 'WhileStatement';
  return (frame) => {
    for (let first = true; (first && !testsFirst) || test(frame); first = false) {
      charge(1);
      const outcome = afterBody(body(frame), labels);
      if (outcome === 'end') return undefined;
      if (outcome !== 'next') return outcome;
    }
    return undefined;
  };
}

function forLoop(node: ForStatement, context: Context, labels: readonly string[]): Step {
  const scope = new LexicalScope(context.scope);
  if (node.init?.type === 'VariableDeclaration') declareLexical([node.init], scope);
  const inner = context.within(scope);
  const start = node.init && startOf(node.init, inner);
  const test = node.test && metered(node.test, inner);
  const update = node.update && metered(node.update, inner);
  const body = inner.statement(node.body);
  // closures made in a round keep the variables of that round
  const renews = scope.hasFrame && makesFunctions(node);
  return inFrame(scope, (first) => {
    let frame = first;
    start?.(frame);
    if (renews) frame = renewed(frame);
    while (test ? test(frame) : true) {
      charge(1);
      const outcome = afterBody(body(frame), labels);
      if (outcome === 'end') return undefined;
      if (outcome !== 'next') return outcome;
      if (renews) frame = renewed(frame);
      update?.(frame);
    }
    return undefined;
  });
}

function startOf(node: VariableDeclaration | Expression, context: Context): (frame: Frame) => unknown {
  return node.type === 'VariableDeclaration' ? context.statement(node) : metered(node, context);
}

function renewed(frame: Frame): Frame {
  const next = new Frame(frame.evaluation, frame.parent);
  next.slots.push(...frame.slots);
  return next;
}

function eachLoop(node: ForInStatement | ForOfStatement, context: Context, labels: readonly string[]): Step {
  const scope = new LexicalScope(context.scope);
  if (node.left.type === 'VariableDeclaration') declareLexical([node.left], scope);
  const inner = context.within(scope);
  const source = inFrame(scope, metered(node.right, inner));
  const set = eachSetter(node.left, inner);
  const body = inner.statement(node.body);
  const items = node.type === 'ForInStatement' ? keysOf : itemsOf(node.right.start);
  const cost = costOf(node.left);
  return (frame) => {
    for (const item of items(source(frame))) {
      charge(cost);
      const own = scope.hasFrame ? new Frame(frame.evaluation, frame) : frame;
      set(own, item);
      const outcome = afterBody(body(own), labels);
      if (outcome === 'end') return undefined;
      if (outcome !== 'next') return outcome;
    }
    return undefined;
  };
}

function eachSetter(left: VariableDeclaration | Pattern, context: Context): Setter {
  if (left.type === 'VariableDeclaration') return declarationSetter(left.declarations[0]!.id, context);
  return compilePattern(left, context, (part) => setterOf(part, context));
}

/** The keys an object has at the start, but for those that are deleted before their turn. */
function* keysOf(object: unknown): Generator<string> {
  for (const key of enumerableKeys(object)) {
    if (typeof object !== 'object' || hasMember(object, key)) yield key;
  }
}

/** The items of a list as it is when they are reached; the characters of a text. */
function itemsOf(position: number): (value: unknown) => Iterable<unknown> {
  return (value) => {
    if (typeof value === 'string' || Array.isArray(value)) return value;
    throw failed(
      'NOT_ITERABLE',
      'Only lists and texts have items',
      position,
      'Use `for … in` for the keys of an object.',
    );
  };
}

function selection(node: SwitchStatement, context: Context): Step {
  const value = metered(node.discriminant, context);
  const scope = new LexicalScope(context.scope);
  declareBlock(
    node.cases.flatMap(({ consequent }) => consequent),
    scope,
  );
  const inner = context.within(scope);
  const cases = node.cases.map(({ test, consequent }) => ({
    test: test ? metered(test, inner) : undefined,
    body: compileStatements(consequent, inner),
  }));
  const run = (frame: Frame, asked: unknown): Completion | undefined => {
    let start = cases.findIndex(({ test }) => test !== undefined && same(asked, test(frame)));
    if (start < 0) start = cases.findIndex(({ test }) => test === undefined);
    if (start < 0) return undefined;
    for (let index = start; index < cases.length; index++) {
      const completion = cases[index]!.body(frame);
      if (completion === undefined) continue;
      return completion.kind === 'break' && completion.label === undefined ? undefined : completion;
    }
    return undefined;
  };
  return (frame) => {
    const asked = value(frame);
    return inFrame(scope, (own) => run(own, asked))(frame);
  };
}

function attempt(node: TryStatement, context: Context): Step {
  const body = context.statement(node.block);
  const handler = node.handler && handlerOf(node.handler.param, node.handler.body.body, context);
  const last = node.finalizer && context.statement(node.finalizer);
  const guarded: Step = handler ? (frame) => withHandler(frame, body, handler) : body;
  return last ? (frame) => withFinally(frame, guarded, last) : guarded;
}

function withHandler(frame: Frame, body: Step, handler: (frame: Frame, value: unknown) => Completion | undefined) {
  try {
    return body(frame);
  } catch (error) {
    const thrown = caught(error);
    if (thrown === undefined) throw error;
    return handler(frame, thrown.value);
  }
}

/** A limit or a fault of the engine ends everything at once: nothing may go on after it. */
function withFinally(frame: Frame, body: Step, last: Step): Completion | undefined {
  let completion: Completion | undefined;
  try {
    completion = body(frame);
  } catch (error) {
    if (caught(error) === undefined) throw error;
    const instead = last(frame);
    if (instead !== undefined) return instead;
    throw error;
  }
  const { returned } = frame.evaluation;
  const instead = last(frame);
  if (instead !== undefined) return instead;
  frame.evaluation.returned = returned;
  return completion;
}

function handlerOf(parameter: Pattern | null | undefined, nodes: readonly Statement[], context: Context) {
  const scope = new LexicalScope(context.scope);
  for (const { name } of parameter ? namesOf(parameter) : []) scope.declare(name, 'var');
  const inner = context.within(scope);
  const set = parameter ? declarationSetter(parameter, inner) : undefined;
  const body = block(nodes, inner);
  const cost = parameter ? costOf(parameter) : 0;
  return (frame: Frame, value: unknown) =>
    inFrame(scope, (own) => {
      charge(cost);
      set?.(own, value);
      return body(own);
    })(frame);
}
