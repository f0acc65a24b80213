import { Fault } from './fault.ts';

/**
 * The steps an evaluation has left. One meter for all expressions: evaluations are synchronous and never nest, and a
 * counter that closures reach directly costs nothing on the way to a guard's answer.
 *
 * What a step is: a node of a callback, at each call of it; an element or key that is visited or copied; 16 characters
 * of text that are read or made. The nodes outside of callbacks are few and evaluated once, so they are free. Work is
 * charged before it is done. The count depends on the expression and its scope alone, never on time: a replay stops where
 * the first run stopped.
 */
export const meter = { left: 0 };

export function charge(steps: number): void {
  meter.left -= steps;
  // the negation also stops a count that became NaN
  if (!(meter.left >= 0)) throw overBudget();
}

/** For text that is read or made once, from one end to the other. */
export function chargeText(length: number): void {
  charge(1 + length / 16);
}

/** For finding `pattern` in `text`: the search of JavaScript engines is their product in the worst case. */
export function chargeSearch(text: string, pattern: string): void {
  charge(1 + (text.length * (pattern.length + 4)) / 64);
}

function overBudget(): Fault {
  return new Fault('EXPRESSION_LIMIT', 'STEPS', 'The expression takes more steps than one evaluation may', {
    hint: 'Work on fewer items or shorter texts, or move the work into an effect.',
  });
}
