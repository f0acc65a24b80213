import type { Json, JsonObject, MachineEvent } from '@fsm/core';
import { Branch } from './branch.ts';
import { type Debt, Debts } from './debts.ts';
import type { ExecutionHost, StepRecord } from './host.ts';

/** The roots of expressions in effects (DESIGN §4). */
export interface Scope {
  readonly context: JsonObject;
  readonly event: MachineEvent;
  /** Output of the step before, in the enclosing sequence. */
  readonly result: Json;
  /** Outputs so far in the enclosing sequence. */
  readonly results: readonly Json[];
  readonly params: Json | undefined;
  readonly instance: string;
  readonly tenant: string;
  readonly now: number;
}

const nothing: readonly Json[] = Object.freeze([]);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Where in its branch an effect runs: what `result` means there, and which attempt it belongs to.
 *
 * Prepared effects know their path only from the nearest enclosing attempt on; `prefix` is the path of that attempt, so
 * that on the way of most steps no path is put together at all.
 */
export class Frame {
  readonly host: ExecutionHost;
  readonly branch: Branch;
  readonly prefix: string;
  /** Which attempt of the innermost `retry` this is; 1 outside of one. */
  readonly attempt: number;
  /** What the execution owes for what it did: shared by all of its frames. */
  readonly debts: Debts;
  readonly params: Json | undefined;
  /** Tells the idempotency keys of steps that were undone and are done again from those they had before. */
  readonly round: string;
  result: Json;
  /** Told the output of a leaf at the moment in which it is done, before that is on record. */
  done: ((output: Json) => void) | undefined;
  #results: Json[] | undefined;
  #outer: readonly Json[];

  private constructor(
    host: ExecutionHost,
    branch: Branch,
    prefix: string,
    attempt: number,
    result: Json,
    outer: readonly Json[],
    debts: Debts,
    params: Json | undefined,
    round: string,
  ) {
    this.host = host;
    this.branch = branch;
    this.prefix = prefix;
    this.attempt = attempt;
    this.debts = debts;
    this.params = params;
    this.round = round;
    this.result = result;
    this.done = undefined;
    this.#results = undefined;
    this.#outer = outer;
  }

  static root(host: ExecutionHost): Frame {
    return new Frame(host, new Branch(host), '', 1, null, nothing, new Debts(), host.scope.params, '');
  }

  /** For the inside of a sequence: starts with the result handed in and collects its own. */
  sequence(collects = true): Frame {
    const { host, branch, prefix, attempt, result, debts, params, round } = this;
    const frame = new Frame(host, branch, prefix, attempt, result, nothing, debts, params, round);
    if (collects) frame.#results = [];
    return frame;
  }

  /** For something that runs beside others and can be stopped alone. */
  fork(): Frame {
    const { host, prefix, attempt, result, results, debts, params, round } = this;
    return new Frame(host, this.branch.fork(), prefix, attempt, result, results, debts, params, round);
  }

  /** For one attempt of the effect at `path`. */
  forAttempt(path: string, attempt: number): Frame {
    const { host, branch, result, results, debts, params, round } = this;
    return new Frame(host, branch, `${path}#${attempt}`, attempt, result, results, debts, params, round);
  }

  /** For one item of the list that the effect at `path` goes through: `result` and `params.item` are the item. */
  forItem(path: string, index: number, item: Json): Frame {
    const { host, branch, attempt, results, debts, params, round } = this;
    const own = { ...(isObject(params) ? params : undefined), item, index };
    return new Frame(host, branch, `${path}@${index}`, attempt, item, results, debts, own, round);
  }

  /** For undoing what a step of this execution did: `result` is the step's output, `params` are what they were there. */
  forDebt({ prefix, output, params, round }: Debt, error: Json): Frame {
    const { host, branch, debts } = this;
    const own = { ...(isObject(params) ? params : undefined), error };
    return new Frame(host, branch, prefix, 1, output, nothing, debts, own, round);
  }

  /** The same place with other `params`. */
  withParams(more: JsonObject): Frame {
    const { host, branch, prefix, attempt, result, results, debts, params, round } = this;
    const own = { ...(isObject(params) ? params : undefined), ...more };
    return new Frame(host, branch, prefix, attempt, result, results, debts, own, round);
  }

  /** The same place for a step that was undone so often. */
  forRound(times: number): Frame {
    const { host, branch, prefix, attempt, result, results, debts, params, round } = this;
    return new Frame(host, branch, prefix, attempt, result, results, debts, params, `${round}~${times}`);
  }

  /** The same place, for a leaf whose end somebody wants to know at once. */
  whenDone(done: (output: Json) => void): Frame {
    const { host, branch, prefix, attempt, result, results, debts, params, round } = this;
    const frame = new Frame(host, branch, prefix, attempt, result, results, debts, params, round);
    frame.done = done;
    return frame;
  }

  /** Whether nothing that is recorded here will ever be asked for. */
  get forgets(): boolean {
    return this.host.forgets === true && !this.debts.paying;
  }

  /** What is on record of the step at `path`: of earlier lives, and of this one when it belongs to a compensation. */
  recorded(path: string): StepRecord | undefined {
    if (this.forgets) return undefined;
    const known = this.host.recorded(path);
    const own = this.debts.recorded(path);
    return own === undefined ? known : { ...known, ...own };
  }

  /** One more step of the sequence ended with `output`. */
  take(output: Json): void {
    this.result = output;
    this.#results?.push(output);
  }

  get results(): readonly Json[] {
    return this.#results ?? this.#outer;
  }

  /** What expressions see at this moment. Copying the results is left out for those that do not read them. */
  scope(readsResults: boolean): Scope {
    const { event, instance, tenant, now } = this.host.scope;
    return {
      context: this.branch.context,
      event,
      result: this.result,
      results: readsResults ? this.results.slice() : nothing,
      params: this.params,
      instance,
      tenant,
      now,
    };
  }
}
