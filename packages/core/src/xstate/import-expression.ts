import type { MemberExpression, Node } from 'acorn';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import { FsmError } from '../error.ts';
import { compileExpression } from '../expression/expression.ts';
import { parseWhole } from '../expression/parse.ts';
import type { Json } from '../json.ts';
import type { ImportScope } from './import-scope.ts';
import { jsonOf, literalTemplate, textOf } from './source-values.ts';

/** Data of a configuration as a template: expressions of version 6 (`{ "@expr": … }`) become `{{ … }}`. */
export function sourceValue(scope: ImportScope, value: unknown, place: Path): Json | undefined {
  if (!holdsExpression(value)) {
    const data = jsonOf(value, place, scope.problems);
    return data === undefined ? undefined : literalTemplate(data);
  }
  if (isExpression(value)) {
    const source = expressionOf(scope, value, place, 'a value');
    return source === undefined ? undefined : `{{ ${source} }}`;
  }
  if (Array.isArray(value)) return value.map((item, index) => sourceValue(scope, item, at(place, index)) ?? null);
  const members: [string, Json][] = [];
  for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
    const part = sourceValue(scope, item, at(place, key));
    if (part !== undefined) members.push([key, part]);
  }
  return Object.fromEntries(members);
}

export function isExpression(value: unknown): value is Readonly<Record<string, unknown>> {
  return isPlainObject(value) && (Object.hasOwn(value, '@expr') || Object.hasOwn(value, '@code'));
}

function holdsExpression(value: unknown, depth = 0): boolean {
  if (depth > 64) return false;
  if (Array.isArray(value)) return value.some((item) => holdsExpression(item, depth + 1));
  if (!isPlainObject(value)) return false;
  return isExpression(value) || Object.values(value).some((item) => holdsExpression(item, depth + 1));
}

const javascript = new Set(['js', 'javascript', 'ecmascript', 'ts', 'typescript']);

/** An expression of version 6 as one of ours; reports it and gives `undefined` where that cannot be. */
export function expressionOf(
  scope: ImportScope,
  given: Readonly<Record<string, unknown>>,
  place: Path,
  what: string,
): string | undefined {
  const { '@expr': source, '@lang': language = scope.expressionLanguage } = given;
  const refuse = (why: string, hint?: string): undefined => {
    scope.problems.error('EXPRESSION_NOT_TRANSLATED', place, `The expression of ${what} ${why}`, hint);
    return undefined;
  };
  if (typeof source !== 'string') return refuse('is code with statements.', 'Write one expression, or register it.');
  if (language !== undefined && !javascript.has(textOf(language).toLowerCase())) {
    return refuse(`is written in ${textOf(language)}.`, 'Write it in JavaScript.');
  }
  try {
    const translated = withEventData(source);
    compileExpression(translated);
    return translated;
  } catch (error) {
    if (!FsmError.is(error) && !(error instanceof WholeEvent)) throw error;
    return refuse(`cannot be used here: ${error.message}`, FsmError.is(error) ? error.hint : undefined);
  }
}

class WholeEvent extends Error {
  constructor() {
    super('It passes the whole event on, whose data stand in `event.data` here.');
  }
}

/** Keys of an event that stand beside its type here as well. */
const eventKeys = new Set(['type', 'data', 'output', 'error']);

/** `event.amount` is `event.data?.amount` here: there the data of an event stand beside its type. */
function withEventData(source: string): string {
  const insertions: { readonly position: number; readonly text: string }[] = [];
  const visit = (node: Node): void => {
    if (isEventMember(node)) {
      const { object, property, computed } = node;
      const key = computed ? (property.type === 'Literal' ? String(property.value) : undefined) : nameOf(property);
      if (key === undefined || !eventKeys.has(key)) {
        // an optional access already has its own `?.`
        const text = node.optional ? '.data' : computed ? '.data?.' : '.data?';
        insertions.push({ position: object.end, text });
      }
      if (computed) visit(property);
      return;
    }
    if (nameOf(node) === 'event') throw new WholeEvent();
    for (const [key, child] of childrenOf(node)) {
      const isKey =
        (node.type === 'MemberExpression' && key === 'property') || (node.type === 'Property' && key === 'key');
      if (!isKey || ('computed' in node && node.computed === true)) visit(child);
    }
  };
  visit(parseFor(source));
  return insertions.reduceRight(
    (text, { position, text: added }) => text.slice(0, position) + added + text.slice(position),
    source,
  );
}

function parseFor(source: string): Node {
  try {
    return parseWhole(source);
  } catch {
    // compiling the text as it is says what is wrong with it
    compileExpression(source);
    throw new WholeEvent();
  }
}

function isEventMember(node: Node): node is MemberExpression {
  return node.type === 'MemberExpression' && 'object' in node && nameOf(node.object as Node) === 'event';
}

function nameOf(node: Node): string | undefined {
  return node.type === 'Identifier' && 'name' in node ? String(node.name) : undefined;
}

function* childrenOf(node: Node): Generator<readonly [string, Node]> {
  for (const [key, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === 'object' && child !== null && 'type' in child && typeof child.type === 'string') {
        yield [key, child as Node];
      }
    }
  }
}
