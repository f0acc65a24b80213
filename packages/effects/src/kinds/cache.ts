import { canonicalJson, type EffectDefinition, FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { after, type Eventual } from '../eventual.ts';
import { type Pass, type Passage, throughGate } from '../gate.ts';
import { duration, effect, template } from '../parameters.ts';
import { compileName, digest, name } from '../services/name.ts';
import type { Lead, ResultCache } from '../services/result-cache.ts';
import { servicesOf } from '../services/services.ts';

/** Longer keys are kept as their hash. */
const longestKey = 512;

export const cache = defineEffect({
  name: 'cache',
  summary:
    'Keeps the output of an effect for a time. Executions that ask for the same at once share one performance of it.',
  category: 'reliability',
  icon: 'archive',
  output: 'The output of the effect, now or kept.',
  parameters: z.strictObject({
    name: name
      .optional()
      .describe('What is kept, such as "customers"; caches with the same name share. Its effect when not given.'),
    key: template.describe('What the output depends on, such as "{{ context.customer }}".'),
    ttl: duration.describe('How long it is kept.'),
    tags: z
      .array(z.string().min(1))
      .max(100)
      .default([])
      .describe('Tags under which it can be dropped earlier, such as "customer:{{ context.customer }}".'),
    effect: effect.describe('The effect. It writes nothing into the context and needs no compensation.'),
  }),
  examples: [
    {
      title: 'Ask once an hour',
      effect: {
        type: 'for_each',
        items: ['DE', 'DE', 'FR'],
        effect: {
          type: 'cache',
          key: '{{ params.item }}',
          ttl: '1h',
          tags: ['taxes'],
          effect: { type: 'call', function: 'tax.rate', params: { country: '{{ params.item }}' } },
        },
      },
      functions: { 'tax.rate': ({ country }) => (country === 'DE' ? 19 : 20) },
      output: [19, 19, 20],
    },
  ],
  prepare({ name: source, key, ttl, tags, effect }, compile) {
    const named = source === undefined ? unnamed(effect) : compileName(source, compile);
    const keyOf = compile.template(key, 'key');
    const lifetime = compile.duration(ttl, 'ttl');
    const tagsOf = compile.template(tags, 'tags');
    const child = compile.child(effect, 0, 'effect');
    if (child.writes || child.compensates) {
      const what = child.writes ? 'writes into the context' : 'has to be undone';
      compile.problem(
        'CACHED_CHANGE',
        `An effect that ${what} stands inside \`cache\`: with a kept output it would not be performed.`,
        'Take it out, and use the output of the cache.',
        'effect',
      );
    }
    return composite([child], (step) => {
      const services = servicesOf(step.frame.host).of(step.tenant);
      const at = () => services.time.at(step.now());
      const use = (): Use => {
        const name = named(step);
        const key = `${name.length} ${name} ${keyText(keyOf(step))}`;
        return { results: services.cache(name), key, ttl: lifetime(step), tags: texts(tagsOf(step)) };
      };
      return throughGate(step, child, {
        admit() {
          const wanted = use();
          return lookUp();

          function lookUp(): Eventual<Pass | { readonly output: Json }> {
            const found = wanted.results.lookUp(wanted.key, at());
            if ('output' in found) return found;
            if ('lead' in found) return (passage) => land(found.lead, passage, wanted, at());
            return step.waitFor(found.flight.landed).then((landed) => {
              if (landed === undefined) return lookUp();
              return after(step.sleepUntil(services.time.toClock(landed.at)), () => {
                if ('error' in landed) throw shared(landed.error);
                return { output: landed.output };
              });
            });
          }
        },
        readmit() {
          const { results, key, ttl, tags } = use();
          return (passage) => {
            if (passage.outcome === 'succeeded') results.keep(key, passage.output, ttl, tags, at());
          };
        },
      });
    });
  },
});

interface Use {
  readonly results: ResultCache;
  readonly key: string;
  readonly ttl: number;
  readonly tags: readonly string[];
}

function land(lead: Lead, passage: Passage, { ttl, tags }: Use, at: number): void {
  if (passage.outcome === 'succeeded') lead.succeeded(passage.output, ttl, tags, at);
  else if (passage.outcome === 'failed') lead.failed(passage.error, at);
  else lead.dropped();
}

/** Another definition of an effect is another cache. */
function unnamed(effect: EffectDefinition): () => string {
  let name: string | undefined;
  return () => {
    name ??= `effect ${digest(JSON.parse(JSON.stringify(effect))).slice(0, 16)}`;
    return name;
  };
}

function keyText(key: Json): string {
  const text = canonicalJson(key);
  return text.length <= longestKey ? text : digest(text);
}

function texts(tags: Json): readonly string[] {
  return (tags as readonly Json[]).map((tag) => (typeof tag === 'string' ? tag : canonicalJson(tag)));
}

/** The error of whoever found out, as that of somebody who waited for it: with a path of its own. */
function shared(error: unknown): unknown {
  if (!FsmError.is(error)) return error;
  const { code, message, next, hint, details } = error;
  return new FsmError(code, message, {
    next,
    ...(hint === undefined ? undefined : { hint }),
    ...(details === undefined ? undefined : { details }),
    cause: error,
  });
}
