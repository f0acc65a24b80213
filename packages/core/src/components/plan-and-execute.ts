import { z } from 'zod';
import { defineComponent, type Fragment } from './component.ts';
import { targetParameter } from './parameters.ts';
import { changing, effectOf, effectParameter, going, insideOf, keepParameter } from './pattern.ts';

/**
 * Makes a plan, carries out its steps one after the other, and looks at what came of it: done, or another plan. Rounds
 * and steps are bounded, so it always ends.
 *
 * ```json
 * {
 *   "id": "assistant",
 *   "components": {
 *     "task": {
 *       "use": "PlanAndExecute", "at": "working",
 *       "with": {
 *         "plan": { "type": "call", "function": "plan", "params": { "error": "{{ context.plan.error }}" } },
 *         "step": { "type": "call", "function": "perform", "params": { "step": "{{ context.plan.steps[context.plan.index] }}" } },
 *         "review": { "type": "call", "function": "review", "params": { "results": "{{ context.plan.results }}" } },
 *         "completed": "answered", "failed": "given_up", "maxRounds": 2
 *       }
 *     }
 *   },
 *   "initial": "idle",
 *   "states": {
 *     "idle": { "on": { "ASK": "working" } }, "working": {},
 *     "answered": { "type": "final" }, "given_up": { "type": "final" }
 *   }
 * }
 * ```
 */
export const planAndExecute = defineComponent({
  name: 'PlanAndExecute',
  description: 'Plans, performs the steps of the plan, reviews the results and plans again; both are bounded.',
  parameters: z.strictObject({
    plan: effectParameter.describe('Makes the plan: its output is the list of steps.'),
    step: effectParameter.describe('Performs one step: `context.<keep>.steps[context.<keep>.index]`.'),
    review: effectParameter
      .optional()
      .describe(
        'Judges the results: its output is true, or an object with `done`, when they will do. All do when absent.',
      ),
    completed: targetParameter.describe('The state when the results will do.'),
    failed: targetParameter.describe('The state when no round brought such results, or planning failed.'),
    maxRounds: z.int().min(1).max(1_000).default(3).describe('How many plans there are at most.'),
    maxSteps: z.int().min(1).max(1_000).default(50).describe('How many steps a plan may have; a longer one fails.'),
    keep: keepParameter('plan').describe(
      'The key of the context that holds the `round`, the `steps`, the `index` of the current one, the `results` and the last `error`.',
    ),
  }),
  build(parameters, host): Fragment {
    const { plan, step, review, completed, failed, maxRounds, maxSteps, keep } = parameters;
    const of = (member: string) => `context.${keep}.${member}`;
    const fresh = { round: 1, steps: [], index: 0, results: [], error: null };
    const noted = (error: string) => changing(keep, { error });
    const again = (error: string) => [
      {
        ...going('planning', changing(keep, { error, round: `${of('round')} + 1` })),
        guard: `${of('round')} < ${maxRounds}`,
      },
      going(failed, noted(error)),
    ];
    const result = { results: `[...${of('results')}, event.output]` };
    const judged = review === undefined ? completed : 'reviewing';
    return {
      ...insideOf(host, 'planning', {
        planning: {
          description: 'The steps are being thought of.',
          effect: effectOf(plan),
          onDone: [
            {
              ...going('executing', changing(keep, { steps: 'event.output', index: '0', results: '[]' })),
              guard: `Array.isArray(event.output) && event.output.length > 0 && event.output.length <= ${maxSteps}`,
            },
            going(
              failed,
              noted(`({ code: 'PLAN_INVALID', message: 'The plan is no list of 1 to ${maxSteps} steps.' })`),
            ),
          ],
          onError: going(failed, noted('event.error')),
        },
        executing: {
          description: 'A step of the plan is being performed.',
          effect: effectOf(step),
          onDone: [
            {
              ...going('executing', changing(keep, { ...result, index: `${of('index')} + 1` })),
              guard: `${of('index')} + 1 < ${of('steps')}.length`,
              reenter: true,
            },
            going(judged, changing(keep, { ...result, error: 'null' })),
          ],
          onError: again('event.error'),
        },
        ...(review !== undefined && {
          reviewing: {
            description: 'The results are being judged.',
            effect: effectOf(review),
            onDone: [
              { guard: 'event.output == true || event.output?.done == true', target: completed },
              ...again("({ code: 'PLAN_REVIEW', message: 'The results will not do.', review: event.output })"),
            ],
            onError: going(failed, noted('event.error')),
          },
        }),
      }),
      entry: { assign: { [keep]: fresh } },
      context: { [keep]: fresh },
    };
  },
});
