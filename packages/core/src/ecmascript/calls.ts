import { describe } from '../definition/plain.ts';
import { charge } from '../expression/budget.ts';
import type { Callback } from '../expression/code.ts';
import { failed } from '../expression/fault.ts';
import { Builtin } from './builtin.ts';
import { isCallable } from './conversions.ts';
import type { Evaluation } from './evaluation.ts';
import { construct, FunctionValue } from './function-value.ts';

/** Calls any function of the language. */
export function callValue(
  callee: unknown,
  receiver: unknown,
  values: readonly unknown[],
  evaluation: Evaluation,
  position: number,
): unknown {
  if (callee instanceof FunctionValue) return callee.call({ evaluation, receiver, values }, position);
  if (callee instanceof Builtin && callee.call !== undefined) return callee.call(values, position, evaluation);
  throw failed('NOT_A_FUNCTION', `Cannot call ${describeValue(callee)}`, position, 'Only functions can be called.');
}

/** `new callee(…values)` */
export function constructValue(
  callee: unknown,
  values: readonly unknown[],
  evaluation: Evaluation,
  position: number,
): unknown {
  if (callee instanceof FunctionValue) return construct(callee, values, evaluation, position);
  if (callee instanceof Builtin && callee.construct !== undefined)
    return callee.construct(values, position, evaluation);
  throw failed('NOT_A_CONSTRUCTOR', `Cannot call ${describeValue(callee)} with \`new\``, position);
}

/** A function as the methods of lists call it. */
export function callbackOf(callee: unknown, evaluation: Evaluation, position: number): Callback {
  if (!isCallable(callee)) {
    throw failed('NOT_A_FUNCTION', `A function is needed here, not ${describeValue(callee)}`, position);
  }
  return (...values) => {
    charge(1);
    return callValue(callee, undefined, values, evaluation, position);
  };
}

export function describeValue(value: unknown): string {
  return isCallable(value) ? 'a function' : describe(value);
}
