import type { BinaryOperator } from 'acorn';
import { describe } from '../definition/plain.ts';
import { charge, chargeText } from './budget.ts';
import type { Code } from './code.ts';
import { toNumber, toPrimitive, toText } from './coerce.ts';
import { failed } from './fault.ts';
import { propertyKey } from './member.ts';

type Literal = string | number | boolean | null;

/**
 * Each operator is its own closure, and takes numbers on a path without calls; everything else goes through the
 * conversions of JavaScript. A literal on the right side is not evaluated.
 */
export function binary(operator: BinaryOperator, left: Code, right: Code, position: number): Code {
  return operators[operator](left, right, position);
}

export function binaryWithLiteral(operator: BinaryOperator, left: Code, right: Literal, position: number): Code {
  const withNumber = typeof right === 'number' ? numberOperators[operator] : undefined;
  if (withNumber !== undefined) return withNumber(left, right as number, position);
  const withLiteral = equalities[operator];
  if (withLiteral !== undefined) return withLiteral(left, right, position);
  return binary(operator, left, () => right, position);
}

type Operators<Right, Result = Code> = Record<
  string,
  ((left: Code, right: Right, position: number) => Result) | undefined
>;

const operators: { readonly [O in BinaryOperator]: (left: Code, right: Code, position: number) => Code } = {
  '+': (left, right, position) => (scope) => {
    const a = left(scope);
    const b = right(scope);
    return typeof a === 'number' && typeof b === 'number' ? a + b : add(a, b, position);
  },
  '-': arithmetic((a, b) => a - b),
  '*': arithmetic((a, b) => a * b),
  '/': arithmetic((a, b) => a / b),
  '%': arithmetic((a, b) => a % b),
  '**': arithmetic((a, b) => a ** b),
  '|': arithmetic((a, b) => a | b),
  '&': arithmetic((a, b) => a & b),
  '^': arithmetic((a, b) => a ^ b),
  '<<': arithmetic((a, b) => a << b),
  '>>': arithmetic((a, b) => a >> b),
  '>>>': arithmetic((a, b) => a >>> b),
  '<': (left, right, position) => (scope) => {
    const a = left(scope);
    const b = right(scope);
    return typeof a === 'number' && typeof b === 'number' ? a < b : less(a, b, position);
  },
  '>': (left, right, position) => (scope) => {
    const a = left(scope);
    const b = right(scope);
    return typeof a === 'number' && typeof b === 'number' ? a > b : less(b, a, position);
  },
  '<=': (left, right, position) => (scope) => {
    const a = left(scope);
    const b = right(scope);
    return typeof a === 'number' && typeof b === 'number' ? a <= b : lessOrEqual(a, b, position);
  },
  '>=': (left, right, position) => (scope) => {
    const a = left(scope);
    const b = right(scope);
    return typeof a === 'number' && typeof b === 'number' ? a >= b : lessOrEqual(b, a, position);
  },
  '===': (left, right) => (scope) => same(left(scope), right(scope)),
  '!==': (left, right) => (scope) => !same(left(scope), right(scope)),
  '==': (left, right) => (scope) => alike(left(scope), right(scope)),
  '!=': (left, right) => (scope) => !alike(left(scope), right(scope)),
  in: (left, right, position) => (scope) => {
    const key = propertyKey(left(scope), position);
    const object = right(scope);
    if (typeof object === 'object' && object !== null) return Object.hasOwn(object, key);
    throw failed(
      'NOT_AN_OBJECT',
      `Cannot look for "${key}" in ${describe(object)}`,
      position,
      'Use `includes` for texts.',
    );
  },
  instanceof: () => {
    throw new Error('The allow-list refuses `instanceof`.');
  },
};

const numberOperators: Operators<number> = {
  '+': (left, b, position) => (scope) => {
    const a = left(scope);
    return typeof a === 'number' ? a + b : add(a, b, position);
  },
  '-': (left, b, position) => (scope) => {
    const a = left(scope);
    return (typeof a === 'number' ? a : toNumber(a, position)) - b;
  },
  '*': (left, b, position) => (scope) => {
    const a = left(scope);
    return (typeof a === 'number' ? a : toNumber(a, position)) * b;
  },
  '/': (left, b, position) => (scope) => {
    const a = left(scope);
    return (typeof a === 'number' ? a : toNumber(a, position)) / b;
  },
  '%': (left, b, position) => (scope) => {
    const a = left(scope);
    return (typeof a === 'number' ? a : toNumber(a, position)) % b;
  },
  '<': (left, b, position) => (scope) => {
    const a = left(scope);
    return typeof a === 'number' ? a < b : less(a, b, position);
  },
  '>': (left, b, position) => (scope) => {
    const a = left(scope);
    return typeof a === 'number' ? a > b : less(b, a, position);
  },
  '<=': (left, b, position) => (scope) => {
    const a = left(scope);
    return typeof a === 'number' ? a <= b : lessOrEqual(a, b, position);
  },
  '>=': (left, b, position) => (scope) => {
    const a = left(scope);
    return typeof a === 'number' ? a >= b : lessOrEqual(b, a, position);
  },
};

/** With a literal: its length is bounded by the source, so nothing needs to be charged. */
const equalities: Operators<Literal> = {
  '===': (left, b) => (scope) => left(scope) === b,
  '!==': (left, b) => (scope) => left(scope) !== b,
  '==': (left, b) => (b === null ? (scope) => isNothing(left(scope)) : (scope) => left(scope) === b),
  '!=': (left, b) => (b === null ? (scope) => !isNothing(left(scope)) : (scope) => left(scope) !== b),
};

export function negate(operand: Code, position: number): Code {
  return (scope) => -toNumber(operand(scope), position);
}

export function plus(operand: Code, position: number): Code {
  return (scope) => toNumber(operand(scope), position);
}

export function complement(operand: Code, position: number): Code {
  return (scope) => ~toNumber(operand(scope), position);
}

export function not(operand: Code): Code {
  return (scope) => !operand(scope);
}

export function typeOf(operand: Code): Code {
  return (scope) => typeof operand(scope);
}

export function and(left: Code, right: Code): Code {
  return (scope) => left(scope) && right(scope);
}

export function or(left: Code, right: Code): Code {
  return (scope) => left(scope) || right(scope);
}

export function coalesce(left: Code, right: Code): Code {
  return (scope) => left(scope) ?? right(scope);
}

export function conditional(test: Code, consequent: Code, alternate: Code): Code {
  return (scope) => (test(scope) ? consequent(scope) : alternate(scope));
}

function arithmetic(operate: (a: number, b: number) => number) {
  return (left: Code, right: Code, position: number): Code =>
    (scope) => {
      const a = left(scope);
      const b = right(scope);
      return operate(
        typeof a === 'number' ? a : toNumber(a, position),
        typeof b === 'number' ? b : toNumber(b, position),
      );
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

function less(left: unknown, right: unknown, position: number): boolean {
  const a = toPrimitive(left, position);
  const b = toPrimitive(right, position);
  if (typeof a !== 'string' || typeof b !== 'string') return toNumber(a, position) < toNumber(b, position);
  chargeText(Math.min(a.length, b.length));
  return a < b;
}

function lessOrEqual(left: unknown, right: unknown, position: number): boolean {
  const a = toPrimitive(left, position);
  const b = toPrimitive(right, position);
  if (typeof a !== 'string' || typeof b !== 'string') return toNumber(a, position) <= toNumber(b, position);
  chargeText(Math.min(a.length, b.length));
  return a <= b;
}

/** `===`. Only texts of the same length are compared character by character. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string' && a.length === b.length) charge(a.length / 256);
  return a === b;
}

/** `==` is `===`, except that `null` and `undefined` are alike. */
function alike(a: unknown, b: unknown): boolean {
  return isNothing(a) ? isNothing(b) : same(a, b);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined;
}
