import type { Json, JsonObject, MachineEvent } from '@fsm/core';
import { Branch } from './branch.ts';
import type { ExecutionHost } from './host.ts';

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
  result: Json;
  #results: Json[] | undefined;
  #outer: readonly Json[];

  private constructor(
    host: ExecutionHost,
    branch: Branch,
    prefix: string,
    attempt: number,
    result: Json,
    outer: readonly Json[],
  ) {
    this.host = host;
    this.branch = branch;
    this.prefix = prefix;
    this.attempt = attempt;
    this.result = result;
    this.#results = undefined;
    this.#outer = outer;
  }

  static root(host: ExecutionHost): Frame {
    return new Frame(host, new Branch(host), '', 1, null, nothing);
  }

  /** For the inside of a sequence: starts with the result handed in and collects its own. */
  sequence(): Frame {
    const frame = new Frame(this.host, this.branch, this.prefix, this.attempt, this.result, nothing);
    frame.#results = [];
    return frame;
  }

  /** For something that runs beside others and can be stopped alone. */
  fork(): Frame {
    return new Frame(this.host, this.branch.fork(), this.prefix, this.attempt, this.result, this.results);
  }

  /** For one attempt of the effect at `path`. */
  forAttempt(path: string, attempt: number): Frame {
    return new Frame(this.host, this.branch, `${path}#${attempt}`, attempt, this.result, this.results);
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
    const { event, instance, tenant, now, params } = this.host.scope;
    return {
      context: this.branch.context,
      event,
      result: this.result,
      results: readsResults ? this.results.slice() : nothing,
      params,
      instance,
      tenant,
      now,
    };
  }
}
