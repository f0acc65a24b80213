import type { Node } from 'acorn';
import { FsmError } from '../error.ts';
import { compileExpression } from '../expression/expression.ts';
import { parseAt, parseWhole, type Syntax } from '../expression/parse.ts';
import type { Json } from '../json.ts';

/** JavaScript source over the variables `context` and `event`. */
export interface JavaScript {
  readonly source: string;
  /** Which of the helpers of `helperSources` it calls. */
  readonly helpers: ReadonlySet<HelperName>;
}

export type HelperName = keyof typeof helperSources;

/** What expressions and actions have and JavaScript or XState does not, for the module that needs it. */
export const helperSources = {
  text: `/** A value inside a text: nothing for what is absent, JSON for objects and lists. */
const text = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);`,
  orNull: `/** What is absent is null, as in JSON. */
const orNull = (value: unknown): any => value ?? null;`,
  milliseconds: `/** Milliseconds of a number or of a text such as "30s". */
const milliseconds = (value: unknown): number => {
  const [, amount, unit = 'ms'] = /^(\\d+(?:\\.\\d+)?)(ms|s|m|h|d)?$/.exec(String(value)) ?? [];
  if (amount === undefined) throw new Error(\`\${String(value)} is not a duration\`);
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Math.ceil(Number(amount) * units[unit]!);
};`,
  withValueAt: `/** A copy of the data with the value at a path replaced. */
const withValueAt = (data: any, [key, ...rest]: readonly string[], value: unknown): any => {
  if (key === undefined) return value;
  const copy = Array.isArray(data) ? [...data] : { ...data };
  copy[key] = withValueAt(copy[key], rest, value);
  return copy;
};`,
} as const;

/** Why an expression or a template has no JavaScript of its own. */
export class Untranslatable extends Error {}

const roots = ['context', 'event'];

/**
 * An expression as JavaScript. It is JavaScript already, except for what means something else there: `==` compares
 * without conversion, `sort` and `reverse` change nothing, and events of the engine have other names.
 *
 * @throws Untranslatable when it reads more than `context` and `event`, or is no expression at all.
 */
export function expressionSource(expression: string, rename: (eventType: string) => string): string {
  checkRoots(expression);
  const edits: Edit[] = [];
  const readsType = /\bevent\s*(?:\?\.|\.)\s*type\b/.test(expression);
  const visit = (node: Node): void => {
    addEdits(node as Syntax, expression, readsType ? rename : undefined, edits);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parseWhole(expression));
  const source = applyEdits(expression, edits).trim();
  return source.startsWith('{') ? `(${source})` : source;
}

function checkRoots(expression: string): void {
  try {
    compileExpression(expression, { roots });
  } catch (error) {
    if (FsmError.is(error)) throw new Untranslatable(error.message);
    throw error;
  }
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function addEdits(
  node: Syntax,
  source: string,
  rename: ((eventType: string) => string) | undefined,
  edits: Edit[],
): void {
  if (node.type === 'BinaryExpression' && (node.operator === '==' || node.operator === '!=')) {
    if (isNothing(node.left) || isNothing(node.right)) return;
    const { left, right } = node;
    const between = source.slice(left.end, right.start);
    edits.push({ start: left.end, end: right.start, text: between.replace(node.operator, `${node.operator}=`) });
    if (left.type === 'Literal' || right.type === 'Literal') return;
    // null and undefined are the same
    for (const side of [left, right]) {
      edits.push({ start: side.start, end: side.start, text: '(' });
      edits.push({ start: side.end, end: side.end, text: ' ?? null)' });
    }
  } else if (node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && !node.callee.computed) {
    const { property } = node.callee;
    const name = property.type === 'Identifier' ? property.name : '';
    if (name === 'sort') edits.push({ start: property.start, end: property.end, text: 'toSorted' });
    if (name === 'reverse') edits.push({ start: property.start, end: property.end, text: 'toReversed' });
    if (name === 'matchAll') throw new Untranslatable('`matchAll` gives a list, but an iterator in JavaScript.');
  } else if (node.type === 'Literal' && typeof node.value === 'string' && rename !== undefined) {
    const renamed = rename(node.value);
    if (renamed !== node.value) edits.push({ start: node.start, end: node.end, text: JSON.stringify(renamed) });
  }
}

function isNothing(node: Syntax | { readonly type: 'PrivateIdentifier' }): boolean {
  return (
    (node.type === 'Literal' && node.value === null && node.raw === 'null') ||
    (node.type === 'Identifier' && node.name === 'undefined')
  );
}

/** Edits at the same place keep the order in which they were made. */
function applyEdits(source: string, edits: readonly Edit[]): string {
  const ordered = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let made = '';
  let position = 0;
  for (const { start, end, text } of ordered) {
    made += source.slice(position, start) + text;
    position = Math.max(position, end);
  }
  return made + source.slice(position);
}

function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child && typeof child.type === 'string') {
        yield child as Node;
      }
    }
  }
}

/** Whether a JSON template has expressions. */
export function isTemplate(value: Json | undefined): boolean {
  if (typeof value === 'string') return value.includes('{{');
  if (Array.isArray(value)) return value.some(isTemplate);
  return typeof value === 'object' && value !== null && Object.values(value).some(isTemplate);
}

/**
 * A JSON template as JavaScript that gives its value.
 *
 * @throws Untranslatable
 */
export function templateSource(value: Json, rename: (eventType: string) => string): JavaScript {
  const helpers = new Set<HelperName>();
  return { source: itemSource(value, rename, helpers), helpers };
}

/** Where a value must be: an absent one is `null`. */
function itemSource(value: Json, rename: (eventType: string) => string, helpers: Set<HelperName>): string {
  const source = partSource(value, rename, helpers);
  if (typeof value !== 'string' || !isTemplate(value) || source.startsWith('"')) return source;
  helpers.add('orNull');
  return `orNull(${source})`;
}

function partSource(value: Json, rename: (eventType: string) => string, helpers: Set<HelperName>): string {
  if (typeof value === 'string') return textSource(value, rename, helpers);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item: Json) => itemSource(item, rename, helpers)).join(', ')}]`;
  const members = Object.entries(value).map(([key, item]) => `${keySource(key)}: ${partSource(item, rename, helpers)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

export function keySource(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
}

function textSource(text: string, rename: (eventType: string) => string, helpers: Set<HelperName>): string {
  const pieces: { readonly source: string; readonly isText: boolean }[] = [];
  let start = 0;
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', start)) {
    if (open > start) pieces.push({ source: JSON.stringify(text.slice(start, open)), isText: true });
    const { expression, end } = expressionAt(text, open + 2);
    pieces.push({ source: expressionSource(expression, rename), isText: false });
    start = end;
  }
  if (start < text.length) pieces.push({ source: JSON.stringify(text.slice(start)), isText: true });
  const [only] = pieces;
  if (only === undefined) return '""';
  if (pieces.length === 1) return only.source;
  helpers.add('text');
  return pieces.map(({ source, isText }) => (isText ? source : `text(${source})`)).join(' + ');
}

function expressionAt(text: string, offset: number): { readonly expression: string; readonly end: number } {
  const ahead = text.slice(offset);
  try {
    const { end } = parseAt(ahead, 0);
    const close = end + /^\s*/.exec(ahead.slice(end))![0].length;
    if (ahead.startsWith('}}', close)) return { expression: ahead.slice(0, close).trim(), end: offset + close + 2 };
  } catch (error) {
    throw new Untranslatable(error instanceof Error ? error.message : String(error));
  }
  throw new Untranslatable('An expression is not closed with `}}`.');
}

/** `({ context, event }: any) => …`, naming only what is used. */
export function functionSource(body: string, more: readonly string[] = []): string {
  const used = [...roots.filter((root) => new RegExp(`\\b${root}\\b`).test(body)), ...more];
  const parameter = used.length === 0 ? '' : `{ ${used.join(', ')} }: any`;
  return `(${parameter}) => ${body.startsWith('{') ? `(${body})` : body}`;
}
