import { z } from 'zod';
import { defineComponent, type Fragment } from './component.ts';
import { durationParameter, eventParameter } from './parameters.ts';
import { changing, effectOf, effectParameter, going, insideOf, keepParameter, refuse } from './pattern.ts';

/**
 * A dependency that is left alone for a while after it failed too often: `closed` and `half_open` wait for a request,
 * `calling` and `trying` perform the effect, `open` refuses. The machine hears of outcomes by events. The effect
 * `circuit_breaker` does the same for all executions together; this one belongs to one instance and can be seen.
 *
 * ```json
 * {
 *   "id": "rates", "type": "parallel", "context": { "rate": null },
 *   "components": {
 *     "bank": {
 *       "use": "CircuitBreaker", "at": "connection",
 *       "with": { "effect": { "type": "call", "function": "bank.rate" }, "request": "ASK", "threshold": 2, "cooldown": "1m", "done": "RATE" }
 *     }
 *   },
 *   "states": {
 *     "connection": {},
 *     "answer": {
 *       "initial": "none",
 *       "states": {
 *         "none": { "on": { "RATE": { "target": "known", "actions": { "assign": { "rate": "{{ event.data?.output ?? null }}" } } } } },
 *         "known": {}
 *       }
 *     }
 *   }
 * }
 * ```
 */
export const circuitBreaker = defineComponent({
  name: 'CircuitBreaker',
  description:
    'Performs an effect on request; after too many failures in a row it refuses for a time, then tries again.',
  parameters: z.strictObject({
    effect: effectParameter.describe('What a request performs; the request is its `event`.'),
    request: eventParameter.default('CALL').describe('The event that asks for it.'),
    threshold: z.int().min(1).max(1_000_000).default(5).describe('How many failures in a row open it.'),
    cooldown: durationParameter.default('30s').describe('How long it stays open before the next request may try.'),
    reset: eventParameter.optional().describe('An event that closes it by hand.'),
    done: eventParameter.optional().describe('The event it raises when the effect succeeded, with `output`.'),
    failed: eventParameter.optional().describe('The event it raises when the effect failed, with `error`.'),
    refused: eventParameter
      .optional()
      .describe('The event it raises for a request it does not perform; such a request is not taken when absent.'),
    keep: keepParameter('breaker').describe(
      'The key of the context that holds `failures` in a row and how often it `opened`.',
    ),
  }),
  build(parameters, host): Fragment {
    const { effect, request, threshold, cooldown, reset, done, failed, refused, keep } = parameters;
    const events = [request, done, failed, refused, reset].filter((type) => type !== undefined);
    const twice = events.find((type, index) => events.indexOf(type) !== index);
    if (twice !== undefined) refuse(`The event \`${twice}\` has two meanings.`, 'Use different events.');

    const failures = `context.${keep}.failures + 1`;
    const tellFailed = failed === undefined ? [] : [{ raise: { type: failed, data: { error: '{{ event.error }}' } } }];
    const succeeded = going(
      'closed',
      { assign: { [`${keep}.failures`]: 0 } },
      ...(done === undefined ? [] : [{ raise: { type: done, data: { output: '{{ event.output }}' } } }]),
    );
    const opening = changing(keep, { failures, opened: `context.${keep}.opened + 1` });
    const refusing = refused === undefined ? {} : { [request]: { actions: { raise: refused } } };
    const closing = reset === undefined ? {} : { [reset]: going('closed', { assign: { [`${keep}.failures`]: 0 } }) };
    return {
      ...insideOf(host, 'closed', {
        closed: { description: 'Requests are performed.', on: { [request]: 'calling' } },
        calling: {
          description: 'A request is being performed.',
          effect: effectOf(effect),
          onDone: succeeded,
          onError: [
            { ...going('open', opening, ...tellFailed), guard: `${failures} >= ${threshold}` },
            going('closed', { assign: { [`${keep}.failures`]: `{{ ${failures} }}` } }, ...tellFailed),
          ],
          on: refusing,
        },
        open: {
          description: 'Requests are refused.',
          tags: 'open',
          on: { ...refusing, ...closing },
          after: { [String(cooldown)]: 'half_open' },
        },
        half_open: { description: 'The next request decides.', on: { [request]: 'trying', ...closing } },
        trying: {
          description: 'The request that decides is being performed.',
          effect: effectOf(effect),
          onDone: succeeded,
          onError: going('open', opening, ...tellFailed),
          on: refusing,
        },
      }),
      context: { [keep]: { failures: 0, opened: 0 } },
      events: {
        [request]: { description: `Asks \`${host.name}\` to perform its effect.` },
        ...(done !== undefined && { [done]: { description: `A request to \`${host.name}\` succeeded.` } }),
        ...(failed !== undefined && { [failed]: { description: `A request to \`${host.name}\` failed.` } }),
        ...(refused !== undefined && { [refused]: { description: `\`${host.name}\` refused a request.` } }),
        ...(reset !== undefined && { [reset]: { description: `Closes \`${host.name}\`.` } }),
      },
    };
  },
});
