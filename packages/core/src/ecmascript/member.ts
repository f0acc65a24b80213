import { describe, isHostileKey } from '../definition/plain.ts';
import { charge, chargeText } from '../expression/budget.ts';
import { failed } from '../expression/fault.ts';
import { hostileKey } from '../expression/member.ts';
import { Builtin } from './builtin.ts';
import { isDataObject, isForeign, toText } from './conversions.ts';
import type { Evaluation } from './evaluation.ts';
import { FunctionValue } from './function-value.ts';
import { RegexValue } from './regex-value.ts';
import { XmlElementValue } from './xml.ts';

/** `object.key`: own properties of data, and the known ones of what is no data. Nothing of a prototype is reached. */
export function readMember(object: unknown, key: string, position: number): unknown {
  if (typeof object === 'object' && object !== null) {
    if (Object.hasOwn(object, key)) return (object as { readonly [key: string]: unknown })[key];
    return isForeign(object) ? foreignMember(object, key) : undefined;
  }
  if (object === undefined || object === null) throw noValue(object, key, position);
  // the length and the characters are the own properties of a text
  return typeof object === 'string' ? Object.getOwnPropertyDescriptor(object, key)?.value : undefined;
}

/** `object[key]` */
export function readElement(object: unknown, key: unknown, position: number): unknown {
  if (typeof key === 'number' && (Array.isArray(object) || typeof object === 'string')) {
    return Number.isInteger(key) && key >= 0 && key < object.length ? object[key] : undefined;
  }
  return readMember(object, propertyKey(key, position), position);
}

/** A computed key, as text; no name that reaches a prototype. */
export function propertyKey(key: unknown, position: number): string {
  if (typeof key === 'number') return String(key);
  const text = toText(key, position);
  if (isHostileKey(text)) throw hostileKey(text, position);
  chargeText(text.length);
  return text;
}

/** `object[key] = value` */
export function writeMember(
  object: unknown,
  key: unknown,
  value: unknown,
  evaluation: Evaluation,
  position: number,
): void {
  if (object === undefined || object === null) throw noValue(object, String(key), position);
  evaluation.prepareWrite();
  if (Array.isArray(object)) writeItem(object, key, value, position);
  else if (isDataObject(object)) object[propertyKey(key, position)] = value;
  else {
    throw failed(
      'READ_ONLY',
      `Cannot write a property of ${describe(object)}`,
      position,
      'Only objects and lists change.',
    );
  }
}

function writeItem(list: unknown[], key: unknown, value: unknown, position: number): void {
  const name = propertyKey(key, position);
  const index = Number(name);
  if (name === 'length') {
    setLength(list, value, position);
    return;
  }
  if (!Number.isInteger(index) || index < 0 || index >= 0xffffffff || String(index) !== name) {
    throw failed('LIST_KEY', `A list has no property "${name}"`, position, 'Lists hold items only: use an object.');
  }
  if (index >= list.length) setLength(list, index, position);
  list[index] = value;
}

/** Without holes, which JSON does not have. */
function setLength(list: unknown[], value: unknown, position: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw failed('RANGE', `${describe(value)} is not a length`, position);
  }
  charge(Math.abs(value - list.length));
  while (list.length < value) list.push(undefined);
  list.length = value;
}

/** `delete object[key]` */
export function deleteMember(object: unknown, key: unknown, evaluation: Evaluation, position: number): boolean {
  if (object === undefined || object === null) throw noValue(object, String(key), position);
  const name = propertyKey(key, position);
  if (typeof object !== 'object' || isForeign(object)) return !hasMember(object, name);
  evaluation.prepareWrite();
  if (!Array.isArray(object)) return delete (object as Record<string, unknown>)[name];
  if (name === 'length') return false;
  if (Object.hasOwn(object, name)) writeItem(object, name, undefined, position);
  return true;
}

/** `key in object` */
export function hasMember(object: unknown, key: string): boolean {
  if (typeof object !== 'object' || object === null) return false;
  return Object.hasOwn(object, key) || (isForeign(object) && foreignMember(object, key) !== undefined);
}

/** The keys that `for (key in object)` goes through. */
export function enumerableKeys(object: unknown): string[] {
  if (object === undefined || object === null) return [];
  if (typeof object !== 'string' && typeof object !== 'object') return [];
  charge(typeof object === 'string' ? object.length : 1);
  const keys = Object.keys(object);
  charge(keys.length);
  return keys;
}

function foreignMember(object: object, key: string): unknown {
  if (object instanceof XmlElementValue || object instanceof RegexValue) return object.member(key);
  if (object instanceof Builtin) return key === 'name' ? object.name : object.members.get(key);
  if (object instanceof FunctionValue && (key === 'name' || key === 'length')) {
    return key === 'name' ? object.code.name : object.code.arity;
  }
  return undefined;
}

export function noValue(object: null | undefined, key: string, position: number) {
  return failed('NO_VALUE', `Cannot read "${key}" of ${object}`, position, 'Use `?.` where the value may be absent.');
}
