import { FsmError, type Json } from '@fsm/core';
import { z } from 'zod';
import { copyJson } from '../copy-json.ts';
import { defineEffect, leaf } from '../effect.ts';
import { FunctionCall, type FunctionDefinition } from '../function.ts';
import { duration, template } from '../parameters.ts';
import type { Answer, Batches, Membership } from '../services/batches.ts';
import { digest } from '../services/name.ts';
import { servicesOf } from '../services/services.ts';
import type { TenantServices } from '../services/tenant-services.ts';
import { late, type Step } from '../step.ts';
import { checked, unregistered } from './call.ts';

export const batch = defineEffect({
  name: 'batch',
  summary: 'Collects like calls of many executions for a moment and calls a registered function once with all of them.',
  category: 'reliability',
  icon: 'combine',
  output: 'What the function returned for this call.',
  repeat: 'idempotent',
  parameters: z.strictObject({
    function: z
      .string()
      .min(1)
      .describe('Name of a function that takes a list and returns a list: one answer, or an Error, for each item.'),
    input: template.describe('This call: one item of the list.'),
    window: duration.default('10ms').describe('How long the first call of a batch waits for others.'),
    max: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('How many calls make a batch full, so that it waits no longer.'),
  }),
  examples: [
    {
      title: 'Look up three customers with one query',
      effect: {
        type: 'for_each',
        items: [1, 2, 3],
        concurrency: 3,
        effect: { type: 'batch', function: 'customers.byId', input: '{{ params.item }}', window: '5ms' },
      },
      functions: { 'customers.byId': (ids) => ids.map((id: number) => `customer ${id}`) },
      output: ['customer 1', 'customer 2', 'customer 3'],
    },
  ],
  prepare({ function: name, input, window, max }, compile) {
    const definition = compile.function(name, 'function');
    const values = compile.template(input, 'input');
    const patience = compile.duration(window, 'window');
    return leaf(
      (step) => {
        if (definition === undefined) throw unregistered(name);
        const services = servicesOf(step.frame.host).of(step.tenant);
        const batches: Batches<Member> = services.batches(name);
        const membership = batches.join(
          { input: copyJson(values(step)), step },
          { window: patience(step), max },
          (members, signal) => callAll(name, definition, members, signal),
          services.time.at(step.now()),
        );
        return takePart(step, services, membership);
      },
      definition?.repeat === undefined ? {} : { repeat: definition.repeat },
    );
  },
});

/** What a function may know about a call for several executions. `instance` and `attempt` are those of the first. */
export class BatchCall extends FunctionCall {
  /** The idempotency key of each item: the same in every life of its execution. */
  readonly keys: readonly string[];
  readonly #signal: AbortSignal;

  constructor(step: Step, keys: readonly string[], signal: AbortSignal) {
    super(step);
    this.keys = keys;
    this.#signal = signal;
  }

  /** Aborted when none of the results is wanted any more. */
  override get signal(): AbortSignal {
    return this.#signal;
  }

  /** The same for the same items in the same order. After a crash they may come in other batches: then `keys` tell. */
  override get key(): string {
    return digest([...this.keys]);
  }
}

interface Member {
  readonly input: Json;
  readonly step: Step;
}

async function takePart(step: Step, { time }: TenantServices, membership: Membership): Promise<unknown> {
  try {
    const called = await step.waitFor(membership.called, time.toClock(membership.due));
    if (called === late) membership.call(time.at(step.now()));
    else await step.sleepUntil(time.toClock(called));
    const answer = await step.branch.wait(membership.answer);
    if ('error' in answer) throw answer.error;
    return answer.output;
  } catch (error) {
    membership.leave();
    throw error;
  }
}

async function callAll(
  name: string,
  definition: FunctionDefinition,
  members: readonly Member[],
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const inputs = members.map(({ input }) => input);
  const keys = members.map(({ step }) => step.key);
  const call = new BatchCall(members[0]!.step, keys, signal);
  const results = await definition.run(checked(definition, name, inputs), call);
  if (!Array.isArray(results) || results.length !== members.length) {
    const got = Array.isArray(results) ? `${results.length} answers` : `no list`;
    throw new FsmError('BATCH_RESULT', `\`${name}\` was called with ${members.length} items and returned ${got}.`, {
      hint: 'Return a list with one answer, or an Error, for each item, in the same order.',
      details: { function: name, items: members.length },
    });
  }
  return results.map((result) => (result instanceof Error ? { error: result } : { output: result }));
}
