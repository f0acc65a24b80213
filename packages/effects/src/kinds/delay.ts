import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { after } from '../eventual.ts';
import { duration } from '../parameters.ts';

export const delay = defineEffect({
  name: 'delay',
  summary: 'Waits for a time. After a crash it waits for what is left of it.',
  category: 'basic',
  icon: 'hourglass',
  output: 'The result it was given.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    duration: duration.describe('How long to wait: milliseconds, a text such as "30s", or an expression.'),
  }),
  examples: [
    {
      title: 'Wait before the next step',
      effect: {
        type: 'sequence',
        effects: [
          { type: 'delay', duration: '30s' },
          { type: 'log', message: 'half a minute later' },
        ],
      },
      output: null,
    },
  ],
  prepare({ duration }, compile) {
    const milliseconds = compile.duration(duration, 'duration');
    return leaf(
      (step) =>
        after(
          step.due(() => step.now() + milliseconds(step)),
          (due) => step.sleepUntil(due),
        ),
      { output: 'given' },
    );
  },
});
