import { isDeepStrictEqual } from 'node:util';
import { type ExpressionScope, expressionRoots } from '../code.ts';

/** What an evaluation came to: a value, or that it threw. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export function outcomeOf(evaluate: () => unknown): Outcome {
  try {
    return { value: evaluate() };
  } catch (error) {
    return { error };
  }
}

/** The same source as JavaScript. For tests only: it runs whatever it is given. */
export function evaluateInV8(source: string, scope: ExpressionScope): Outcome {
  return outcomeOf(() => {
    const run = new Function(...expressionRoots, `"use strict"; return (${source}\n);`);
    return run(...expressionRoots.map((root) => scope[root]));
  });
}

/** Equal as JavaScript values: `NaN`, -0, `undefined` and the order of keys count. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (!isDeepStrictEqual(plain(a), plain(b))) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Without what is different on purpose: objects of `Object.groupBy` and `groups` have a prototype here. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return Object.entries(value).map(([key, item]) => [key, plain(item)]);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
