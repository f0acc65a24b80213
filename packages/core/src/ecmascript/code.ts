import type { Evaluation } from './evaluation.ts';

/** A compiled expression. */
export type Code = (frame: Frame) => unknown;

/** A compiled statement: `undefined` when the next one follows. */
export type Step = (frame: Frame) => Completion | undefined;

/**
 * Why the statements after a statement do not run. A returned value waits in `Evaluation.returned`. `label` is that of
 * the statement that ends the jump; without one, the nearest that can.
 */
export interface Completion {
  readonly kind: 'break' | 'continue' | 'return';
  readonly label: string | undefined;
}

/** The variables of one run of a function or block. */
export class Frame {
  readonly evaluation: Evaluation;
  readonly parent: Frame | undefined;
  readonly slots: unknown[] = [];

  constructor(evaluation: Evaluation, parent: Frame | undefined) {
    this.evaluation = evaluation;
    this.parent = parent;
  }
}

/** What a `let` or `const` holds before its declaration has run. Never leaves a slot. */
export const uninitialised = Symbol('uninitialised');
