import { type ErrorRecord, FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, settle } from '../eventual.ts';
import { locate, toRecord } from '../failure.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import { absorbRecorded } from '../recall.ts';
import type { Step } from '../step.ts';

export const fallback = defineEffect({
  name: 'fallback',
  summary: 'Performs another effect when one fails.',
  category: 'reliability',
  icon: 'life-buoy',
  output: 'The output of the effect that succeeded.',
  parameters: z.strictObject({
    effect: effect.describe('What to do.'),
    fallback: z
      .union([effect, z.array(effect).min(1)], 'expected an effect, or a list of effects')
      .describe('What to do when that fails; of a list, the next one each time. It sees the error as `params.error`.'),
    on: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Codes of the errors after which to go on to the next, such as "CIRCUIT_OPEN"; all when not given.'),
  }),
  examples: [
    {
      title: 'Answer from what is known when the service is down',
      effect: {
        type: 'fallback',
        effect: { type: 'call', function: 'rates.today' },
        fallback: { type: 'get_data', path: 'lastRate' },
      },
      context: { lastRate: 1.08 },
      functions: {
        'rates.today': () => {
          throw new Error('no answer');
        },
      },
      output: 1.08,
    },
  ],
  prepare({ effect, fallback, on }, compile) {
    const children = [compile.child(effect, 0, 'effect')];
    if (Array.isArray(fallback)) {
      for (const [index, next] of fallback.entries()) {
        children.push(compile.child(next, index + 1, 'fallback', index));
      }
    } else children.push(compile.child(fallback, 1, 'fallback'));
    return composite(children, (step) => attempt(step, children, on, 0, undefined));
  },
});

/** That an effect failed, and how, is recorded before the next one starts: each life takes the same way. */
function attempt(
  step: Step,
  children: readonly PreparedEffect[],
  on: readonly string[] | undefined,
  index: number,
  why: ErrorRecord | undefined,
): Eventual<Json> {
  const child = children[index]!;
  const frame = why === undefined ? step.frame : step.frame.withParams({ error: why as unknown as Json });
  const next = (error: ErrorRecord) => attempt(step, children, on, index + 1, error);
  const known = step.recorded(index + 1)?.error;
  if (known !== undefined) {
    absorbRecorded(child, frame.prefix, frame);
    return next(known);
  }
  return settle(
    () => perform(child, frame),
    (output) => output,
    (error) => {
      step.branch.begin();
      const raised = FsmError.is(error) ? error : locate(error, child.kind, step.path);
      const last = index + 1 === children.length;
      if (last || (on !== undefined && !on.includes(raised.code))) throw raised;
      const record = toRecord(raised);
      return after(step.record({ error: record }, index + 1), () => next(record));
    },
  );
}
