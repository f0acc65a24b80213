import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { afterCompensation } from '../compensation-error.ts';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, settle } from '../eventual.ts';
import { cancelled, failure } from '../failure.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';
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
  examples: [
    {
      title: 'Take the faster answer',
      effect: {
        type: 'race',
        first: 'success',
        effects: [
          { type: 'call', function: 'mirror' },
          {
            type: 'sequence',
            effects: [
              { type: 'delay', duration: '2s' },
              { type: 'call', function: 'origin' },
            ],
          },
        ],
      },
      functions: {
        mirror: () => {
          throw new Error('the mirror is down');
        },
        origin: () => 'from the origin',
      },
      output: 'from the origin',
    },
  ],
  prepare({ effects, first }, compile) {
    const children = effects.map((effect, index) => compile.child(effect, index, 'effects', index));
    return composite(children, (step) => {
      const known = step.recorded()?.branch;
      if (known !== undefined) return won(step, children, known);
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
        (output) => {
          if (!step.frame.debts.owesBelow(losers(step, children, winner!.branch))) {
            return after(step.record({ ...winner, output }), () => output);
          }
          return after(step.record({ ...winner }), () => undoLosers(step, children, winner!.branch, output));
        },
        (error) => step.fail(error, winner),
      );
    });
  },
});

/** The winner is on record, but not that the losers were undone. */
function won(step: Step, children: readonly PreparedEffect[], winner: number): Eventual<Json> {
  const fork = step.frame.fork();
  const output = perform(children[winner]!, fork);
  for (const [index, child] of children.entries()) {
    if (index === winner) step.branch.absorb(fork.branch);
    else step.absorbRecorded(child);
  }
  return after(output, (known) => undoLosers(step, children, winner, known));
}

/** What the others completed before they were stopped counts for nothing. */
function undoLosers(step: Step, children: readonly PreparedEffect[], winner: number, output: Json): Eventual<Json> {
  const why = { code: 'EXECUTION_CANCELLED', message: 'Another branch of the race won.' };
  const paid = step.frame.debts.payBelow(losers(step, children, winner), step.path, step.frame, why);
  return after(paid, (settlement): Eventual<Json> => {
    if (settlement.failed.length === 0) return after(step.record({ output }), () => output);
    return step.fail(afterCompensation(cancelled(why.message), settlement, step.path));
  });
}

function losers({ frame }: Step, children: readonly PreparedEffect[], winner: number): string[] {
  return children.filter((_, index) => index !== winner).map(({ path }) => frame.prefix + path);
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
