import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { isContextPath, type Patch } from '../context-patch.ts';
import { defineEffect, leaf } from '../effect.ts';
import { contextPath, template } from '../parameters.ts';

export const mergeData = defineEffect({
  name: 'merge_data',
  summary: 'Writes several values into the context of the instance and leaves what stands beside them.',
  category: 'data',
  icon: 'combine',
  output: 'The values, as one object.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    data: template.describe('The values by key: an object, or a template that gives one.'),
    path: contextPath.optional().describe('Where: keys with dots between them; the whole context when not given.'),
  }),
  examples: [
    {
      title: 'Write two values beside others',
      effect: {
        type: 'sequence',
        effects: [
          { type: 'merge_data', path: 'customer', data: { score: 640, checked: true } },
          { type: 'get_data', path: 'customer' },
        ],
      },
      context: { customer: { name: 'Ada' } },
      output: { name: 'Ada', score: 640, checked: true },
    },
  ],
  prepare({ data, path }, compile) {
    const prefix = path === undefined ? '' : `${compile.contextPath(path, 'path')}.`;
    const content = compile.template(data, 'data');
    return leaf(
      (step) => {
        const values = content(step);
        const patch: { -readonly [path in keyof Patch]: Patch[path] } = {};
        for (const [key, value] of Object.entries(objectOnly(values))) patch[prefix + plainKey(key)] = value;
        step.write(patch);
        return values;
      },
      { writes: true },
    );
  },
});

function objectOnly(value: Json): { readonly [key: string]: Json } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [key: string]: Json };
  throw new FsmError('EFFECT_PARAMETERS', '`data` of `merge_data` did not give an object.', {
    hint: 'Use put_data to write a single value.',
  });
}

/** A dot in a key would make it a path. */
function plainKey(key: string): string {
  if (!key.includes('.') && isContextPath(key)) return key;
  throw new FsmError('INVALID_PATH', `\`${key}\` cannot be a key of the context.`, {
    hint: 'Give `path` for values further inside, and keep dots out of keys.',
  });
}
