import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { event } from '../parameters.ts';

export const emit = defineEffect({
  name: 'emit',
  summary: 'Tells whoever listens to the instance.',
  category: 'data',
  icon: 'radio',
  output: 'The result it was given.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    event: event.describe('The event: its type, or an object with `type` and `data`.'),
  }),
  examples: [
    {
      title: 'Tell subscribers how far it is',
      effect: { type: 'emit', event: { type: 'progress', data: { percent: 50 } } },
      output: null,
    },
  ],
  prepare({ event }, compile) {
    const occurrence = compile.event(event, 'event');
    return leaf((step) => step.emit(occurrence(step)), { output: 'given' });
  },
});
