import type { FsmError, Json } from '@fsm/core';
import { z } from 'zod';
import { compileBackoff } from '../backoff.ts';
import { composite, defineEffect } from '../effect.ts';
import { after, type Eventual, isPromise, settle } from '../eventual.ts';
import { locate, toRecord } from '../failure.ts';
import { duration, effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import type { Step } from '../step.ts';

export const retry = defineEffect({
  name: 'retry',
  summary:
    'Performs an effect again when it fails, after a wait. After a crash it goes on with the attempts that are left.',
  category: 'reliability',
  icon: 'refresh-cw',
  output: 'The output of the attempt that succeeded.',
  parameters: z.strictObject({
    attempts: z.int().min(1).max(1_000).describe('How many attempts there are, the first included.'),
    delay: duration.default('1s').describe('The wait after the first attempt.'),
    backoff: z
      .enum(['fixed', 'exponential'])
      .default('exponential')
      .describe('Whether later waits are the same ("fixed") or each twice as long as the one before ("exponential").'),
    maxDelay: duration.default('5m').describe('The longest wait; at most 24 hours.'),
    jitter: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('The share of each wait that is left to chance, so that many instances do not come back together.'),
    on: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        'Codes of the errors after which to try again, such as "EFFECT_TIMEOUT"; when not given, every error that may pass by itself (a wrong request, for example, does not).',
      ),
    effect: effect.describe('The effect.'),
  }),
  examples: [
    {
      title: 'Try a flaky service three times',
      effect: { type: 'retry', attempts: 3, delay: '1s', effect: { type: 'call', function: 'flaky' } },
      functions: {
        flaky: (_, { attempt }) => {
          if (attempt < 3) throw new Error('not now');
          return `attempt ${attempt}`;
        },
      },
      output: 'attempt 3',
    },
  ],
  prepare({ attempts, effect, on, ...waits }, compile) {
    const child = compile.attempted(effect, 'effect');
    if (child.once) {
      compile.problem(
        'RETRY_ONCE',
        'An effect that must not be performed twice stands inside `retry`.',
        'Take it out of the `retry`, or register its function as "idempotent" and use the key it is called with.',
        'effect',
      );
    }
    const waitAfter = compileBackoff(waits, compile);
    return composite([child], (step) => {
      for (let number = 1; ; number += 1) {
        const ended = attempt(step, number);
        if (isPromise(ended)) return goOn(step, number + 1, ended);
        if (ended !== undefined) return ended.output;
      }
    });

    async function goOn(step: Step, next: number, pending: Promise<Success | undefined>): Promise<Json> {
      let ended = await pending;
      for (let number = next; ended === undefined; number += 1) ended = await attempt(step, number);
      return ended.output;
    }

    /** Ends without a success when the time for another attempt has come. */
    function attempt(step: Step, number: number): Eventual<Success | undefined> {
      const known = step.recorded(number);
      if (known?.due !== undefined) {
        step.absorbRecorded(child, `${step.path}#${number}`);
        return after(step.sleepUntil(known.due), () => undefined);
      }
      return settle(
        () => perform(child, step.frame.forAttempt(step.path, number)),
        (output) => ({ output }),
        (error) => failed(step, number, locate(error, child.kind, step.path)),
      );
    }

    function failed(step: Step, number: number, error: FsmError): Eventual<undefined> {
      step.branch.begin();
      const again = on === undefined ? error.next === 'retry' : on.includes(error.code);
      if (number >= attempts || !again) throw error;
      const due = step.now() + Math.max(waitAfter(number)(step), toldToWait(error));
      const record = toRecord(error);
      return after(step.record({ error: record, due }, number), () => {
        step.report({ phase: 'retrying', attempt: number + 1, error: record });
        return after(step.sleepUntil(due), () => undefined);
      });
    }
  },
});

/** What was asked may say itself when to come back; nobody has to wait longer than a day. */
function toldToWait({ details }: FsmError): number {
  const { retryAfter } = details ?? {};
  return typeof retryAfter === 'number' && retryAfter > 0 ? Math.min(retryAfter, longestWait) : 0;
}

const longestWait = 24 * 60 * 60 * 1_000;

interface Success {
  readonly output: Json;
}
