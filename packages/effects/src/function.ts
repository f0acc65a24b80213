import type { Json, JsonObject } from '@fsm/core';
import type { z } from 'zod';
import type { Repeat } from './effect.ts';
import type { LogLevel } from './host.ts';
import type { Step } from './step.ts';

/** A function that `call` can call. It gets a copy of its parameters and returns JSON, or a promise of it. */
// biome-ignore lint/suspicious/noExplicitAny: authors narrow the parameters to what their function takes
export type EffectFunction = (params: any, call: FunctionCall) => unknown;

export interface FunctionDefinition<Parameters extends z.ZodType = z.ZodType> {
  /** One sentence. */
  readonly summary?: string;
  /** How it may be repeated; `idempotent` when not given. */
  readonly repeat?: Repeat;
  /** Checked on every call and, where the parameters are constant, already in the definition. */
  readonly parameters?: Parameters;
  run(params: z.output<Parameters>, call: FunctionCall): unknown;
}

/**
 * A function that says more about itself than a plain one: how it may be repeated, and which parameters it takes.
 *
 * ```ts
 * createRegistry({
 *   functions: {
 *     'credit.score': async ({ applicant }, { signal, key }) => (await ask(applicant, { signal, key })).score,
 *     'letter.print': defineFunction({
 *       repeat: 'once',
 *       parameters: z.strictObject({ address: z.string() }),
 *       run: ({ address }) => printer.print(address),
 *     }),
 *   },
 * });
 * ```
 */
export function defineFunction<Parameters extends z.ZodType>(
  definition: FunctionDefinition<Parameters>,
): FunctionDefinition<Parameters> {
  return Object.freeze(definition);
}

/** What a function may know about the call. It may take it apart: `async (params, { signal, key }) => …`. */
export class FunctionCall {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  /** Aborted when the result is no longer wanted: the state was left, a race lost, a time limit passed. */
  get signal(): AbortSignal {
    return this.#step.signal;
  }

  /** The idempotency key: the same in every life of the execution and in every attempt of a retry. */
  get key(): string {
    return this.#step.key;
  }

  get instance(): string {
    return this.#step.instance;
  }

  get tenant(): string {
    return this.#step.tenant;
  }

  /** Which attempt of the innermost `retry` this is, from 1. */
  get attempt(): number {
    return this.#step.attempt;
  }

  get log(): (message: Json, level?: LogLevel) => void {
    return (message, level = 'info') => this.#step.log(level, message);
  }
}

export const noParams: JsonObject = Object.freeze({});
