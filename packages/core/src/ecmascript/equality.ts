import { maxDepth } from '../definition/limits.ts';
import { charge } from '../expression/budget.ts';
import { valueTooDeep } from '../expression/coerce.ts';
import { Builtin } from './builtin.ts';
import { isForeign, toPrimitive } from './conversions.ts';
import { FunctionValue, sameFunction } from './function-value.ts';
import { RegexValue } from './regex-value.ts';
import { XmlElementValue } from './xml.ts';

/**
 * `===`. Two objects are equal when they are the same as data: data are values, and a snapshot that went through JSON
 * must behave as the machine it was taken of. So a member without a value is as good as none.
 */
export function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string') return sameText(a, b);
  if (!isObject(a) || !isObject(b)) return a === b;
  return sameObject(a, b, 0);
}

/** `==`. */
export function alike(a: unknown, b: unknown, position: number): boolean {
  if (a === null || a === undefined) return b === null || b === undefined;
  if (b === null || b === undefined) return false;
  if (isObject(a) === isObject(b)) return isObject(a) || typeof a === typeof b ? same(a, b) : alikePrimitive(a, b);
  return isObject(a) ? alike(toPrimitive(a, position), b, position) : alike(a, toPrimitive(b, position), position);
}

/** Of different types, none of them `null` or `undefined`. */
function alikePrimitive(a: unknown, b: unknown): boolean {
  charge((typeof a === 'string' ? a.length : typeof b === 'string' ? b.length : 0) / 16);
  return Number(a) === Number(b);
}

function sameText(a: string, b: string): boolean {
  // only texts of the same length are compared character by character
  if (a.length === b.length) charge(a.length / 256);
  return a === b;
}

function sameObject(a: object, b: object, depth: number): boolean {
  if (a === b) return true;
  if (depth >= maxDepth) throw valueTooDeep();
  charge(1);
  if (isForeign(a) || isForeign(b)) return sameForeign(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) ? sameList(a, b as unknown[], depth) : sameMembers(a, b, depth);
}

function sameForeign(a: object, b: object): boolean {
  if (a instanceof FunctionValue && b instanceof FunctionValue) return sameFunction(a, b);
  if (a instanceof XmlElementValue && b instanceof XmlElementValue) return sameText(a.source, b.source);
  if (a instanceof RegexValue && b instanceof RegexValue) return a.text === b.text;
  return a instanceof Builtin && b instanceof Builtin && a.name === b.name;
}

function sameList(a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (a.length !== b.length) return false;
  charge(a.length);
  // an item without a value is `null` in JSON
  for (let index = 0; index < a.length; index++) if (!sameItem(a[index] ?? null, b[index] ?? null, depth)) return false;
  return true;
}

function sameMembers(a: object, b: object, depth: number): boolean {
  const keys = keysWithValue(a);
  if (keys.length !== keysWithValue(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) &&
      sameItem((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], depth),
  );
}

function sameItem(a: unknown, b: unknown, depth: number): boolean {
  return isObject(a) && isObject(b) ? sameObject(a, b, depth + 1) : same(a, b);
}

function keysWithValue(object: object): string[] {
  const keys = Object.keys(object);
  charge(keys.length);
  return keys.filter((key) => (object as Record<string, unknown>)[key] !== undefined);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
