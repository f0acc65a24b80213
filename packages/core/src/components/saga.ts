import { z } from 'zod';
import type { StateDefinition } from '../definition/definition.ts';
import { defineComponent, type Fragment } from './component.ts';
import { eventParameter, targetParameter } from './parameters.ts';
import {
  changing,
  type EffectParameter,
  effectOf,
  effectParameter,
  going,
  insideOf,
  keepParameter,
  refuse,
} from './pattern.ts';

const stepParameter = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_$][\w$]*$/, 'expected a name that expressions can use: letters, digits, `_`')
    .describe('The name of its state; `undo_<name>` is that of its compensation.'),
  effect: effectParameter.describe('What to do.'),
  compensate: effectParameter
    .optional()
    .describe('What undoes it when a later step fails; a step without is not undone.'),
});

/**
 * Steps that are all done or all undone, each a state of its own: the picture of the machine shows where an order is and
 * how it goes back. The effect `saga` does the same inside one state.
 *
 * ```json
 * {
 *   "id": "order",
 *   "components": {
 *     "order": {
 *       "use": "Saga", "at": "fulfilling",
 *       "with": {
 *         "steps": [
 *           { "name": "reserve", "effect": { "type": "call", "function": "reserve" },
 *             "compensate": { "type": "call", "function": "release", "params": { "of": "{{ context.saga.outputs.reserve }}" } } },
 *           { "name": "charge", "effect": { "type": "call", "function": "charge" },
 *             "compensate": { "type": "call", "function": "refund", "params": { "of": "{{ context.saga.outputs.charge }}" } } },
 *           { "name": "ship", "effect": { "type": "call", "function": "ship" } }
 *         ],
 *         "completed": "shipped", "failed": "cancelled"
 *       }
 *     }
 *   },
 *   "initial": "open",
 *   "states": {
 *     "open": { "on": { "PLACE": "fulfilling" } }, "fulfilling": {},
 *     "shipped": { "type": "final" }, "cancelled": { "type": "final" }
 *   }
 * }
 * ```
 */
export const saga = defineComponent({
  name: 'Saga',
  description: 'Steps as states; when one fails, those before it are undone in states of their own, the last first.',
  parameters: z.strictObject({
    steps: z.array(stepParameter).min(1).describe('The steps, in order.'),
    completed: targetParameter.describe('The state after the last step.'),
    failed: targetParameter.describe('The state after everything was undone.'),
    stuck: targetParameter
      .optional()
      .describe('The state when something could not be undone; a state `stuck` that waits for `settled` when absent.'),
    settled: eventParameter
      .default('SETTLED')
      .describe('The event of somebody who undid by hand what could not be undone. Not with `stuck`.'),
    keep: keepParameter('saga').describe(
      'The key of the context that holds `outputs` by step, the `error` that ended it, and what `failed` to be undone.',
    ),
  }),
  build(parameters, host): Fragment {
    const { steps, completed, failed, stuck = 'stuck', settled, keep } = parameters;
    const names = steps.flatMap(({ name }) => [name, `undo_${name}`]);
    const twice = names.find((name, index) => names.indexOf(name) !== index || name === 'stuck');
    if (twice !== undefined) refuse(`Two states would be called \`${twice}\`.`, 'Give the steps different names.');
    const states: Record<string, StateDefinition> = {};
    const backFrom = (index: number): string => {
      const last = steps.slice(0, index).findLast(({ compensate }) => compensate !== undefined);
      return last === undefined ? failed : `undo_${last.name}`;
    };
    for (const [index, { name, effect }] of steps.entries()) {
      const output = changing(keep, { outputs: `({ ...context.${keep}.outputs, ${name}: event.output })` });
      const error = changing(keep, { error: `({ step: '${name}', ...event.error })` });
      states[name] = {
        effect: effectOf(effect),
        onDone: going(steps[index + 1]?.name ?? completed, output),
        onError: going(backFrom(index), error),
      };
    }
    // the last step has nothing after it that could fail
    for (const [index, { name, compensate }] of steps.slice(0, -1).entries()) {
      if (compensate === undefined) continue;
      states[`undo_${name}`] = undoing(name, compensate, backFrom(index), { failed, stuck, keep });
    }
    if (parameters.stuck === undefined && steps.slice(0, -1).some(({ compensate }) => compensate !== undefined)) {
      const description = 'Something could not be undone: a person has to.';
      states.stuck = { description, tags: 'human', on: { [settled]: failed } };
    }
    const fresh = { outputs: {}, error: null, failed: [] };
    return {
      ...insideOf(host, steps[0]!.name, states),
      entry: { assign: { [keep]: fresh } },
      context: { [keep]: fresh },
      events: { [settled]: { description: 'What could not be undone was undone by hand.' } },
    };
  },
});

interface Ends {
  readonly failed: string;
  readonly stuck: string;
  readonly keep: string;
}

/** A compensation that fails does not keep the others from running, and is not forgotten. */
function undoing(name: string, compensate: EffectParameter, back: string, ends: Ends): StateDefinition {
  const { failed, stuck, keep } = ends;
  const noted = changing(keep, { failed: `[...context.${keep}.failed, { step: '${name}', error: event.error }]` });
  const description = `Undoes \`${name}\`.`;
  if (back !== failed) {
    return { description, effect: effectOf(compensate), onDone: back, onError: going(back, noted) };
  }
  return {
    description,
    effect: effectOf(compensate),
    onDone: [{ guard: `context.${keep}.failed.length > 0`, target: stuck }, { target: failed }],
    onError: going(stuck, noted),
  };
}
