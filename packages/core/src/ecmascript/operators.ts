import type { BinaryOperator } from 'acorn';
import { describe } from '../definition/plain.ts';
import { chargeText } from '../expression/budget.ts';
import { failed } from '../expression/fault.ts';
import { Builtin } from './builtin.ts';
import type { Code } from './code.ts';
import { isCallable, toNumber, toPrimitive, toText } from './conversions.ts';
import { alike, same } from './equality.ts';
import { FunctionValue, makerOf, sameFunction } from './function-value.ts';
import { hasMember, propertyKey } from './member.ts';

/** What an operator makes of two values. */
export type Operate = (a: unknown, b: unknown, position: number) => unknown;

/** Each operator takes numbers on a path without calls. */
export const operations: { readonly [O in BinaryOperator]: Operate } = {
  '+': (a, b, position) => (typeof a === 'number' && typeof b === 'number' ? a + b : add(a, b, position)),
  '-': numeric((a, b) => a - b),
  '*': numeric((a, b) => a * b),
  '/': numeric((a, b) => a / b),
  '%': numeric((a, b) => a % b),
  '**': numeric((a, b) => a ** b),
  '|': numeric((a, b) => a | b),
  '&': numeric((a, b) => a & b),
  '^': numeric((a, b) => a ^ b),
  '<<': numeric((a, b) => a << b),
  '>>': numeric((a, b) => a >> b),
  '>>>': numeric((a, b) => a >>> b),
  '<': (a, b, position) => (typeof a === 'number' && typeof b === 'number' ? a < b : compare(a, b, position) === -1),
  '>': (a, b, position) => (typeof a === 'number' && typeof b === 'number' ? a > b : compare(a, b, position) === 1),
  '<=': (a, b, position) => (typeof a === 'number' && typeof b === 'number' ? a <= b : atMost(compare(a, b, position))),
  '>=': (a, b, position) => (typeof a === 'number' && typeof b === 'number' ? a >= b : atMost(compare(b, a, position))),
  '===': (a, b) => same(a, b),
  '!==': (a, b) => !same(a, b),
  '==': alike,
  '!=': (a, b, position) => !alike(a, b, position),
  in: isIn,
  instanceof: isInstance,
};

export function binary(operator: BinaryOperator, left: Code, right: Code, position: number): Code {
  const operate = operations[operator];
  return (frame) => {
    const a = left(frame);
    return operate(a, right(frame), position);
  };
}

function numeric(operate: (a: number, b: number) => number): Operate {
  return (a, b, position) => {
    const first = toNumber(a, position);
    return operate(first, toNumber(b, position));
  };
}

function add(left: unknown, right: unknown, position: number): string | number {
  const a = toPrimitive(left, position);
  const b = toPrimitive(right, position);
  if (typeof a !== 'string' && typeof b !== 'string') return Number(a) + Number(b);
  const first = toText(a, position);
  const second = toText(b, position);
  chargeText(first.length + second.length);
  return first + second;
}

/** The order of two values; `undefined` when there is none, because one is not a number. */
function compare(left: unknown, right: unknown, position: number): -1 | 0 | 1 | undefined {
  let a = toPrimitive(left, position);
  let b = toPrimitive(right, position);
  if (typeof a === 'string' && typeof b === 'string') {
    chargeText(Math.min(a.length, b.length));
    return a < b ? -1 : a > b ? 1 : 0;
  }
  a = toNumber(a, position);
  b = toNumber(b, position);
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : undefined;
}

function atMost(order: -1 | 0 | 1 | undefined): boolean {
  return order === -1 || order === 0;
}

function isIn(left: unknown, object: unknown, position: number): boolean {
  const key = propertyKey(left, position);
  if (typeof object === 'object' && object !== null) return hasMember(object, key);
  throw failed(
    'NOT_AN_OBJECT',
    `Cannot look for "${key}" in ${describe(object)}`,
    position,
    'Use `includes` for texts.',
  );
}

function isInstance(value: unknown, maker: unknown, position: number): boolean {
  if (maker instanceof Builtin && maker.made !== undefined) {
    return typeof value === 'object' && value !== null && maker.made(value);
  }
  if (!isCallable(maker)) throw failed('NOT_A_FUNCTION', `${describe(maker)} makes no instances`, position);
  if (typeof value !== 'object' || value === null || !(maker instanceof FunctionValue)) return false;
  const made = makerOf(value);
  return made instanceof FunctionValue && sameFunction(made, maker);
}
