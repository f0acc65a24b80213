// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { after } from '../eventual.ts';
import { effect, expression } from '../parameters.ts';
import { perform } from '../perform.ts';
import type { Step } from '../step.ts';

export const choose = defineEffect({
  name: 'choose',
  summary: 'Performs the first effect whose guard holds.',
  category: 'composition',
  icon: 'split',
  output: 'The output of the chosen effect; the result it was given when none was chosen.',
  parameters: z.strictObject({
    branches: z
      .array(
        z.strictObject({
          when: expression.describe('The guard, such as "result > 600".'),
          then: effect.describe('The effect.'),
        }),
      )
      .min(1)
      .describe('Guards with their effects, tried in this order.'),
    otherwise: effect.optional().describe('The effect when no guard holds.'),
  }),
  examples: [
    {
      title: 'Decide by a score',
      effect: {
        type: 'choose',
        branches: [{ when: 'context.score > 600', then: { type: 'put_data', path: 'decision', value: 'approve' } }],
        otherwise: { type: 'put_data', path: 'decision', value: 'review' },
      },
      context: { score: 580 },
      output: 'review',
    },
  ],
  prepare({ branches, otherwise }, compile) {
    const guards = branches.map(({ when }, index) => compile.guard(when, 'branches', index, 'when'));
    const children = branches.map(({ then }, index) => compile.child(then, index, 'branches', index, 'then'));
    if (otherwise !== undefined) children.push(compile.child(otherwise, branches.length, 'otherwise'));

    return composite(children, (step) => {
      const known = step.recorded()?.branch;
      if (known !== undefined) return goOn(step, known);
      const holds = guards.findIndex((guard) => guard(step));
      const branch = holds === -1 ? branches.length : holds;
      return after(step.record({ branch }), () => goOn(step, branch));
    });

    function goOn(step: Step, branch: number) {
      const child = children[branch];
      return child === undefined ? step.result : perform(child, step.frame);
    }
  },
});
