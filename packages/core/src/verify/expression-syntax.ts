import type { Node, Expression as Syntax } from 'acorn';
import { parseWhole } from '../expression/parse.ts';

export type { Syntax };

/** The syntax of an expression that has been validated; `undefined` for one that cannot be read. */
export function syntaxOf(source: string): Syntax | undefined {
  try {
    return parseWhole(source);
  } catch {
    // of SCXML machines: their expressions are of another dialect
    return undefined;
  }
}

/** Without the parentheses and the marks of optional chains around it. */
export function unwrapped(node: Node): Syntax {
  const syntax = node as Syntax;
  return syntax.type === 'ParenthesizedExpression' || syntax.type === 'ChainExpression'
    ? unwrapped(syntax.expression)
    : syntax;
}

/** The keys of `context.a.b`, `event.data?.items[0]`: a root and own properties of it, all of them known. */
export function staticPath(node: Node): readonly string[] | undefined {
  const syntax = unwrapped(node);
  if (syntax.type === 'Identifier') return syntax.name === 'undefined' ? undefined : [syntax.name];
  if (syntax.type !== 'MemberExpression') return undefined;
  const around = staticPath(syntax.object);
  if (around === undefined) return undefined;
  if (!syntax.computed) return syntax.property.type === 'Identifier' ? [...around, syntax.property.name] : undefined;
  const { property } = syntax;
  if (property.type !== 'Literal') return undefined;
  return typeof property.value === 'string' || typeof property.value === 'number'
    ? [...around, String(property.value)]
    : undefined;
}

export type Constant = string | number | boolean | null | undefined;

/** The value of a literal, also of `-1` and `undefined`. */
export function constantOf(node: Node): { readonly value: Constant } | undefined {
  const syntax = unwrapped(node);
  if (syntax.type === 'Identifier') return syntax.name === 'undefined' ? { value: undefined } : undefined;
  if (syntax.type === 'Literal') {
    const { value } = syntax;
    if (syntax.regex || typeof value === 'bigint' || (typeof value === 'object' && value !== null)) return undefined;
    return { value };
  }
  if (syntax.type !== 'UnaryExpression' || (syntax.operator !== '-' && syntax.operator !== '+')) return undefined;
  const inner = constantOf(syntax.argument);
  if (typeof inner?.value !== 'number') return undefined;
  return { value: syntax.operator === '-' ? -inner.value : inner.value };
}

/** The node and everything in it. */
export function* nodesIn(node: Node): Generator<Syntax> {
  yield node as Syntax;
  for (const value of Object.values(node)) {
    if (isNode(value)) yield* nodesIn(value);
    else if (Array.isArray(value)) for (const item of value.filter(isNode)) yield* nodesIn(item);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A value an expression reads: `event.data.items`, and what is asked of it. */
export interface Read {
  readonly path: readonly string[];
  /** The method that is called on it. */
  readonly method?: string;
}

/** The longest static paths an expression reads: `context.a.b`, not `context.a` as well. */
export function readsIn(node: Node): readonly Read[] {
  const syntax = unwrapped(node);
  const path = staticPath(syntax);
  if (path !== undefined) return [{ path }];
  const reads: Read[] = [];
  for (const [key, value] of Object.entries(syntax)) {
    if (key === 'callee' && isNode(value)) {
      reads.push(...readsOfCallee(value));
      continue;
    }
    // the name of a property and the key of an object are no variables
    if ((key === 'property' || key === 'key') && !('computed' in syntax && syntax.computed === true)) continue;
    if (isNode(value)) reads.push(...readsIn(value));
    else if (Array.isArray(value)) for (const item of value.filter(isNode)) reads.push(...readsIn(item));
  }
  return reads;
}

function readsOfCallee(node: Node): readonly Read[] {
  const callee = unwrapped(node);
  if (callee.type !== 'MemberExpression') return [];
  const { object, property } = callee;
  const path = staticPath(object);
  if (path === undefined) return readsIn(object);
  return [property.type === 'Identifier' ? { path, method: property.name } : { path }];
}

/** The expressions in the strings of a JSON template. */
export function expressionsInTemplate(template: unknown): readonly string[] {
  if (typeof template === 'string') return expressionsInText(template);
  if (Array.isArray(template)) return template.flatMap(expressionsInTemplate);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap(expressionsInTemplate);
}

function expressionsInText(text: string): readonly string[] {
  const found: string[] = [];
  for (let open = text.indexOf('{{'); open >= 0; ) {
    // braces inside an expression: the first end at which it can be read is the right one
    let close = text.indexOf('}}', open + 2);
    while (close >= 0 && syntaxOf(text.slice(open + 2, close)) === undefined) close = text.indexOf('}}', close + 1);
    if (close < 0) break;
    found.push(text.slice(open + 2, close));
    open = text.indexOf('{{', close + 2);
  }
  return found;
}
