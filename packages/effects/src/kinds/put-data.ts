import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { contextPath, template } from '../parameters.ts';

export const putData = defineEffect({
  name: 'put_data',
  summary: 'Writes a value into the context of the instance.',
  category: 'data',
  icon: 'database',
  output: 'The value.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    path: contextPath.describe('Where: keys with dots between them, such as "customer.name".'),
    value: template.describe('The value.'),
  }),
  examples: [
    {
      title: 'Keep what a function found out',
      effect: {
        type: 'sequence',
        effects: [
          { type: 'call', function: 'credit.score' },
          { type: 'put_data', path: 'customer.score', value: '{{ result }}' },
        ],
      },
      functions: { 'credit.score': () => 640 },
      output: 640,
    },
  ],
  prepare({ path, value }, compile) {
    const place = compile.contextPath(path, 'path');
    const content = compile.template(value, 'value');
    return leaf(
      (step) => {
        const written = content(step);
        step.write({ [place]: written });
        return written;
      },
      { writes: true },
    );
  },
});
