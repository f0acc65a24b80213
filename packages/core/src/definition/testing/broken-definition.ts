import type { ProblemCode } from '../problem.ts';
import type { ValidateOptions } from '../validate.ts';

/** A definition with one thing wrong, and what must be said about it. */
export interface BrokenDefinition {
  readonly code: ProblemCode;
  readonly definition: unknown;
  readonly path: string;
  /** The message, or a part of it. */
  readonly says: string;
  /** A part of the hint. */
  readonly hint?: string;
  readonly severity?: 'warning';
  readonly options?: ValidateOptions;
}

/** A machine with one state `a` that has the given keys, beside `b` and the parallel `p` with regions `x` and `y`. */
export function inState(keys: object, machine: object = {}): object {
  return {
    id: 'm',
    initial: 'a',
    states: {
      a: keys,
      b: {},
      p: {
        type: 'parallel',
        states: { x: { initial: 'x1', states: { x1: {}, x2: {} } }, y: { id: 'why' } },
      },
    },
    ...machine,
  };
}

export function onGo(transition: unknown): object {
  return inState({ on: { GO: transition } });
}

export function withGuard(guard: unknown): object {
  return onGo({ target: 'b', guard });
}

export function withEntry(entry: unknown): object {
  return inState({ entry });
}

export const go = '$.states.a.on.GO';
export const entry = '$.states.a.entry';
