import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { template } from '../parameters.ts';

export const log = defineEffect({
  name: 'log',
  summary: 'Writes a message to the log.',
  category: 'basic',
  icon: 'scroll-text',
  output: 'The result it was given.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    message: template.describe('What to write: text, or any JSON.'),
    level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('How important it is.'),
  }),
  examples: [
    {
      title: 'Leave a trace',
      effect: { type: 'log', level: 'warn', message: 'order {{ context.order }} waits' },
      context: { order: 7 },
      output: null,
    },
  ],
  prepare({ message, level }, compile) {
    const text = compile.template(message, 'message');
    return leaf((step) => step.log(level, text(step)), { output: 'given' });
  },
});
