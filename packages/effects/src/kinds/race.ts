import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { after, settle } from '../eventual.ts';
import { failure, fromRecord, locate, toRecord } from '../failure.ts';
import type { Frame } from '../frame.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import { type Settled, sideBySide } from '../side-by-side.ts';

export const race = defineEffect({
  name: 'race',
  summary: 'Performs effects side by side until the first ends, and stops the others.',
  category: 'composition',
  icon: 'flag',
  output: 'The output of the winner.',
  parameters: z.strictObject({
    effects: z.array(effect).min(1).describe('The effects, started in this order.'),
    first: z
      .enum(['outcome', 'success'])
      .default('outcome')
      .describe('What decides: the first "outcome", be it a failure, or the first "success"; then it fails when all failed.'),
  }),
  prepare({ effects, first }, compile) {
    const children = effects.map((effect, index) => compile.child(effect, index, 'effects', index));
    const work = children.map((child) => (fork: Frame) => perform(child, fork));
    return composite(children, (step) => {
      const known = step.recorded();
      if (known !== undefined) {
        for (const child of children) step.absorbRecorded(child);
        if (known.error !== undefined) throw fromRecord(known.error);
        return known.output!;
      }
      const failures: unknown[] = [];
      let branch: number | undefined;
      const decide = (index: number, settled: Settled): Settled | undefined => {
        if (first === 'outcome' || 'output' in settled) {
          branch = index;
          return settled;
        }
        failures[index] = settled.error;
        return Object.keys(failures).length === children.length ? { error: allFailed(step.path, failures) } : undefined;
      };
      return settle(
        () =>
          sideBySide(step.frame, work, Number.POSITIVE_INFINITY, decide, (index) => step.absorbRecorded(children[index]!)),
        (output) => after(step.record({ ...winner(branch), output }), () => output),
        (error) => {
          const stopped = step.branch.reason;
          if (stopped !== undefined) throw stopped;
          const located = locate(error, step.effect.kind, step.path);
          return after(step.record({ ...winner(branch), error: toRecord(located) }), (): Json => {
            throw located;
          });
        },
      );
    });
  },
});

function winner(branch: number | undefined): { branch?: number } {
  return branch === undefined ? {} : { branch };
}

function allFailed(path: string, failures: readonly unknown[]): FsmError {
  const errors = failures.map((error) => (FsmError.is(error) ? error.toJSON() : String(error)));
  return failure('RACE_FAILED', `All ${failures.length} effects of the race failed.`, path, {
    hint: 'See details.errors for what each of them said.',
    next: 'retry',
    details: { kind: 'race', errors },
    cause: failures.at(-1),
  });
}
