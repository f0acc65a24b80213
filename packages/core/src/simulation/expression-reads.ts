import type { Node } from 'acorn';
import { parseAt, parseWhole } from '../expression/parse.ts';
import type { Json } from '../json.ts';

/** What an expression reads: `event.data.amount` as keys, with the values it is compared with. */
export interface ExpressionRead {
  readonly keys: readonly string[];
  readonly constants: readonly Json[];
  /** Other reads it is compared with: `context.limit` in `event.data.amount <= context.limit`. */
  readonly against: readonly (readonly string[])[];
}

/** What an expression reads of its roots. `tested` says that its value is only asked to be true or false. */
export function readsOfExpression(source: string, tested: boolean): readonly ExpressionRead[] {
  const collector = new ReadCollector();
  collector.visit(parseWhole(source), tested);
  return collector.reads;
}

/** What the expressions in a text with `{{ … }}` read. */
export function readsOfText(text: string): readonly ExpressionRead[] {
  const collector = new ReadCollector();
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', open)) {
    const syntax = parseAt(text.slice(open + 2), 0);
    collector.visit(syntax, false);
    open += 2 + syntax.end;
  }
  return collector.reads;
}

/** The read that a text consists of, if it is `{{ one.chain }}`, also with a fallback (`?? 0`) behind it. */
export function wholeRead(text: string): readonly string[] | undefined {
  const inside = /^\{\{(.*)\}\}$/s.exec(text.trim())?.[1];
  if (inside === undefined || inside.includes('{{')) return undefined;
  const syntax: Node = unwrap(parseWhole(inside));
  return chainOf(is(syntax, 'LogicalExpression') ? (syntax.left as Node) : syntax);
}

const comparisons = new Set(['==', '===', '!=', '!==', '<', '<=', '>', '>=']);

/** Acorn's nodes by their `type`, as far as they are looked into here. */
type Shape = Node & Readonly<Record<string, unknown>>;

class ReadCollector {
  readonly reads: ExpressionRead[] = [];

  visit(given: Node, tested: boolean): void {
    const node = unwrap(given);
    const chain = chainOf(node);
    if (chain !== undefined) {
      this.reads.push({ keys: chain, constants: tested ? [true, false] : [], against: [] });
      if (is(node, 'MemberExpression') && node.computed) this.visit(node.property as Node, false);
      return;
    }
    if (is(node, 'BinaryExpression') && comparisons.has(String(node.operator))) {
      this.compare(node.left as Node, node.right as Node);
      return;
    }
    if (is(node, 'CallExpression') && this.membership(node)) return;
    const test = isNot(node) || (is(node, 'LogicalExpression') && node.operator !== '??');
    for (const [key, child] of Object.entries(node)) {
      for (const each of Array.isArray(child) ? child : [child]) {
        if (isNode(each)) this.visit(each, test || key === 'test');
      }
    }
  }

  /** `event.data.kind === 'a'`, either way round. */
  private compare(left: Node, right: Node): void {
    for (const [side, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const chain = chainOf(unwrap(side));
      if (chain === undefined) {
        this.visit(side, false);
        continue;
      }
      const constant = literalOf(unwrap(other));
      const against = chainOf(unwrap(other));
      this.reads.push({
        keys: chain,
        constants: constant === undefined ? [] : [constant],
        against: against === undefined ? [] : [against],
      });
    }
  }

  /** `['a', 'b'].includes(event.data.kind)`. */
  private membership(node: Shape): boolean {
    const callee = unwrap(node.callee as Node);
    const [argument] = node.arguments as readonly Node[];
    if (!is(callee, 'MemberExpression') || argument === undefined) return false;
    const list = unwrap(callee.object as Node);
    const chain = chainOf(unwrap(argument));
    if (!is(list, 'ArrayExpression') || chain === undefined) return false;
    const constants = (list.elements as readonly Node[]).map((element) => literalOf(unwrap(element)));
    this.reads.push({ keys: chain, constants: constants.filter((value) => value !== undefined), against: [] });
    return true;
  }
}

function is(node: Node, type: string): node is Shape {
  return node.type === type;
}

function isNot(node: Node): boolean {
  return is(node, 'UnaryExpression') && node.operator === '!';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function unwrap(node: Node): Node {
  if (is(node, 'ParenthesizedExpression') || is(node, 'ChainExpression')) return unwrap(node.expression as Node);
  // a method of a value reads the value
  if (is(node, 'CallExpression')) {
    const callee = unwrap(node.callee as Node);
    const bare = (node.arguments as readonly Node[]).length === 0;
    if (bare && is(callee, 'MemberExpression')) return unwrap(callee.object as Node);
  }
  return node;
}

/** `event.data.amount` as its keys; what is behind a computed key is not told apart. */
function chainOf(node: Node): readonly string[] | undefined {
  if (is(node, 'Identifier')) return [String(node.name)];
  if (!is(node, 'MemberExpression')) return undefined;
  const around = chainOf(unwrap(node.object as Node));
  if (around === undefined) return undefined;
  if (!node.computed) {
    const name = String((node.property as Shape).name);
    return name === 'length' ? around : [...around, name];
  }
  const key = literalOf(unwrap(node.property as Node));
  return typeof key === 'string' || typeof key === 'number' ? [...around, String(key)] : around;
}

function literalOf(node: Node): Json | undefined {
  if (is(node, 'Literal') && !('regex' in node)) return node.value as Json;
  if (is(node, 'UnaryExpression') && node.operator === '-') {
    const value = literalOf(unwrap(node.argument as Node));
    return typeof value === 'number' ? -value : undefined;
  }
  return undefined;
}
