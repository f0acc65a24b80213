import type { Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { type Eventual, isPromise } from '../eventual.ts';
import type { Frame } from '../frame.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';

export const sequence = defineEffect({
  name: 'sequence',
  summary: 'Performs effects one after the other. The first that fails ends it.',
  category: 'composition',
  icon: 'list-ordered',
  output: 'The output of the last effect; the result it was given when there is none.',
  parameters: z.strictObject({
    effects: z
      .array(effect)
      .describe('The effects. Each sees the output before as `result` and all before as `results`.'),
  }),
  examples: [
    {
      title: 'Use the output of the step before',
      effect: {
        type: 'sequence',
        effects: [
          { type: 'call', function: 'price' },
          { type: 'call', function: 'withTax', params: { net: '{{ result }}' } },
        ],
      },
      functions: { price: () => 100, withTax: ({ net }) => net * 1.2 },
      output: 120,
    },
  ],
  prepare({ effects }, compile) {
    const children = effects.map((effect, index) => compile.child(effect, index, 'effects', index));
    const collects = children.some((child) => child.readsResults);
    return composite(children, (step) => inOrder(children, step.frame.sequence(collects)));
  },
});

/** Stays synchronous up to the first effect that does not. */
function inOrder(children: readonly PreparedEffect[], frame: Frame): Eventual<Json> {
  for (let index = 0; index < children.length; index += 1) {
    const output = perform(children[index]!, frame);
    if (isPromise(output)) return goOn(children, index + 1, frame, output);
    frame.take(output);
  }
  return frame.result;
}

async function goOn(
  children: readonly PreparedEffect[],
  next: number,
  frame: Frame,
  pending: Promise<Json>,
): Promise<Json> {
  frame.take(await pending);
  for (let index = next; index < children.length; index += 1) {
    const output = perform(children[index]!, frame);
    frame.take(isPromise(output) ? await output : output);
  }
  return frame.result;
}
