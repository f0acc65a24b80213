import { FsmError } from '@fsm/core';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { type Gate, type Passage, throughGate } from '../gate.ts';
import { duration, effect } from '../parameters.ts';
import type { Admission, BreakerSettings, CallOutcome } from '../services/breaker.ts';
import { compileName, name } from '../services/name.ts';
import { servicesOf } from '../services/services.ts';
import type { TenantServices } from '../services/tenant-services.ts';
import type { Step } from '../step.ts';

/** What `minimum` is for a share of failures: fewer calls say little. */
const enoughForShare = 10;

export const circuitBreaker = defineEffect({
  name: 'circuit_breaker',
  summary: 'Stops calling a dependency that keeps failing: then the error is CIRCUIT_OPEN, until a probe succeeds.',
  category: 'reliability',
  icon: 'zap-off',
  output: 'The output of the effect.',
  parameters: z.strictObject({
    name: name.describe('What is called, such as "payments". All effects of the tenant that give this name share it.'),
    effect: effect.describe('The effect.'),
    failures: z
      .number()
      .positive()
      .default(5)
      .describe('When to stop: after so many failures in the window; below 1, at that share of the calls.'),
    window: z
      .union([duration, z.strictObject({ calls: z.int().min(1).max(10_000).describe('How many calls.') })])
      .default('1m')
      .describe('What is looked back on: a time such as "1m", or the last { "calls": 100 }.'),
    minimum: z
      .int()
      .min(1)
      .optional()
      .describe('Fewer calls than that in the window decide nothing; 10 for a share of failures, otherwise 1.'),
    openFor: duration.default('30s').describe('How long nothing is called before a probe may go through.'),
    probes: z
      .int()
      .min(1)
      .default(1)
      .describe('How many calls may go through then; when all of them succeed, everything goes through again.'),
    on: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Codes of the errors that count as failures, such as "EFFECT_TIMEOUT"; all when not given.'),
  }),
  examples: [
    {
      title: 'Stop asking a service that failed twice',
      effect: {
        type: 'for_each',
        items: [1, 2, 3],
        effect: {
          type: 'fallback',
          on: ['CIRCUIT_OPEN'],
          effect: {
            type: 'fallback',
            on: ['EFFECT_FAILED'],
            effect: {
              type: 'circuit_breaker',
              name: 'payments',
              failures: 2,
              effect: { type: 'call', function: 'pay' },
            },
            fallback: { type: 'get_data', path: 'failed' },
          },
          fallback: { type: 'get_data', path: 'stopped' },
        },
      },
      context: { failed: 'asked in vain', stopped: 'not asked' },
      functions: {
        pay: () => {
          throw new Error('down');
        },
      },
      output: ['asked in vain', 'asked in vain', 'not asked'],
    },
  ],
  prepare({ name: source, effect, failures, window, minimum, openFor, probes, on }, compile) {
    const named = compileName(source, compile);
    const lookBack = typeof window === 'object' ? () => window : compile.duration(window, 'window');
    const pause = compile.duration(openFor, 'openFor');
    const child = compile.child(effect, 0, 'effect');
    const settings = (step: Step): BreakerSettings => ({
      failures,
      window: lookBack(step),
      minimum: minimum ?? (failures < 1 ? enoughForShare : 1),
      openFor: pause(step),
      probes,
    });
    const outcome = (passage: Passage): CallOutcome => {
      if (passage.outcome !== 'failed') return passage.outcome;
      const { error } = passage;
      return on === undefined || (FsmError.is(error) && on.includes(error.code)) ? 'failed' : 'succeeded';
    };
    return composite([child], (step) => {
      const services = servicesOf(step.frame.host).of(step.tenant);
      const pass = (admission: Admission, name: string) => {
        if (!admission.admitted) throw open(name, admission, services);
        return (passage: Passage) => admission.end(outcome(passage), services.time.at(step.now()));
      };
      const gate: Gate = {
        admit() {
          const name = named(step);
          return pass(services.breaker(name).ask(settings(step), services.time.at(step.now())), name);
        },
        readmit() {
          const name = named(step);
          return pass(services.breaker(name).readmit(settings(step), services.time.at(step.now())), name);
        },
      };
      return throughGate(step, child, gate);
    });
  },
});

function open(
  name: string,
  { state, forced, until }: Extract<Admission, { admitted: false }>,
  { time }: TenantServices,
): FsmError {
  const why = forced
    ? 'an operator opened it'
    : state === 'open'
      ? 'too many calls failed'
      : 'it waits for the calls that probe it';
  return new FsmError('CIRCUIT_OPEN', `"${name}" is not called: ${why}.`, {
    next: 'retry',
    hint: forced ? 'Ask the operator.' : 'Try again later, or use `fallback`.',
    details: { name, state, ...(forced ? { forced } : { until: time.toClock(until) }) },
  });
}
