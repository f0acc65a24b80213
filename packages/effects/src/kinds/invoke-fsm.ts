import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { after } from '../eventual.ts';
import { failure } from '../failure.ts';
import { duration } from '../parameters.ts';
import { late } from '../step.ts';
import { invokeChild } from '../wait.ts';
import { childParameters, compileChild } from './spawn-fsm.ts';

export const invokeFsm = defineEffect({
  name: 'invoke_fsm',
  summary: 'Runs an instance of a machine to its final state; leaving the state that runs it stops the child.',
  category: 'machines',
  icon: 'workflow',
  output: "The child's output.",
  repeat: 'idempotent',
  parameters: z.strictObject({
    ...childParameters,
    machine: childParameters.machine.optional().describe(childParameters.machine.description ?? ''),
    timeout: duration
      .optional()
      .describe(
        'How long the child may run: milliseconds, a text such as "2h", or an expression. Then it is stopped and the error is INVOKE_TIMEOUT.',
      ),
    processor: z.string().optional().describe('SCXML: the type of the <invoke>.'),
    src: z.string().optional().describe('SCXML: the address of the document, here the id or hash of a machine.'),
  }),
  examples: [
    {
      title: 'Run a check to its end',
      effect: {
        type: 'invoke_fsm',
        machine: 'credit-check',
        input: { customer: '{{ context.customer }}' },
        timeout: '1h',
      },
      context: { customer: 'ada' },
      host: { invoke: async () => ({ output: { score: 640 } }) },
      output: { score: 640 },
    },
  ],
  prepare({ timeout, machine, src, processor: _, ...parameters }, compile) {
    const which = machine ?? src;
    if (which === undefined) {
      const hint = 'Add `"machine"`: the id of a machine, or a definition.';
      compile.problem('MISSING_KEY', 'The effect does not say which machine to run.', hint);
    }
    const child = compileChild({ ...parameters, machine: which ?? '' }, compile);
    const milliseconds = timeout === undefined ? undefined : compile.duration(timeout, 'timeout');
    return leaf((step) => {
      if (milliseconds === undefined) return invokeChild(step, child(step));
      return after(
        step.due(() => step.now() + milliseconds(step)),
        (due) =>
          invokeChild(step, child(step), due).then((output) => {
            if (output !== late) return output;
            throw failure('INVOKE_TIMEOUT', 'The child did not end in the time it was given.', step.path, {
              hint: 'Give it more time, or handle INVOKE_TIMEOUT in onError.',
              next: 'retry',
              details: { kind: 'invoke_fsm' },
            });
          }),
      );
    });
  },
});
