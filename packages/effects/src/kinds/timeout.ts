import type { FsmError, Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, isPromise, settle } from '../eventual.ts';
import { failure } from '../failure.ts';
import type { Frame } from '../frame.ts';
import { duration, effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import { sideBySide } from '../side-by-side.ts';
import { Step } from '../step.ts';

export const timeout = defineEffect({
  name: 'timeout',
  summary: 'Gives an effect limited time. When that is up, the effect is stopped and the error is EFFECT_TIMEOUT.',
  category: 'reliability',
  icon: 'timer-off',
  output: 'The output of the effect.',
  parameters: z.strictObject({
    duration: duration.describe(
      'How much time: milliseconds, a text such as "30s", or an expression. It runs on while the process is down.',
    ),
    effect: effect.describe('The effect.'),
  }),
  examples: [
    {
      title: 'Do not wait longer than five seconds',
      effect: { type: 'timeout', duration: '5s', effect: { type: 'call', function: 'slow' } },
      functions: { slow: () => new Promise(() => {}) },
      error: 'EFFECT_TIMEOUT',
    },
  ],
  prepare({ duration, effect }, compile) {
    const milliseconds = compile.duration(duration, 'duration');
    const child = compile.child(effect, 0, 'effect');
    return composite([child], (step) =>
      after(
        step.due(() => step.now() + milliseconds(step)),
        (due) => (due > step.now() ? untilDue(step, child, due) : fromRecords(step, child, due)),
      ),
    );
  },
});

function untilDue(step: Step, child: PreparedEffect, due: number): Eventual<Json> {
  let late = false;
  const timer = (fork: Frame) =>
    after(new Step(step.effect, fork, step.path).sleepUntil(due), (): Json => {
      late = true;
      throw tooLate(step);
    });
  return settle(
    () => sideBySide(step, [child, timer], 2, (_, settled) => settled),
    (output) => output,
    (error) => {
      if (late) return step.fail(error);
      throw error;
    },
  );
}

/** The time was up before this life began: what counts is whether the effect had ended by then. */
function fromRecords(step: Step, child: PreparedEffect, due: number): Eventual<Json> {
  const fork = step.frame.fork();
  fork.branch.expired = due;
  let output: Eventual<Json>;
  try {
    output = perform(child, fork);
  } finally {
    step.branch.absorb(fork.branch);
  }
  return isPromise(output) ? step.fail(tooLate(step)) : output;
}

function tooLate(step: Step): FsmError {
  return failure('EFFECT_TIMEOUT', 'The effect did not end in the time it was given.', step.path, {
    hint: 'Give it more time, or handle EFFECT_TIMEOUT in onError.',
    next: 'retry',
    details: { kind: 'timeout' },
  });
}
