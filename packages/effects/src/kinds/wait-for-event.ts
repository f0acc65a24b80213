import type { Json, JsonObject } from '@fsm/core';
import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { after } from '../eventual.ts';
import { failure } from '../failure.ts';
import { duration, expression } from '../parameters.ts';
import { late, type Step } from '../step.ts';
import { waitForEvent as wait } from '../wait.ts';

const descriptor = z.string('expected an event type, such as "PAID" or "order.*"').min(1);

/**
 * An event goes to a waiting step only when no transition of the instance takes it, and to the first step that began to
 * wait. An event that comes before the step waits for it is not kept.
 */
export const waitForEvent = defineEffect({
  name: 'wait_for_event',
  summary: 'Waits until an event is sent to the instance that no transition takes, across crashes and restarts.',
  category: 'people and tools',
  icon: 'mail-question-mark',
  output: 'The event: `{ type, data }`. `null` when the time was up and `onTimeout` is "null".',
  repeat: 'idempotent',
  parameters: z.strictObject({
    event: descriptor
      .optional()
      .describe('Type of the event. `order.*` means all types that begin so, `*` means any. May be a template.'),
    events: z.array(descriptor).min(1).optional().describe('Several of them, any of which will do.'),
    match: expression
      .optional()
      .describe(
        'An expression that must hold; the event that came is `params.event`: `params.event.data.order == context.order`.',
      ),
    timeout: duration
      .optional()
      .describe(
        'How long to wait at most: milliseconds, a text such as "2h", or an expression. Then the error is WAIT_TIMEOUT.',
      ),
    onTimeout: z
      .enum(['error', 'null'])
      .optional()
      .describe(
        'What to do when the time is up: fail with WAIT_TIMEOUT (`error`, when not given), or go on with `null`.',
      ),
  }),
  examples: [
    {
      title: 'Wait two days for the payment of this order',
      effect: {
        type: 'wait_for_event',
        event: 'PAID',
        match: 'params.event.data.order == context.order',
        timeout: '2d',
      },
      context: { order: 7 },
      host: { waitForEvent: async (wait) => wait.outcome({ type: 'PAID', data: { order: 7, by: 'card' } }, 0)! },
      output: { type: 'PAID', data: { order: 7, by: 'card' } },
    },
  ],
  prepare({ event, events, match, timeout, onTimeout }, compile) {
    if ((event === undefined) === (events === undefined)) {
      const hint = 'Write `"event": "PAID"`, or `"events": ["PAID", "REFUSED"]`.';
      compile.problem('WRONG_KEYS', 'The effect needs either `event` or `events`.', hint);
    }
    const types =
      event === undefined
        ? (events ?? []).map((type, index) => compile.template(type, 'events', index))
        : [compile.template(event, 'event')];
    const holds = match === undefined ? undefined : compile.guard(match, 'match');
    const milliseconds = timeout === undefined ? undefined : compile.duration(timeout, 'timeout');
    return leaf((step) => {
      const request = {
        types: types.map((type) => String(type(step))),
        outcome: (came: { readonly type: string; readonly data?: Json }) => {
          const { type, data = null } = came;
          const output: JsonObject = { type, data };
          return holds === undefined || holds(step.withParams({ event: output })) ? { output } : undefined;
        },
      };
      if (milliseconds === undefined) return wait(step, request);
      return after(
        step.due(() => step.now() + milliseconds(step)),
        (due) =>
          wait(step, request, due).then((output) => {
            if (output !== late) return output;
            if (onTimeout === 'null') return null;
            throw timedOut(step, request.types);
          }),
      );
    });
  },
});

function timedOut(step: Step, types: readonly string[]) {
  return failure('WAIT_TIMEOUT', `No event ${types.join(' or ')} came in time.`, step.path, {
    hint: 'Give it more time, handle WAIT_TIMEOUT in onError, or write `"onTimeout": "null"`.',
    details: { kind: 'wait_for_event', events: [...types] },
  });
}
