import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { servicesOf } from '../services/services.ts';

export const invalidateCache = defineEffect({
  name: 'invalidate_cache',
  summary: 'Drops what caches keep under a tag, because it changed.',
  category: 'reliability',
  icon: 'archive-x',
  output: 'How many outputs were dropped.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    tags: z
      .array(z.string().min(1))
      .min(1)
      .max(100)
      .describe('The tags, such as "customer:{{ context.customer }}"; what carries any of them is dropped.'),
  }),
  examples: [
    {
      title: 'Forget what is kept about taxes',
      effect: {
        type: 'sequence',
        effects: [
          { type: 'cache', key: 'DE', ttl: '1h', tags: ['taxes'], effect: { type: 'call', function: 'tax.rate' } },
          { type: 'invalidate_cache', tags: ['taxes'] },
        ],
      },
      functions: { 'tax.rate': () => 19 },
      output: 1,
    },
  ],
  prepare({ tags }, compile) {
    const tagsOf = compile.template(tags, 'tags');
    return leaf((step) => servicesOf(step.frame.host).invalidate(step.tenant, (tagsOf(step) as unknown[]).map(String)));
  },
});
