import { z } from 'zod';
import type { TransitionDefinition } from '../definition/definition.ts';
import { defineComponent, type Fragment } from './component.ts';
import { targetParameter } from './parameters.ts';
import { effectOf, effectParameter, keepParameter, refuse } from './pattern.ts';

const stateName = z.string().min(1);

/**
 * Looks at a task and sends it where it belongs: by the label that an effect gives it, by rules over the context, or,
 * when none of them fits, to where all others go.
 *
 * ```json
 * {
 *   "id": "helpdesk", "context": { "urgent": false },
 *   "components": {
 *     "triage": {
 *       "use": "TaskRouter", "at": "incoming",
 *       "with": {
 *         "rules": [{ "when": "context.urgent", "target": "person" }],
 *         "classify": { "type": "call", "function": "classify" }, "label": "event.output.label",
 *         "accept": "event.output.confidence >= 0.8",
 *         "routes": { "invoice": "billing", "bug": "support" }, "otherwise": "person"
 *       }
 *     }
 *   },
 *   "initial": "idle",
 *   "states": {
 *     "idle": { "on": { "TASK": { "target": "incoming", "actions": { "assign": { "urgent": "{{ event.data?.urgent == true }}" } } } } },
 *     "incoming": {}, "billing": { "type": "final" }, "support": { "type": "final" }, "person": { "type": "final" }
 *   }
 * }
 * ```
 */
export const taskRouter = defineComponent({
  name: 'TaskRouter',
  description: 'Sends a task to a state: by rules, by the label that an effect gives it, or to a default.',
  parameters: z.strictObject({
    rules: z
      .array(z.strictObject({ when: stateName.describe('An expression.'), target: stateName.describe('A state.') }))
      .default([])
      .describe('Asked first, in order, before anything is performed. Targets as seen from the state.'),
    classify: effectParameter.optional().describe('Finds the label of the task.'),
    label: z
      .string()
      .min(1)
      .default('event.output')
      .describe('Where the label stands in what `classify` gave: an expression over `event.output`.'),
    accept: z
      .string()
      .min(1)
      .optional()
      .describe('What must be true of `event.output` for its label to count, for example its confidence.'),
    routes: z
      .record(stateName, stateName)
      .default({})
      .describe('A state for each label. Targets as seen from the state.'),
    otherwise: targetParameter.describe('The state for all other tasks, and when `classify` fails.'),
    keep: keepParameter('route').describe('The key of the context that holds what `classify` gave, or its error.'),
  }),
  build(parameters, host): Fragment {
    const { rules, classify, label, accept, routes, otherwise, keep } = parameters;
    const labels = Object.entries(routes);
    if (classify === undefined ? labels.length > 0 || rules.length === 0 : labels.length === 0) {
      refuse('`classify` and `routes` belong together.', 'Give both, or neither and some `rules`.');
    }
    const always: TransitionDefinition[] = rules.map(({ when, target }) => ({ guard: when, target }));
    if (classify === undefined) return { always: [...always, { target: otherwise }] };
    const noted = (from: string) => ({ assign: { [keep]: `{{ ${from} }}` } });
    const fits = (name: string) => `(${label}) == ${JSON.stringify(name)}`;
    return {
      ...(always.length > 0 && { always }),
      invoke: {
        id: host.name,
        effect: effectOf(classify),
        onDone: [
          ...labels.map(([name, target]) => ({
            description: name,
            guard: accept === undefined ? fits(name) : `(${accept}) && ${fits(name)}`,
            target,
            actions: noted('event.output'),
          })),
          { target: otherwise, actions: noted('event.output') },
        ],
        onError: { target: otherwise, actions: noted('event.error') },
      },
      context: { [keep]: null },
    };
  },
});
