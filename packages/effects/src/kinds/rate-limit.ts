import { FsmError } from '@fsm/core';
import { z } from 'zod';
import type { Compiled } from '../compile.ts';
import { composite, defineEffect } from '../effect.ts';
import type { Eventual } from '../eventual.ts';
import { type Pass, throughGate } from '../gate.ts';
import { duration, effect, expression } from '../parameters.ts';
import { compileName, name } from '../services/name.ts';
import type { Rate, RateSettings, Turn } from '../services/rate.ts';
import { servicesOf } from '../services/services.ts';
import type { TenantServices } from '../services/tenant-services.ts';
import { late, type Step } from '../step.ts';

/** How many executions may wait for one rate. */
const longestQueue = 100_000;

export const rateLimit = defineEffect({
  name: 'rate_limit',
  summary: 'Lets executions use a dependency only so often. The others wait, or fail with RATE_LIMITED.',
  category: 'reliability',
  icon: 'gauge',
  output: 'The output of the effect.',
  parameters: z.strictObject({
    name: name.describe('What is used, such as "mailer". All effects of the tenant that give this name share it.'),
    strategy: z
      .enum(['token_bucket', 'sliding_window'])
      .default('token_bucket')
      .describe('"token_bucket" allows bursts and then an even pace; "sliding_window" at most `limit` in any window.'),
    limit: z.number().positive().max(1e9).describe('How much may be spent in the time.'),
    per: duration.default('1s').describe('The time: milliseconds, a text such as "1m", or an expression.'),
    burst: z
      .number()
      .positive()
      .max(1e9)
      .optional()
      .describe('How much a token bucket saves up for a burst; as much as `limit` when not given.'),
    cost: z
      .union([z.number().positive(), expression])
      .default(1)
      .describe('What this use spends: a number, or an expression such as "context.pages".'),
    wait: z.union([z.boolean(), duration]).default(true).describe('Whether to wait for its turn; or how long at most.'),
    effect: effect.describe('The effect.'),
  }),
  examples: [
    {
      title: 'Send two mails a second',
      effect: {
        type: 'for_each',
        items: ['ada', 'bob', 'cid'],
        effect: {
          type: 'rate_limit',
          name: 'mailer',
          limit: 2,
          per: '1s',
          effect: { type: 'call', function: 'mail', params: { to: '{{ params.item }}' } },
        },
      },
      functions: { mail: ({ to }) => `sent to ${to}` },
      output: ['sent to ada', 'sent to bob', 'sent to cid'],
    },
  ],
  prepare({ name: source, strategy, limit, per, burst, cost, wait, effect }, compile) {
    const named = compileName(source, compile);
    const time = compile.duration(per, 'per');
    const price = typeof cost === 'number' ? () => cost : compile.expression(cost, 'cost');
    const patience = typeof wait === 'boolean' ? undefined : compile.duration(wait, 'wait');
    if (burst !== undefined && strategy === 'sliding_window') {
      compile.problem('INVALID_VALUE', 'A sliding window saves nothing up.', 'Leave `burst` out.', 'burst');
    }
    const child = compile.child(effect, 0, 'effect');
    const settings = (step: Step): RateSettings => ({
      strategy,
      limit,
      per: Math.max(time(step), 1),
      burst: burst ?? limit,
    });
    const longest: Compiled<number> = (step) => patience?.(step) ?? (wait === true ? Number.POSITIVE_INFINITY : 0);

    return composite([child], (step) => {
      const services = servicesOf(step.frame.host).of(step.tenant);
      return throughGate(step, child, {
        admit(): Eventual<Pass> {
          const name = named(step);
          const rate = services.rate(name);
          return spend(step, services, rate, amount(price(step), name), settings(step), longest(step));
        },
        // it was paid for
        readmit: () => () => {},
      });
    });
  },
});

function spend(
  step: Step,
  { time }: TenantServices,
  rate: Rate,
  cost: number,
  settings: RateSettings,
  wait: number,
): Eventual<Pass> {
  const at = time.at(step.now());
  const earliest = rate.estimate(cost, settings, at);
  if (earliest === Number.POSITIVE_INFINITY) throw tooMuch(rate, cost);
  if (earliest - at > wait || rate.waiting >= longestQueue) throw refused(earliest - at);
  const turn = rate.ask(cost, settings, at);
  if (turn.due(at) === at) {
    turn.take(at);
    return () => {};
  }
  step.report({ phase: 'progressed', message: 'waits for its turn' });
  return waitForTurn(turn, step.now() + wait);

  async function waitForTurn(turn: Turn, deadline: number): Promise<Pass> {
    try {
      for (;;) {
        const at = time.at(step.now());
        const due = turn.due(at);
        if (due === at) break;
        if (due === Number.POSITIVE_INFINITY) throw tooMuch(rate, cost);
        if (step.now() >= deadline) throw refused((due ?? at) - at);
        const wake = due === undefined ? deadline : Math.min(step.now() + due - at, deadline);
        const changed = await step.waitFor(turn.changed, wake);
        if (changed !== late) await step.sleepUntil(time.toClock(changed));
      }
      turn.take(time.at(step.now()));
      return () => {};
    } catch (error) {
      turn.leave(time.at(step.now()));
      throw error;
    }
  }

  function refused(retryAfter: number): FsmError {
    rate.refused();
    const { limit, per } = settings;
    return new FsmError('RATE_LIMITED', `"${rate.name}" was used too often: ${limit} per ${per} ms is allowed.`, {
      next: 'retry',
      hint: 'Try again after details.retryAfter milliseconds, or let it wait.',
      details: { name: rate.name, limit, per, retryAfter: Math.ceil(retryAfter) },
    });
  }
}

function amount(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new FsmError('RATE_COST', `The cost of using "${name}" is ${JSON.stringify(value)}, not a number above 0.`, {
    hint: 'Change `cost`.',
    details: { name },
  });
}

function tooMuch({ name }: Rate, cost: number): FsmError {
  return new FsmError('RATE_COST', `Using "${name}" costs ${cost}: more than may ever be spent at once.`, {
    hint: 'Lower `cost`, or raise `limit` or `burst`.',
    details: { name, cost },
  });
}
