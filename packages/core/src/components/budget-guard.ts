import { z } from 'zod';
import { defineComponent, type Fragment } from './component.ts';
import { eventParameter, eventsParameter, targetParameter } from './parameters.ts';
import { keepParameter, refuse } from './pattern.ts';

const amountParameter = z.union([z.number().min(0), z.string().min(1)], 'expected a number, or an expression');

/**
 * Counts what something costs, warns once at a soft limit, and leaves the state at a hard one. Costs arrive as events,
 * also where a state inside takes them.
 *
 * ```json
 * {
 *   "id": "research", "context": { "limit": 10 },
 *   "events": { "COST": { "data": { "type": "object", "required": ["amount"], "properties": { "amount": { "type": "number", "minimum": 0 } } } }, "DONE": {}, "money.low": {} },
 *   "components": {
 *     "money": { "use": "BudgetGuard", "at": "working", "with": { "soft": 5, "limit": "context.limit", "exceeded": "stopped" } }
 *   },
 *   "initial": "working",
 *   "states": {
 *     "working": { "on": { "DONE": "finished", "money.low": { "actions": { "log": "half of it is spent" } } } },
 *     "finished": { "type": "final" }, "stopped": { "type": "final" }
 *   }
 * }
 * ```
 */
export const budgetGuard = defineComponent({
  name: 'BudgetGuard',
  description: 'Adds up costs; a soft limit raises an event, a hard limit leaves the state.',
  parameters: z.strictObject({
    on: eventsParameter.default(['COST']).describe('The events that cost something.'),
    amount: z
      .string()
      .min(1)
      .default('event.data.amount')
      .describe('What such an event costs: an expression, in whatever the limits are counted.'),
    limit: amountParameter.describe('The hard limit, reached with it: a number, or an expression over the context.'),
    exceeded: targetParameter.describe('The state after the hard limit, outside of the one that is guarded.'),
    soft: amountParameter.optional().describe('The soft limit, reached with it: a number, or an expression.'),
    event: eventParameter
      .optional()
      .describe('The event it raises once, at the soft limit, with `spent`; `<name>.low` when absent.'),
    reset: eventParameter.optional().describe('An event that sets what was spent back to nothing.'),
    keep: keepParameter('budget').describe(
      'The key of the context that holds what was `spent` and whether it `warned`.',
    ),
  }),
  build(parameters, host): Fragment {
    const { on, amount, limit, exceeded, soft, reset, keep } = parameters;
    const { event = `${host.name}.low` } = parameters;
    if (reset !== undefined && on.includes(reset)) {
      refuse(`\`${reset}\` would both cost something and reset.`, 'Use different events.');
    }
    if (parameters.event !== undefined && soft === undefined) {
      refuse(`Nothing raises \`${event}\`.`, 'Give it a `soft` limit, or remove `event`.');
    }
    if (typeof soft === 'number' && typeof limit === 'number' && soft >= limit) {
      refuse('The soft limit is not below the hard one.', 'Give `soft` a smaller number than `limit`.');
    }
    const spent = `context.${keep}.spent`;
    const counting = { assign: { [`${keep}.spent`]: `{{ ${spent} + (${amount}) }}` } };
    const told = { raise: { type: event, data: { spent: `{{ ${spent} }}` } } };
    return {
      watch: {
        ...Object.fromEntries(on.map((type) => [type, counting])),
        ...(reset !== undefined && { [reset]: { assign: { [keep]: { spent: 0, warned: false } } } }),
      },
      always: [
        { guard: `${spent} >= (${limit})`, target: exceeded },
        ...(soft === undefined
          ? []
          : [
              {
                guard: `!context.${keep}.warned && ${spent} >= (${soft})`,
                actions: [{ assign: { [`${keep}.warned`]: true } }, told],
              },
            ]),
      ],
      context: { [keep]: { spent: 0, warned: false } },
      events: {
        ...Object.fromEntries(on.map((type) => [type, { description: `Costs something of \`${host.name}\`.` }])),
        ...(soft !== undefined && { [event]: { description: `\`${host.name}\` has reached its soft limit.` } }),
        ...(reset !== undefined && { [reset]: { description: `Nothing of \`${host.name}\` is spent any more.` } }),
      },
    };
  },
});
