import { maxDepth } from '../definition/limits.ts';
import { describe } from '../definition/plain.ts';
import { charge, chargeText } from './budget.ts';
import { Fault, failed } from './fault.ts';

/**
 * The conversions of JavaScript (ECMA-262 §7.1), written out because the native ones walk arrays without a budget.
 * On JSON they give what the native ones give.
 */

/** ToString. */
export function toText(value: unknown, position: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) return objectText(value, position, 0);
  if (typeof value === 'function' || typeof value === 'symbol') throw foreign(value, position);
  return String(value);
}

/** ToNumber. */
export function toNumber(value: unknown, position: number): number {
  if (typeof value === 'number') return value;
  const primitive = toPrimitive(value, position);
  if (typeof primitive === 'string') chargeText(primitive.length);
  return Number(primitive);
}

/** ToPrimitive; on JSON the hints `number` and `string` give the same. */
export function toPrimitive(value: unknown, position: number): string | number | boolean | null | undefined {
  if (typeof value === 'object' && value !== null) return objectText(value, position, 0);
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint') {
    throw foreign(value, position);
  }
  return value as string | number | boolean | null | undefined;
}

/** ToIntegerOrInfinity. */
export function toInteger(value: unknown, position: number): number {
  const number = Math.trunc(toNumber(value, position));
  return Number.isNaN(number) ? 0 : number;
}

/** ToIntegerOrInfinity for an argument whose absence means something else than 0. */
export function toOptionalInteger(value: unknown, position: number): number | undefined {
  return value === undefined ? undefined : toInteger(value, position);
}

/** Array.prototype.join. */
export function joinArray(array: readonly unknown[], separator: string, position: number, depth = 0): string {
  if (depth >= maxDepth) throw valueTooDeep();
  charge(array.length);
  const texts: string[] = [];
  let length = separator.length * array.length;
  for (let index = 0; index < array.length; index++) {
    const text = elementText(array[index], position, depth + 1);
    length += text.length;
    texts.push(text);
  }
  chargeText(length);
  return texts.join(separator);
}

/** The elements that iterating over a value gives: of an array itself, of a text its code points. */
export function iterate(value: unknown, position: number): readonly unknown[] {
  if (Array.isArray(value)) {
    charge(value.length);
    return value;
  }
  if (typeof value === 'string') {
    charge(value.length);
    return Array.from(value);
  }
  throw failed('NOT_ITERABLE', `Cannot iterate ${describe(value)}`, position, 'Give an array or a text.');
}

export function valueTooDeep(): Fault {
  return new Fault('EXPRESSION_LIMIT', 'DEPTH', `A value nests deeper than ${maxDepth} levels`);
}

function elementText(value: unknown, position: number, depth: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return objectText(value, position, depth);
  return toText(value, position);
}

function objectText(value: object, position: number, depth: number): string {
  if (Array.isArray(value)) return joinArray(value, ',', position, depth);
  // JavaScript would look for a function in an own `toString`; JSON has none, and then there is no text
  if (Object.hasOwn(value, 'toString')) {
    throw failed('NOT_PRIMITIVE', 'An object with a property "toString" has no text form', position);
  }
  return '[object Object]';
}

function foreign(value: unknown, position: number): Fault {
  return failed('NOT_JSON', `Cannot use ${describe(value)}, which is not JSON`, position);
}
