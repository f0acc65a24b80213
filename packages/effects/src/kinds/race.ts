import { FsmError } from '@fsm/core';
import { z } from 'zod';
import { afterCompensation } from '../compensation-error.ts';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, settle } from '../eventual.ts';
import { failure } from '../failure.ts';
import { effect } from '../parameters.ts';
import { type Settled, sideBySide } from '../side-by-side.ts';
import type { Step } from '../step.ts';

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
      .describe(
        'What decides: the first "outcome", be it a failure, or the first "success"; then it fails when all failed.',
      ),
  }),
  prepare({ effects, first }, compile) {
    const children = effects.map((effect, index) => compile.child(effect, index, 'effects', index));
    return composite(children, (step) => {
      const failures: unknown[] = [];
      let winner: { readonly branch: number } | undefined;
      const decide = (branch: number, settled: Settled): Settled | undefined => {
        if (first === 'success' && 'error' in settled) {
          failures[branch] = settled.error;
          return Object.keys(failures).length === children.length
            ? { error: allFailed(step.path, failures) }
            : undefined;
        }
        winner = { branch };
        return settled;
      };
      return settle(
        () => sideBySide(step, children, Number.POSITIVE_INFINITY, decide),
        (output) =>
          after(undoLosers(step, children, winner!.branch), () =>
            after(step.record({ ...winner, output }), () => output),
          ),
        (error) => step.fail(error, winner),
      );
    });
  },
});

/** What the others completed before they were stopped counts for nothing. */
function undoLosers(step: Step, children: readonly PreparedEffect[], winner: number): Eventual<void> {
  const { debts, prefix } = step.frame;
  if (!debts.any) return;
  const losers = children.filter((_, index) => index !== winner);
  const why = { code: 'EXECUTION_CANCELLED', message: 'Another branch of the race won.' };
  const undo = (index: number): Eventual<void> => {
    const loser = losers[index];
    if (loser === undefined) return;
    return after(debts.pay(prefix + loser.path, step.frame, why), (settlement) => {
      const { message, code } = why;
      if (settlement.failed.length > 0)
        throw afterCompensation(failure(code, message, step.path, {}), settlement, step.path);
      return undo(index + 1);
    });
  };
  return undo(0);
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
