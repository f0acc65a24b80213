import type { ErrorRecord, Json } from '@fsm/core';
import {
  compensate,
  type ExecutionHost,
  execute,
  type PreparedEffect,
  type Settlement,
  type StepRecord,
} from '@fsm/effects';
import { debtKey } from './debts.ts';
import type { CompensatedFact, CompensatingFact, DoneFact, FailedFact, StepFact } from './fact.ts';

interface Run {
  readonly invocation: string;
  readonly incarnation: number;
}

/** What an execution is for, and how the journal says what becomes of it. */
export interface Course {
  /** Under which it stands among the executions of its instance. */
  key(run: Run): string;
  run(effect: PreparedEffect, host: ExecutionHost): Json | Promise<Json>;
  step(run: Run, path: string, step: StepRecord): StepFact | CompensatingFact;
  done(run: Run, output: Json): DoneFact | CompensatedFact;
  failed(run: Run, error: ErrorRecord): FailedFact | CompensatedFact;
}

/** It performs its effect. */
export const performing: Course = {
  key: ({ invocation }) => invocation,
  run: execute,
  step: ({ invocation, incarnation }, path, step) => ({ kind: 'step', invocation, incarnation, path, step }),
  done: ({ invocation, incarnation }, output) => ({ kind: 'done', invocation, incarnation, output }),
  failed: ({ invocation, incarnation }, error) => ({ kind: 'failed', invocation, incarnation, error }),
};

/** It was cancelled and undoes what it did. */
export const compensating: Course = {
  key: ({ invocation, incarnation }) => `compensation of ${debtKey(invocation, incarnation)}`,
  run(effect, host) {
    const settlement = compensate(effect, host);
    return settlement instanceof Promise ? settlement.then(asJson) : asJson(settlement);
  },
  step: ({ invocation, incarnation }, path, step) => ({ kind: 'compensating', invocation, incarnation, path, step }),
  done: ({ invocation, incarnation }, settlement) => ({
    kind: 'compensated',
    invocation,
    incarnation,
    ...(settlement as unknown as Settlement),
  }),
  // not a compensation that failed, but the whole undertaking: its effect cannot be prepared
  failed: ({ invocation, incarnation }, error) => ({
    kind: 'compensated',
    invocation,
    incarnation,
    compensated: [],
    failed: [{ path: '', error: error as unknown as Json }],
  }),
};

function asJson({ compensated, failed }: Settlement): Json {
  return { compensated: [...compensated], failed: [...failed] } as unknown as Json;
}
