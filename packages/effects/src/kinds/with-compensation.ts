import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { after } from '../eventual.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';

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
  prepare({ effect, compensate }, compile) {
    const child = compile.child(effect, 0, 'effect');
    const compensation = compile.child(compensate, 1, 'compensate');
    return composite(
      [child, compensation],
      (step) =>
        after(perform(child, step.frame), (output) => {
          const { debts, prefix } = step.frame;
          const order = debts.next();
          return after(step.record({ output, owed: order }), () => {
            debts.add({ path: step.path, prefix, order, compensation, output });
            return output;
          });
        }),
      { compensates: true },
    );
  },
});
