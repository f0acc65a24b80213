import { type Node, type Options, type Program, parse, parseExpressionAt } from 'acorn';
import { isHostileKey } from '../definition/plain.ts';
import { childrenOf } from '../expression/allow-list.ts';
import { type Fault, invalid, tooLong } from '../expression/fault.ts';
import type { ExpressionLimits } from '../expression/limits.ts';
import { asFault, type Syntax, tooDeep } from '../expression/parse.ts';
import { maxSyntaxDepth } from './limits.ts';

const options: Options = {
  ecmaVersion: 2025,
  sourceType: 'script',
  allowHashBang: false,
  // only with its parentheses does the outermost node tell where an expression ends
  preserveParens: true,
};

/** The expression that fills all of `source`, but for semicolons at its end. */
export function parseExpression(source: string, limits: ExpressionLimits): Syntax {
  if (source.length > limits.sourceLength) throw tooLong(limits.sourceLength);
  if (source.trim() === '') throw invalid('EMPTY', 'The expression is empty', 0, 'Write an expression.');
  const syntax = parseExpressionStart(source);
  const rest = afterComments(source, syntax.end);
  if (!/^[\s;]*$/.test(rest)) {
    const position = syntax.end + rest.search(/[^\s;]/);
    throw invalid(
      'SYNTAX',
      `Unexpected \`${tokenAt(source, position)}\``,
      position,
      'Write one JavaScript expression.',
    );
  }
  return syntax;
}

/** The expression at the start of `source`; its `end` says where it stops. */
export function parseExpressionStart(source: string): Syntax {
  try {
    return parseExpressionAt(source, 0, options);
  } catch (error) {
    throw asFault(error, source);
  }
}

export function parseScript(source: string, limits: ExpressionLimits): Program {
  if (source.length > limits.sourceLength) throw tooLong(limits.sourceLength);
  try {
    return parse(source, options);
  } catch (error) {
    throw asFault(error, source);
  }
}

/** Every kind of syntax the data model has. Whatever is not here is refused, also what a later acorn learns. */
const allowed: ReadonlySet<string> = new Set([
  'ArrayExpression',
  'ArrayPattern',
  'ArrowFunctionExpression',
  'AssignmentExpression',
  'AssignmentPattern',
  'BinaryExpression',
  'BlockStatement',
  'BreakStatement',
  'CallExpression',
  'CatchClause',
  'ChainExpression',
  'ConditionalExpression',
  'ContinueStatement',
  'DoWhileStatement',
  'EmptyStatement',
  'ExpressionStatement',
  'ForInStatement',
  'ForOfStatement',
  'ForStatement',
  'FunctionDeclaration',
  'FunctionExpression',
  'Identifier',
  'IfStatement',
  'LabeledStatement',
  'Literal',
  'LogicalExpression',
  'MemberExpression',
  'NewExpression',
  'ObjectExpression',
  'ObjectPattern',
  'ParenthesizedExpression',
  'Program',
  'Property',
  'RestElement',
  'ReturnStatement',
  'SequenceExpression',
  'SpreadElement',
  'SwitchCase',
  'SwitchStatement',
  'TemplateElement',
  'TemplateLiteral',
  'ThisExpression',
  'ThrowStatement',
  'TryStatement',
  'UnaryExpression',
  'UpdateExpression',
  'VariableDeclaration',
  'VariableDeclarator',
  'WhileStatement',
]);

/** What people write: how it is called, and what to do instead. */
const refused: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  AwaitExpression: ['`await`', 'Invoke what takes time, and wait for its event.'],
  ClassDeclaration: ['A `class`', 'Write a function, and call it with `new`.'],
  ClassExpression: ['A `class`', 'Write a function, and call it with `new`.'],
  DebuggerStatement: ['`debugger`', 'Write a `log` action.'],
  ImportExpression: ['`import`', 'Write the function itself.'],
  MetaProperty: ['`new.target` or `import.meta`', 'Pass an argument.'],
  Super: ['`super`', 'Call the function by its name.'],
  TaggedTemplateExpression: ['A tagged template', 'Call a function with arguments.'],
  WithStatement: ['`with`', 'Name the object.'],
  YieldExpression: ['`yield`', 'Make a list.'],
};

/** Refuses what the data model does not have, names that reach a prototype, and trees that are too large. */
export function checkSyntax(root: Node, limits: ExpressionLimits): void {
  let nodes = 0;
  const visit = (node: Node, depth: number): void => {
    if (++nodes > limits.nodes) {
      throw invalid('TOO_MANY_NODES', `The source has more than ${limits.nodes} parts`, node.start, 'Split it.');
    }
    if (depth > maxSyntaxDepth) throw tooDeep(node.start);
    if (!allowed.has(node.type)) {
      const [what, hint] = refused[node.type] ?? [`This syntax (${node.type})`, 'Write it in another way.'];
      throw notSupported(what, node, hint);
    }
    checkNode(node as Checked);
    for (const child of childrenOf(node)) visit(child, depth + 1);
  };
  visit(root, 1);
}

type Checked =
  | Syntax
  | import('acorn').Property
  | import('acorn').ObjectPattern
  | import('acorn').FunctionDeclaration
  | import('acorn').ForOfStatement
  | import('acorn').VariableDeclaration;

function checkNode(node: Checked): void {
  switch (node.type) {
    case 'Identifier':
      if (isHostileKey(node.name)) throw hostileName(node.name, node);
      return;
    case 'Literal':
      if (node.bigint) throw notSupported('A bigint', node, 'JSON has plain numbers only.');
      return;
    case 'MemberExpression':
      if (node.property.type === 'Literal' && isHostileKey(String(node.property.value))) {
        throw hostileName(String(node.property.value), node.property);
      }
      return;
    case 'Property':
      if (node.kind !== 'init') throw notSupported('A getter or setter', node, 'Write `key: value`.');
      if (node.key.type === 'Literal' && isHostileKey(String(node.key.value))) {
        throw hostileName(String(node.key.value), node.key);
      }
      return;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      if (node.async) throw notSupported('`async`', node, 'Invoke what takes time, and wait for its event.');
      if (node.generator) throw notSupported('A generator', node, 'Make a list.');
      return;
    case 'ForOfStatement':
      if (node.await) throw notSupported('`for await`', node, 'Write `for … of` over a list.');
      return;
    case 'VariableDeclaration':
      if (!['var', 'let', 'const'].includes(node.kind)) throw notSupported(`\`${node.kind}\``, node, 'Write `const`.');
      return;
    default:
      return;
  }
}

/** What an evaluation of a node is charged: its parts, without the functions in it, which are charged when called. */
export function costOf(root: Node): number {
  let nodes = 1;
  for (const child of childrenOf(root)) if (!isFunction(child)) nodes += costOf(child);
  return nodes;
}

/** How many levels a tree has. */
export function levelsOf(root: Node): number {
  let deepest = 0;
  for (const child of childrenOf(root)) deepest = Math.max(deepest, levelsOf(child));
  return deepest + 1;
}

/** Whether a closure may be made in it, which outlives the variables around. */
export function makesFunctions(root: Node): boolean {
  for (const child of childrenOf(root)) if (isFunction(child) || makesFunctions(child)) return true;
  return false;
}

function isFunction(node: Node): boolean {
  return /^(?:Arrow)?Function/.test(node.type);
}

function hostileName(name: string, node: Node): Fault {
  return invalid('NAME', `The name "${name}" is not allowed`, node.start, 'Choose a different name.');
}

function notSupported(what: string, node: Node, hint: string): Fault {
  return invalid('CONSTRUCT', `${what} is not supported in the data model`, node.start, hint);
}

/** The text after `start`, with comments made blank. */
function afterComments(source: string, start: number): string {
  return source
    .slice(start)
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n\r\u2028\u2029]*/g, (comment) => ' '.repeat(comment.length));
}

function tokenAt(source: string, position: number): string {
  return /^(?:[\p{L}\p{N}_$]+|.)/u.exec(source.slice(position))?.[0] ?? source[position]!;
}
