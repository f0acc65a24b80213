import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { afterCompensation } from '../compensation-error.ts';
import { composite, defineEffect, type PreparedEffect } from '../effect.ts';
import { type Eventual, isPromise, settle } from '../eventual.ts';
import { failure, locate, toRecord } from '../failure.ts';
import type { Frame } from '../frame.ts';
import { effect } from '../parameters.ts';
import { perform } from '../perform.ts';

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
  prepare({ steps }, compile) {
    const children = steps.map(({ effect, compensate }, index) =>
      compensate === undefined
        ? compile.child(effect, index, 'steps', index, 'effect')
        : compile.child({ type: 'with_compensation', effect, compensate }, index, 'steps', index),
    );
    return composite(children, (step) => {
      const inside = step.frame.sequence();
      return settle(
        () => inOrder(children, inside, []),
        (outputs) => outputs,
        (error) => {
          step.branch.begin();
          const raised = FsmError.is(error) ? error : locate(error, 'saga', step.path);
          const at = steps[inside.results.length]?.name ?? `step ${inside.results.length + 1}`;
          const failed = failure('SAGA_FAILED', `The saga failed at ${at}: ${raised.message}`, step.path, {
            hint: 'See details.error for the step that failed, and details.compensated for what was undone.',
            details: { kind: 'saga', step: at, error: toRecord(raised) },
            cause: raised,
          });
          return settle(
            () => step.frame.debts.pay(step.path, step.frame, toRecord(raised) as unknown as Json),
            (settlement) => step.fail(afterCompensation(failed, settlement, step.path)),
            (interrupted) => {
              throw interrupted;
            },
          );
        },
      );
    });
  },
});

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
