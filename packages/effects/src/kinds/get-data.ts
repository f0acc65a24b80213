import { z } from 'zod';
import { valueAt } from '../context-patch.ts';
import { defineEffect, leaf } from '../effect.ts';
import { contextPath, template } from '../parameters.ts';

export const getData = defineEffect({
  name: 'get_data',
  summary: 'Reads a value from the context of the instance.',
  category: 'data',
  icon: 'database-search',
  output: 'The value; the default, or null, when there is none.',
  repeat: 'pure',
  parameters: z.strictObject({
    path: contextPath.describe('Where: keys with dots between them, such as "customer.name".'),
    default: template.optional().describe('The output when nothing stands there; null when not given.'),
  }),
  examples: [
    {
      title: 'Read a setting that may be missing',
      effect: { type: 'get_data', path: 'settings.language', default: 'en' },
      context: { settings: {} },
      output: 'en',
    },
  ],
  prepare({ path, default: otherwise = null }, compile) {
    const place = compile.contextPath(path, 'path');
    const fallback = compile.template(otherwise, 'default');
    return leaf((step) => {
      const value = valueAt(step.branch.context, place);
      return value === undefined ? fallback(step) : value;
    });
  },
});
