import { FsmError, type Json, type JsonObject } from '@fsm/core';
import { z } from 'zod';
import type { Compile } from '../compile.ts';
import { defineEffect, leaf } from '../effect.ts';
import { template } from '../parameters.ts';
import type { Step } from '../step.ts';
import { type ChildRequest, spawnChild } from '../wait.ts';

/** What creating an instance needs, for `spawn_fsm` and `invoke_fsm`. */
export const childParameters = {
  machine: z
    .union(
      [
        z.string().min(1),
        z.custom<JsonObject>((value) => isObject(value as Json | undefined)).meta({ type: 'object' }),
      ],
      'expected the id or hash of a machine, or a definition',
    )
    .describe('A machine of the tenant by id or content hash, or a definition, which is taken as it is written.'),
  instance: template.optional().describe('Name of the instance; derived from the step when not given.'),
  input: template.optional().describe("An object that is merged over the machine's context."),
};

export const spawnFsm = defineEffect({
  name: 'spawn_fsm',
  summary: 'Creates an instance of a machine, once, which lives on by itself and may send to its `parent`.',
  category: 'machines',
  icon: 'git-branch-plus',
  output: 'The name of the instance: `{ instance }`.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    ...childParameters,
    whenExists: z
      .enum(['refuse', 'keep'])
      .optional()
      .describe(
        'When there is an instance of that name: fail with INSTANCE_EXISTS (`refuse`, when not given) or `keep` it.',
      ),
  }),
  examples: [
    {
      title: 'Start a delivery that goes on by itself',
      effect: {
        type: 'spawn_fsm',
        machine: 'delivery',
        instance: 'delivery-{{ context.order }}',
        input: { order: '{{ context.order }}' },
      },
      context: { order: 7 },
      host: { spawn: async ({ instance = '' }) => instance },
      output: { instance: 'delivery-7' },
    },
  ],
  prepare({ whenExists, ...parameters }, compile) {
    const child = compileChild(parameters, compile);
    return leaf((step) =>
      spawnChild(step, { ...child(step), ...(whenExists && { whenExists }) }).then((instance) => ({ instance })),
    );
  },
});

/** Compiles what the parameters say of a child. A definition is taken as it is written: its templates are its own. */
export function compileChild(
  { machine, instance, input }: { machine: string | JsonObject; instance?: Json | undefined; input?: Json | undefined },
  compile: Compile,
): (step: Step) => ChildRequest {
  const which = typeof machine === 'string' ? compile.template(machine, 'machine') : () => machine;
  const name = instance === undefined ? undefined : compile.template(instance, 'instance');
  const given = input === undefined ? undefined : compile.template(input, 'input');
  return (step) => {
    const asked = which(step);
    if (!isObject(asked) && (typeof asked !== 'string' || asked === '')) {
      throw wrong('machine', asked, 'the id of a machine or a definition is needed');
    }
    const called = name?.(step);
    if (called !== undefined && typeof called !== 'string') throw wrong('instance', called, 'a name is needed');
    const context = given?.(step) ?? undefined;
    if (context !== undefined && !isObject(context)) throw wrong('input', context, 'an object is needed');
    return {
      machine: asked,
      ...(called === undefined ? undefined : { instance: called }),
      ...(context === undefined ? undefined : { input: context }),
    };
  };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(parameter: string, given: Json, needed: string): FsmError {
  return new FsmError('PARAMETER_INVALID', `\`${parameter}\` gave ${JSON.stringify(given)} where ${needed}.`, {
    hint: 'Correct the template.',
    details: { parameter },
  });
}
