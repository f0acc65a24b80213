import type { Node } from 'acorn';
import { isHostileKey } from '../definition/plain.ts';
import { type Fault, invalid } from './fault.ts';
import type { ExpressionLimits } from './limits.ts';
import { type Syntax, tooDeep } from './parse.ts';

/** Every kind of syntax an expression may contain. Whatever stands in neither table here is refused as well. */
const allowed: ReadonlySet<string> = new Set([
  'ArrayExpression',
  'ArrayPattern',
  'ArrowFunctionExpression',
  'BinaryExpression',
  'CallExpression',
  'ChainExpression',
  'ConditionalExpression',
  'Identifier',
  'Literal',
  'LogicalExpression',
  'MemberExpression',
  'ObjectExpression',
  'ObjectPattern',
  'ParenthesizedExpression',
  'Property',
  'SpreadElement',
  'TemplateElement',
  'TemplateLiteral',
  'UnaryExpression',
]);

/** What people write out of habit: how it is called, and what to do instead. */
const refused: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  AssignmentExpression: ['An assignment', 'Compare with `===`; change the context with the action `assign`.'],
  UpdateExpression: ['`++` or `--`', 'Write `x + 1`; change the context with the action `assign`.'],
  NewExpression: ['`new`', 'Objects are written as `{ … }`, lists as `[ … ]`; the time is the root `now`.'],
  ThisExpression: ['`this`', 'Name the root, for example `context`.'],
  FunctionExpression: [
    'A `function`',
    'Write an arrow where a method takes a callback: `items.map((item) => item.id)`.',
  ],
  ClassExpression: ['A `class`', 'Work with plain objects.'],
  SequenceExpression: ['A comma between expressions', 'Write one expression.'],
  TaggedTemplateExpression: ['A tagged template', 'Call a known function with arguments.'],
  AwaitExpression: ['`await`', 'Do the work in an effect and use its result.'],
  YieldExpression: ['`yield`', 'Write one expression.'],
  ImportExpression: ['`import`', 'Use the known functions and methods.'],
  MetaProperty: ['`import.meta` or `new.target`', 'Use the known functions and methods.'],
  Super: ['`super`', 'Name the root, for example `context`.'],
  AssignmentPattern: ['A default value of a parameter', 'Use `??` in the body of the arrow.'],
  RestElement: ['A rest parameter', 'Name the parameters, or use `slice`.'],
  BlockStatement: [
    'A body in braces',
    'Write the value after the arrow; an object needs parentheses: `(x) => ({ … })`.',
  ],
  PrivateIdentifier: ['A private name', 'Use a plain property name.'],
};

/**
 * Refuses all syntax that is not on the allow-list, names that reach a prototype, and trees that are too large. The
 * compiler after it only ever sees what passed here.
 */
export function checkSyntax(root: Syntax, limits: ExpressionLimits): void {
  let nodes = 0;
  const visit = (node: Node, depth: number): void => {
    if (++nodes > limits.nodes) {
      throw invalid('TOO_MANY_NODES', `The expression has more than ${limits.nodes} parts`, node.start, 'Split it.');
    }
    if (depth > limits.depth) throw tooDeep(node.start);
    if (!allowed.has(node.type)) throw refusal(node);
    checkNode(node as AllowedNode);
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  visit(root, 1);
}

/** How many nodes a tree has: what one call of a callback costs. */
export function countNodes(root: Node): number {
  let nodes = 1;
  for (const child of childrenOf(root)) nodes += countNodes(child);
  return nodes;
}

type AllowedNode = Syntax | import('acorn').Property | import('acorn').ObjectPattern;

function checkNode(node: AllowedNode): void {
  switch (node.type) {
    case 'Identifier':
      if (isHostileKey(node.name)) throw hostileName(node.name, node.start);
      return;
    case 'Literal':
      if (typeof node.value === 'bigint' || node.bigint) {
        throw invalid(
          'CONSTRUCT',
          'A bigint is not allowed in an expression',
          node.start,
          'JSON has plain numbers only.',
        );
      }
      return;
    case 'MemberExpression':
      if (node.property.type === 'Literal' && isHostileKey(String(node.property.value))) {
        throw hostileName(String(node.property.value), node.property.start);
      }
      return;
    case 'Property':
      if (node.kind !== 'init' || node.method) {
        throw invalid(
          'CONSTRUCT',
          'A getter, setter or method is not allowed in an expression',
          node.start,
          'Write `key: value`.',
        );
      }
      if (node.key.type === 'Literal' && isHostileKey(String(node.key.value))) {
        throw hostileName(String(node.key.value), node.key.start);
      }
      return;
    case 'ArrayExpression':
      if (node.elements.includes(null)) {
        throw invalid('CONSTRUCT', 'A hole in a list is not allowed in an expression', node.start, 'Write `null`.');
      }
      return;
    case 'UnaryExpression':
      if (node.operator === 'delete' || node.operator === 'void') {
        throw invalid('CONSTRUCT', `\`${node.operator}\` is not allowed in an expression`, node.start);
      }
      return;
    case 'BinaryExpression':
      if (node.operator === 'instanceof') {
        throw invalid(
          'CONSTRUCT',
          '`instanceof` is not allowed in an expression',
          node.start,
          'Use `typeof` or `Array.isArray`.',
        );
      }
      return;
    case 'ArrowFunctionExpression':
      if (node.async) {
        throw invalid('CONSTRUCT', '`async` is not allowed in an expression', node.start, 'Do the work in an effect.');
      }
      return;
    default:
      return;
  }
}

function refusal(node: Node): Fault {
  const [what, hint] = refused[node.type] ?? [`This syntax (${node.type})`, 'Write a plain expression.'];
  return invalid('CONSTRUCT', `${what} is not allowed in an expression`, node.start, hint);
}

function hostileName(name: string, position: number): Fault {
  return invalid(
    'NAME',
    `The name "${name}" is not allowed in an expression`,
    position,
    'Name the data property differently.',
  );
}

/** The nodes right below a node, in the order of the source. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    if (isNode(value)) yield value;
    else if (Array.isArray(value)) yield* value.filter(isNode);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
