import { maxDepth, maxValues } from '../definition/limits.ts';
import { at, type Path } from '../definition/path.ts';
import { describe, isPlainObject } from '../definition/plain.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ProblemList } from './problems.ts';

/** Data as it stands in a configuration: a copy without what JSON does not have, which is reported. */
export function jsonOf(value: unknown, place: Path, problems: ProblemList, depth = 0): Json | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (depth > maxDepth) {
    problems.error('TOO_DEEP', place, 'The value nests too deeply, or contains itself.');
    return undefined;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => jsonOf(item, at(place, index), problems, depth + 1) ?? null);
  }
  if (isPlainObject(value)) return objectOf(value, place, problems, depth);
  if (value === undefined) return undefined;
  const what = typeof value === 'object' ? 'an instance of a class' : describe(value);
  problems.error('VALUE_LOST', place, `JSON has no ${what.replace(/^an? /, '')}.`, 'Write the data themselves.');
  return undefined;
}

export function objectOf(
  value: Readonly<Record<string, unknown>>,
  place: Path,
  problems: ProblemList,
  depth = 0,
): JsonObject {
  const members: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    const copy = jsonOf(item, at(place, key), problems, depth + 1);
    if (copy !== undefined) members.push([key, copy]);
  }
  return Object.fromEntries(members);
}

/** The same data where a template is expected: `{{` is text there only when it is quoted. */
export function literalTemplate(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('{{', "{{ '{{' }}");
  if (Array.isArray(value)) return value.map(literalTemplate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literalTemplate(item)]));
}

/** Whether a value can be walked: nothing contains itself, and there are not more values than a definition may have. */
export function isBounded(value: unknown): boolean {
  let count = 0;
  const visit = (part: unknown, depth: number): boolean => {
    if (typeof part !== 'object' || part === null) return true;
    if (depth > maxDepth) return false;
    if (!Array.isArray(part) && !isPlainObject(part)) return true;
    const parts = Object.values(part);
    count += parts.length;
    return count <= maxValues && parts.every((each) => visit(each, depth + 1));
  };
  return visit(value, 1);
}

/** The text itself, or what the value is: not every value can be made text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : describe(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}

/** The one, or the list; `undefined` when there are none. */
export function oneOrMany<T>(items: readonly T[]): T | readonly T[] | undefined {
  return items.length > 1 ? items : items[0];
}

/** Without the keys whose value is `undefined`. */
export function present<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
