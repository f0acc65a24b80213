import type { Json, JsonObject } from '@fsm/core';
import type { z } from 'zod';
import type { Repeat } from './effect.ts';
import type { ExecutionHost, LogLevel } from './host.ts';
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
 * A function that runs in a thread of its own, because it computes for long and would hold up everything else. It takes
 * parameters and returns JSON like other functions; aborting it ends its thread.
 */
export interface WorkerFunctionDefinition<Parameters extends z.ZodType = z.ZodType> {
  readonly summary?: string;
  readonly repeat?: Repeat;
  readonly parameters?: Parameters;
  /** The module that exports the function: `new URL('./score.ts', import.meta.url)`. */
  readonly worker: URL;
  /** Name of the function in the module; `default` when not given. */
  readonly export?: string;
  /** The longest time of one call, in milliseconds; that of the worker pool when not given. */
  readonly timeout?: number;
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
 *     'route.plan': defineFunction({ worker: new URL('./route.ts', import.meta.url), export: 'plan' }),
 *   },
 * });
 * ```
 */
export function defineFunction<Parameters extends z.ZodType>(
  definition: FunctionDefinition<Parameters>,
): FunctionDefinition<Parameters>;
export function defineFunction<Parameters extends z.ZodType>(
  definition: WorkerFunctionDefinition<Parameters>,
): WorkerFunctionDefinition<Parameters>;
export function defineFunction(
  definition: FunctionDefinition | WorkerFunctionDefinition,
): FunctionDefinition | WorkerFunctionDefinition {
  return Object.freeze(definition);
}

/** What a function may know about the call. It may take it apart: `async (params, { signal, key }) => …`. */
export class FunctionCall {
  readonly #step: Step;

  constructor(step: Step) {
    this.#step = step;
  }

  /** Where the call comes from, for the registry. */
  static hostOf(call: FunctionCall): ExecutionHost {
    return call.#step.frame.host;
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

  /** The trace it belongs to, to be sent on as the header `traceparent` of W3C Trace Context; when there is one. */
  get traceparent(): string | undefined {
    return this.#step.traceparent;
  }

  /** Tells whoever watches the execution how far the work is: a text, a number, any JSON. Nothing of it is kept. */
  get progress(): (message: Json) => void {
    return (message) => this.#step.progress(message);
  }

  get log(): (message: Json, level?: LogLevel) => void {
    return (message, level = 'info') => this.#step.log(level, message);
  }
}

export const noParams: JsonObject = Object.freeze({});
