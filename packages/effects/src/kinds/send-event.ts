import { FsmError } from '@fsm/core';
import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { event, template } from '../parameters.ts';

export const sendEvent = defineEffect({
  name: 'send_event',
  summary: 'Sends an event to another instance of the tenant, once.',
  category: 'machines',
  icon: 'send',
  output: 'The result it was given.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    to: template.describe('Name of the instance.'),
    event: event.describe('The event: its type, or an object with `type` and `data`.'),
  }),
  examples: [
    {
      title: 'Ask another instance',
      effect: {
        type: 'send_event',
        to: 'stock-{{ context.warehouse }}',
        event: { type: 'RESERVE', data: { item: '{{ context.item }}' } },
      },
      context: { warehouse: 'north', item: 'chair' },
      output: null,
    },
  ],
  prepare({ to, event }, compile) {
    const receiver = compile.template(to, 'to');
    const message = compile.event(event, 'event');
    return leaf(
      (step) => {
        const name = receiver(step);
        if (typeof name === 'string' && name !== '') return step.send(name, message(step));
        throw new FsmError(
          'NOT_A_NAME',
          `\`to\` gave ${JSON.stringify(name)} where the name of an instance is needed.`,
          {
            hint: 'Make the template give a text that is not empty.',
          },
        );
      },
      { output: 'given' },
    );
  },
});
