import type { FsmError, Json } from '@fsm/core';
import { z } from 'zod';
import { afterCompensation } from '../compensation-error.ts';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { after, type Eventual, isPromise, settle } from '../eventual.ts';
import { failure, locate, toRecord } from '../failure.ts';
import type { Frame } from '../frame.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';
import type { Step } from '../step.ts';

const sagaStep = z.strictObject({
  name: z.string().min(1).optional().describe('What the step is called in errors.'),
  effect: effect.describe('What to do.'),
  compensate: effect.optional().describe('What undoes it; a step without is not undone.'),
});

export const saga = defineEffect({
  name: 'saga',
  summary: 'Performs steps in order. When one fails, those before it are undone, the last first.',
  category: 'reliability',
  icon: 'route',
  output: 'The outputs of the steps, as a list.',
  parameters: z.strictObject({
    steps: z.array(sagaStep).min(1).describe('The steps. Each sees the output before as `result`, all as `results`.'),
  }),
  examples: [
    {
      title: 'Order, pay and ship, or nothing of it',
      effect: {
        type: 'saga',
        steps: [
          {
            name: 'reserve',
            effect: { type: 'call', function: 'stock.reserve' },
            compensate: { type: 'call', function: 'stock.release', params: { reservation: '{{ result }}' } },
          },
          {
            name: 'charge',
            effect: { type: 'call', function: 'card.charge' },
            compensate: { type: 'call', function: 'card.refund', params: { charge: '{{ result }}' } },
          },
          { name: 'ship', effect: { type: 'call', function: 'parcel.ship' } },
        ],
      },
      functions: {
        'stock.reserve': () => 'r1',
        'stock.release': () => null,
        'card.charge': () => 'c1',
        'card.refund': () => null,
        'parcel.ship': () => 'p1',
      },
      output: ['r1', 'c1', 'p1'],
    },
  ],
  prepare({ steps }, compile) {
    const children = steps.map(({ effect, compensate }, index) =>
      compensate === undefined
        ? compile.child(effect, index, 'steps', index, 'effect')
        : compile.child({ type: 'with_compensation', effect, compensate }, index, 'steps', index),
    );
    const run = (step: Step): Eventual<Json> => {
      const { debts } = step.frame;
      debts.saga(step.path, false);
      const inside = step.frame.sequence();
      return settle(
        () => inOrder(children, inside, []),
        (outputs) => ended(step, outputs),
        (error) => {
          step.branch.begin();
          const raised = locate(error, 'saga', step.path);
          const failed = failedAt(step, raised, inside.results.length);
          const why = toRecord(raised) as unknown as Json;
          return after(debts.payBelow([step.path], step.path, step.frame, why), (settlement) => {
            debts.saga(step.path, true);
            return step.fail(afterCompensation(failed, settlement, step.path));
          });
        },
      );
    };
    return composite(children, run, { undoes: true });

    function failedAt({ path }: Step, error: FsmError, index: number): FsmError {
      const name = steps[index]?.name ?? `step ${index + 1}`;
      return failure('SAGA_FAILED', `The saga failed at ${name}: ${error.message}`, path, {
        hint: 'See details.error for the step that failed, and details.compensated for what was undone.',
        next: error.next === 'retry' ? 'retry' : 'reject',
        details: { kind: 'saga', step: name, error: toRecord(error) },
        cause: error,
      });
    }
  },
});

/** That it ended well is a fact for later lives: what a saga owes that was stopped in the middle is paid. */
function ended(step: Step, outputs: Json): Eventual<Json> {
  const { debts } = step.frame;
  const end = () => {
    debts.saga(step.path, true);
    return outputs;
  };
  return step.path === '' || !step.effect.compensates ? end() : after(step.record({ output: outputs }), end);
}

function inOrder(children: readonly PreparedEffect[], frame: Frame, outputs: Json[]): Eventual<Json> {
  for (let index = outputs.length; index < children.length; index += 1) {
    const output = perform(children[index]!, frame);
    if (isPromise(output)) {
      return output.then((value) => {
        frame.take(value);
        return inOrder(children, frame, [...outputs, value]);
      });
    }
    frame.take(output);
    outputs = [...outputs, output];
  }
  return outputs;
}
