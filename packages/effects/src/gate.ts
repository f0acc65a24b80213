import type { Json } from '@fsm/core';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, isPromise, never, settle } from './eventual.ts';
import { perform } from './perform.ts';
import { hasRecords } from './recall.ts';
import type { Step } from './step.ts';

/** How what was let through ended; `dropped` when its branch was stopped. */
export type Passage =
  | { readonly outcome: 'succeeded'; readonly output: Json }
  | { readonly outcome: 'failed'; readonly error: unknown }
  | { readonly outcome: 'dropped' };

/** Told once how it ended. */
export type Pass = (passage: Passage) => void;

export interface Gate {
  /** Lets the effect through, perhaps later; or gives an output instead; or throws. */
  admit(): Eventual<Pass | { readonly output: Json }>;
  /** For an effect that an earlier life let through and began: must not refuse it. */
  readmit(): Eventual<Pass>;
}

/**
 * Performs an effect behind something that executions share.
 *
 * G1  What an earlier life let through is not refused in the next, and what it refused stays refused: a refusal is
 *     recorded, and so is the outcome of an effect that might leave no record of its own.
 * G2  A pass is told exactly once how it ended, at the latest when the branch is stopped, also when the effect goes on
 *     regardless.
 * G3  An effect whose outcome is on record, or whose time was up before this life began, does not come to the gate.
 */
export function throughGate(step: Step, child: PreparedEffect, gate: Gate): Eventual<Json> {
  const { branch, frame } = step;
  const { host, prefix } = frame;
  const known = host.recorded(prefix + child.path);
  if (known?.output !== undefined || known?.error !== undefined) return perform(child, frame);
  const begun = hasRecords(child, prefix, host);
  if (branch.expired !== undefined) return begun ? perform(child, frame) : never();
  branch.begin();
  return settle(
    (): Eventual<Pass | { readonly output: Json }> => (begun ? gate.readmit() : gate.admit()),
    (pass) => (typeof pass === 'function' ? performThrough(step, child, pass) : keep(step, pass.output)),
    (error) => step.fail(error),
  );
}

function performThrough(step: Step, child: PreparedEffect, pass: Pass): Eventual<Json> {
  const { branch } = step;
  const keeps = child.leaf === undefined || child.leaf.repeat === 'pure';
  return settle(
    () => {
      const outcome = perform(child, step.frame);
      return isPromise(outcome) ? branch.wait(outcome) : outcome;
    },
    (output) => {
      pass({ outcome: 'succeeded', output });
      return keeps ? keep(step, output) : output;
    },
    (error) => {
      const stopped = branch.reason !== undefined;
      pass(stopped ? { outcome: 'dropped' } : { outcome: 'failed', error });
      if (keeps && !stopped) return step.fail(error);
      throw error;
    },
  );
}

/** Records an output, unless it is that of the whole execution, which the host keeps. */
function keep(step: Step, output: Json): Eventual<Json> {
  if (step.path === '') return output;
  return after(step.record({ output }), () => output);
}
