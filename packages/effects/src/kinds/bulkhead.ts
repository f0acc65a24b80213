import { FsmError } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import type { Eventual } from '../eventual.ts';
import { type Pass, throughGate } from '../gate.ts';
import { duration, effect } from '../parameters.ts';
import type { BulkheadSettings, Ticket } from '../services/bulkhead.ts';
import { compileName, name } from '../services/name.ts';
import { servicesOf } from '../services/services.ts';
import type { TenantServices } from '../services/tenant-services.ts';
import { late, type Step } from '../step.ts';

export const bulkhead = defineEffect({
  name: 'bulkhead',
  summary: 'Lets only so many executions use a dependency at once. The others wait, or fail with BULKHEAD_FULL.',
  category: 'reliability',
  icon: 'columns-3',
  output: 'The output of the effect.',
  parameters: z.strictObject({
    name: name.describe('What is used, such as "printer". All effects of the tenant that give this name share it.'),
    slots: z.int().min(1).max(1_000_000).describe('How many may use it at once.'),
    queue: z.int().min(0).max(1_000_000).default(100).describe('How many may wait, first come first served.'),
    wait: duration.optional().describe('How long each may wait; without limit when not given.'),
    effect: effect.describe('The effect.'),
  }),
  examples: [
    {
      title: 'Print at most two pages at once',
      effect: {
        type: 'for_each',
        items: [1, 2, 3],
        concurrency: 3,
        effect: {
          type: 'bulkhead',
          name: 'printer',
          slots: 2,
          effect: { type: 'call', function: 'print', params: { page: '{{ params.item }}' } },
        },
      },
      functions: { print: ({ page }) => `page ${page}` },
      output: ['page 1', 'page 2', 'page 3'],
    },
  ],
  prepare({ name: source, slots, queue, wait, effect }, compile) {
    const named = compileName(source, compile);
    const patience = wait === undefined ? undefined : compile.duration(wait, 'wait');
    const child = compile.child(effect, 0, 'effect');
    return composite([child], (step) => {
      const services = servicesOf(step.frame.host).of(step.tenant);
      return throughGate(step, child, {
        admit: () => enter(step, services, named(step), { slots, queue }, patience?.(step)),
        readmit: () => enter(step, services, named(step), { slots, queue: Number.POSITIVE_INFINITY }, undefined),
      });
    });
  },
});

function enter(
  step: Step,
  services: TenantServices,
  name: string,
  settings: BulkheadSettings,
  wait: number | undefined,
): Eventual<Pass> {
  const ticket = services.bulkhead(name).enter(settings, services.time.at(step.now()));
  if (ticket === undefined) throw full(name, settings, undefined);
  const pass = () => ticket.leave(services.time.at(step.now()));
  return ticket.granted ? pass : waitForTurn(step, services, ticket, wait).then(() => pass, refuse);

  function refuse(error: unknown): never {
    pass();
    throw error === late ? full(name, settings, wait) : error;
  }
}

/** Rejects with `late` when that takes too long. */
async function waitForTurn(
  step: Step,
  services: TenantServices,
  ticket: Ticket,
  wait: number | undefined,
): Promise<void> {
  const due = wait === undefined ? undefined : step.now() + wait;
  step.report({ phase: 'progressed', message: 'waits for a slot' });
  const at = await step.waitFor(ticket.turn, due);
  if (at !== late) await step.sleepUntil(services.time.toClock(at));
  else if (!ticket.granted) throw late;
}

function full(name: string, { slots, queue }: BulkheadSettings, waited: number | undefined): FsmError {
  const why = waited === undefined ? 'and its queue is full' : 'and none became free in time';
  return new FsmError('BULKHEAD_FULL', `All slots of "${name}" are taken, ${why}.`, {
    next: 'retry',
    hint: 'Try again later, or give it more slots or a longer queue.',
    details: { name, slots, queue, ...(waited === undefined ? undefined : { waited }) },
  });
}
