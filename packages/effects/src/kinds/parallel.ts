import type { EffectDefinition, Json } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { settle } from '../eventual.ts';
import { effect } from '../parameters.ts';
import { type Settled, sideBySide } from '../side-by-side.ts';

const branchName = z
  .string()
  .regex(
    /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z_][A-Za-z0-9_-]{0,63}$/,
    'expected a name of letters, digits, _ and -',
  );

export const parallel = defineEffect({
  name: 'parallel',
  summary: 'Performs effects side by side. The first that fails ends it and stops the others.',
  category: 'composition',
  icon: 'columns-3',
  output: 'The outputs: a list in the order of the effects, or an object by their names.',
  parameters: z.strictObject({
    effects: z
      .union(
        [z.array(effect), z.record(branchName, effect)],
        'expected a list of effects, or an object of effects by name',
      )
      .describe('The effects: a list, or an object that gives each a name. They do not see what the others write.'),
    concurrency: z.int().min(1).optional().describe('How many may run at the same time; all when not given.'),
  }),
  examples: [
    {
      title: 'Ask two services at once',
      effect: {
        type: 'parallel',
        effects: { score: { type: 'call', function: 'score' }, address: { type: 'call', function: 'address' } },
      },
      functions: { score: () => 640, address: () => 'London' },
      output: { address: 'London', score: 640 },
    },
  ],
  prepare({ effects, concurrency = Number.POSITIVE_INFINITY }, compile) {
    const branches = branchesOf(effects);
    const children = branches.map(([name, effect]) => compile.child(effect, name, 'effects', name));
    const shape = Array.isArray(effects) ? asList : (outputs: Json[]) => byName(branches, outputs);
    return composite(children, (step) => {
      const outputs: Json[] = [];
      let missing = children.length;
      if (missing === 0) return shape(outputs);
      const decide = (index: number, settled: Settled): Settled | undefined => {
        if ('error' in settled) return settled;
        outputs[index] = settled.output;
        missing -= 1;
        return missing === 0 ? { output: shape(outputs) } : undefined;
      };
      return settle(
        () => sideBySide(step, children, concurrency, decide),
        (output) => output,
        (error) => step.fail(error),
      );
    });
  },
});

/** Names in alphabetical order: a definition that was stored and read again may have its keys in another order. */
function branchesOf(
  effects: readonly EffectDefinition[] | { readonly [name: string]: EffectDefinition },
): [string | number, EffectDefinition][] {
  if (Array.isArray(effects)) return effects.map((effect: EffectDefinition, index) => [index, effect]);
  return Object.entries(effects as { readonly [name: string]: EffectDefinition }).sort(([a], [b]) => (a < b ? -1 : 1));
}

function asList(outputs: Json[]): Json {
  return outputs;
}

function byName(branches: readonly [string | number, EffectDefinition][], outputs: readonly Json[]): Json {
  return Object.fromEntries(branches.map(([name], index) => [name, outputs[index]!]));
}
