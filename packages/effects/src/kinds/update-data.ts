import { z } from 'zod';
import { valueAt } from '../context-patch.ts';
import { defineEffect, leaf } from '../effect.ts';
import { contextPath, expression } from '../parameters.ts';

export const updateData = defineEffect({
  name: 'update_data',
  summary: 'Computes a new value from the one that stands in the context of the instance, and writes it there.',
  category: 'data',
  icon: 'database-zap',
  output: 'The new value.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    path: contextPath.describe('Where: keys with dots between them, such as "order.total".'),
    expression: expression.describe(
      'The new value. The one that stands there now is `params.value`, null when there is none; the rest is as in every expression. Another attempt of a `retry` around it updates again.',
    ),
  }),
  examples: [
    {
      title: 'Count',
      effect: { type: 'update_data', path: 'visits', expression: '(params.value ?? 0) + 1' },
      context: { visits: 41 },
      output: 42,
    },
  ],
  prepare({ path, expression }, compile) {
    const place = compile.contextPath(path, 'path');
    const update = compile.expression(expression, 'expression');
    return leaf(
      (step) => {
        const value = update(step.withParams({ value: valueAt(step.branch.context, place) ?? null }));
        step.write({ [place]: value });
        return value;
      },
      { writes: true },
    );
  },
});
