import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual } from '../eventual.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import type { Step } from '../step.ts';

export const withCompensation = defineEffect({
  name: 'with_compensation',
  summary:
    'Performs an effect and remembers how to undo it, in case that something after it fails or the state is left.',
  category: 'reliability',
  icon: 'undo-2',
  output: 'The output of the effect.',
  parameters: z.strictObject({
    effect: effect.describe('What to do.'),
    compensate: effect.describe(
      'What undoes it. It sees the output as `result` and the reason as `params.error`; it may run again after a crash.',
    ),
  }),
  examples: [
    {
      title: 'Give back a seat when the payment fails',
      effect: {
        type: 'sequence',
        effects: [
          {
            type: 'with_compensation',
            effect: { type: 'call', function: 'seat.reserve' },
            compensate: { type: 'call', function: 'seat.release', params: { seat: '{{ result }}' } },
          },
          { type: 'call', function: 'pay' },
        ],
      },
      functions: {
        'seat.reserve': () => '12A',
        'seat.release': () => null,
        pay: () => {
          throw new FsmError('CARD_DECLINED', 'The card was declined.');
        },
      },
      error: 'CARD_DECLINED',
    },
  ],
  prepare({ effect, compensate }, compile) {
    const child = compile.child(effect, 0, 'effect');
    const compensation = compile.child(compensate, 1, 'compensate');
    return composite([child, compensation], (step) => performOwing(step, child), { compensates: true });
  },
});

/** It owes from the moment on in which a leaf is done, even if it is stopped before that is on record. */
function performOwing(step: Step, child: PreparedEffect): Eventual<Json> {
  const { effect, path, frame } = step;
  const { debts, prefix, params, host } = frame;
  // done again, what was undone is another step than before for whoever knows it by its idempotency key
  const rounds = debts.rounds(path);
  const inside = rounds === 0 ? frame : frame.forRound(rounds);
  let order: number | undefined;
  const owe = (output: Json): number => {
    if (order === undefined) {
      order = debts.next();
      debts.add({ path, prefix, order, effect, output, params, round: inside.round });
    }
    return order;
  };
  return after(perform(child, child.leaf === undefined ? inside : inside.whenDone(owe)), (output) => {
    const given = params === undefined || params === host.scope.params ? undefined : { params };
    return after(step.record({ output, owed: owe(output), ...given }), () => output);
  });
}
