import { isHostileKey, isPlainObject } from '../definition/plain.ts';
import { FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * The context with the value at a dotted path replaced. Objects that are missing (or `null`) on the way are made; an
 * element of a list is named by its position. What lies beside the path is shared with the old context, and when the
 * very value stands there already the old context is returned.
 *
 * @throws FsmError CONTEXT_PATH when the path leads through a value that has no parts, or past the end of a list;
 * HOSTILE_KEY when it has the key `__proto__`, `constructor` or `prototype`.
 */
export function withValueAt(context: JsonObject, path: string, value: Json): JsonObject {
  return withValueAtKeys(context, contextKeys(path), value);
}

/** Splits `a.b.c`, refusing keys that would reach a prototype. */
export function contextKeys(path: string): readonly string[] {
  const keys = path.split('.');
  const hostile = keys.find(isHostileKey);
  if (hostile === undefined && !keys.includes('')) return keys;
  throw new FsmError(
    hostile === undefined ? 'CONTEXT_PATH' : 'HOSTILE_KEY',
    hostile === undefined
      ? `"${path}" is not a path into the context.`
      : `The context has no place for the key \`${hostile}\`.`,
    { hint: 'Join ordinary keys with single dots: `applicant.address.city`.', details: { path } },
  );
}

export function withValueAtKeys(context: JsonObject, keys: readonly string[], value: Json): JsonObject {
  return replace(context, keys, 0, value) as JsonObject;
}

function replace(container: Json | undefined, keys: readonly string[], depth: number, value: Json): Json {
  if (depth === keys.length) return value;
  const key = keys[depth]!;
  if (Array.isArray(container)) {
    const index = elementIndex(container, key, keys);
    const element = replace(container[index], keys, depth + 1, value);
    return element === container[index] && index < container.length
      ? container
      : container.toSpliced(index, 1, element);
  }
  const object = container ?? {};
  if (!isPlainObject(object)) throw noParts(container, keys, depth);
  const before = Object.hasOwn(object, key) ? (object[key] as Json) : undefined;
  const after = replace(before, keys, depth + 1, value);
  return after === before ? (object as JsonObject) : withKey(object as JsonObject, key, after);
}

/** The keys were checked, so an ordinary assignment makes an ordinary property. */
export function withKey(object: JsonObject, key: string, value: Json): JsonObject {
  const copy: { [key: string]: Json } = { ...object };
  copy[key] = value;
  return copy;
}

function elementIndex(list: readonly Json[], key: string, keys: readonly string[]): number {
  const index = /^(?:0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
  if (index >= 0 && index <= list.length) return index;
  throw new FsmError(
    'CONTEXT_PATH',
    `The list at "${keys.slice(0, keys.indexOf(key)).join('.')}" has no place "${key}".`,
    {
      hint: `Use a position from 0 to ${list.length}; the last one appends.`,
      details: { path: keys.join('.') },
    },
  );
}

function noParts(found: Json | undefined, keys: readonly string[], depth: number): FsmError {
  const at = keys.slice(0, depth).join('.');
  return new FsmError('CONTEXT_PATH', `"${keys.join('.')}" leads through "${at}", which is ${JSON.stringify(found)}.`, {
    hint: 'Only objects and lists have parts: replace the whole value first.',
    details: { path: keys.join('.') },
  });
}
