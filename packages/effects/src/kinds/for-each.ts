import type { Json } from '@fsm/core';
import { z } from 'zod';
import type { Compile, Compiled } from '../compile.ts';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, isPromise, settle } from '../eventual.ts';
import { failure } from '../failure.ts';
import type { Frame } from '../frame.ts';
import { effect, template } from '../parameters.ts';
import { perform } from '../perform.ts';
import { absorbRecorded } from '../recall.ts';
import { type Settled, sideBySide } from '../side-by-side.ts';
import type { Step } from '../step.ts';

/** How many items one `for_each` goes through. */
export const itemLimit = 10_000;

export const forEach = defineEffect({
  name: 'for_each',
  summary: 'Performs an effect for each item of a list. The first that fails ends it and stops the others.',
  category: 'composition',
  icon: 'repeat',
  output: 'The outputs in the order of the items; null when `collect` is "none".',
  parameters: z.strictObject({
    items: template.describe(
      'The items: a list, a template, or an expression that gives one, such as "context.order.lines"; at most 10,000.',
    ),
    effect: effect.describe(
      'What to do for an item, which is `params.item` and at first `result`; `params.index` counts from 0.',
    ),
    concurrency: z
      .int()
      .min(1)
      .default(1)
      .describe(
        'How many may run at the same time. One after the other they see what those before wrote, otherwise not.',
      ),
    collect: z.enum(['outputs', 'none']).default('outputs').describe('Whether to keep the "outputs", or "none".'),
  }),
  examples: [
    {
      title: 'Add up an order, line by line',
      effect: {
        type: 'sequence',
        effects: [
          {
            type: 'for_each',
            items: 'context.lines',
            effect: { type: 'update_data', path: 'total', expression: '(params.value ?? 0) + params.item.price' },
          },
          { type: 'get_data', path: 'total' },
        ],
      },
      context: { lines: [{ price: 5 }, { price: 7 }] },
      output: 12,
    },
    {
      title: 'Ask several services, two at a time',
      effect: {
        type: 'for_each',
        items: ['DE', 'FR', 'IT'],
        concurrency: 2,
        effect: { type: 'call', function: 'tax.rate', params: { country: '{{ params.item }}' } },
      },
      functions: { 'tax.rate': ({ country }) => ({ DE: 19, FR: 20, IT: 22 })[country as 'DE'] },
      output: [19, 20, 22],
    },
  ],
  prepare({ items, effect, concurrency, collect }, compile) {
    const list = compileItems(items, compile);
    const child = compile.eachItem(effect, 'effect');
    return composite([child], (step) => {
      const entries = listOnly(step, list(step));
      if (entries.length === 0) return collect === 'none' ? null : [];
      const all = () => (concurrency === 1 ? inOrder(step, child, entries) : atOnce(step, child, entries, concurrency));
      const counted = step.recorded()?.count === undefined ? step.record({ count: entries.length }) : undefined;
      return after(after(counted, all), (outputs) => (collect === 'none' ? null : outputs));
    });
  },
});

/** Text without `{{ }}` is an expression: a text is no list anyway. */
function compileItems(items: Json, compile: Compile): Compiled<Json> {
  return typeof items === 'string' && !items.includes('{{')
    ? compile.expression(items, 'items')
    : compile.template(items, 'items');
}

function listOnly({ path }: Step, value: Json): readonly Json[] {
  if (!Array.isArray(value)) {
    throw failure('EFFECT_PARAMETERS', '`items` of `for_each` did not give a list.', path, {
      hint: 'Name a list of the context, or use Object.entries for the keys and values of an object.',
      details: { kind: 'for_each', gave: value === null ? 'null' : typeof value },
    });
  }
  if (value.length <= itemLimit) return value;
  throw failure('TOO_MANY_ITEMS', `The list has ${value.length} items, and the limit is ${itemLimit}.`, path, {
    hint: 'Divide the list, or give each part to an instance of its own.',
    details: { kind: 'for_each', items: value.length, limit: itemLimit },
  });
}

function performItem(step: Step, child: PreparedEffect, frame: Frame, index: number, item: Json): Eventual<Json> {
  return perform(child, frame.forItem(step.path, index, item));
}

/** Stays synchronous up to the first item that does not. */
function inOrder(step: Step, child: PreparedEffect, items: readonly Json[]): Eventual<Json> {
  const outputs: Json[] = [];
  const from = (start: number): Eventual<Json> => {
    for (let index = start; index < items.length; index += 1) {
      const output = performItem(step, child, step.frame, index, items[index]!);
      if (isPromise(output)) {
        return output.then((value) => {
          outputs.push(value);
          return from(index + 1);
        });
      }
      outputs.push(output);
    }
    return outputs;
  };
  return from(0);
}

function atOnce(step: Step, child: PreparedEffect, items: readonly Json[], concurrency: number): Eventual<Json> {
  const outputs: Json[] = [];
  let missing = items.length;
  const works = items.map((item, index) => (fork: Frame) => performItem(step, child, fork, index, item));
  const decide = (index: number, settled: Settled): Settled | undefined => {
    if ('error' in settled) return settled;
    outputs[index] = settled.output;
    missing -= 1;
    return missing === 0 ? { output: outputs } : undefined;
  };
  const recall = (index: number) => absorbRecorded(child, `${step.path}@${index}`, step.frame);
  return settle(
    () => sideBySide(step, works, concurrency, decide, recall),
    (output) => output,
    (error) => step.fail(error),
  );
}
