import type { ErrorRecord, Json, JsonObject, MachineEvent } from '@fsm/core';

/**
 * The port between the executor and whoever runs it: everything an execution may know about the world.
 *
 * The durable runtime implements it over the journal; `execute` implements it in memory; tests implement it by hand.
 *
 * H1  A step is named by its path in the effect tree (`''` is the root, `0.2`, `0.2#3` for the third attempt and
 *     `0.2#3.0` for what that attempt runs; `0.score` for a branch with a name): the same tree gives the same paths in
 *     every life of the execution.
 * H2  `record` is called at most once per path and kind of fact; the executor goes on only after it returned or resolved.
 * H3  What `recorded` returns was recorded in an earlier life. A step with a recorded outcome is never performed again.
 * H4  After `signal` is aborted the executor records nothing more.
 *
 * Deliberately absent: journals, stores, instances' states, tenants' other data.
 */
export interface ExecutionHost {
  /** Unique for this execution; `${id}:${path}` is a step's idempotency key in every life, the path without attempts. */
  readonly id: string;
  readonly scope: ExecutionScope;
  readonly signal: AbortSignal;
  now(): number;
  recorded(path: string): StepRecord | undefined;
  record(path: string, step: StepRecord): void | Promise<void>;
  /** Resolves when the host's clock reaches `due`; rejects when `signal` is aborted. */
  sleepUntil(due: number, signal: AbortSignal): Promise<void>;
  /** Delivers to another instance of the same tenant, once per `key`. */
  send(to: string, event: MachineEvent, key: string): void | Promise<void>;
  emit(event: MachineEvent): void;
  log(level: LogLevel, message: Json): void;
  /**
   * `1` when a leaf began work that is not over when `perform` returns, `-1` when that work settled. Waiting in
   * `sleepUntil`, `record` or `send` does not count. A virtual clock stands still while anything is being performed.
   */
  performing?(change: 1 | -1): void;
  /** What each node does, for watching; absent when nobody watches. */
  progress?(report: ProgressReport): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * What expressions in effects see. `context` is the instance's context when the execution started, plus what this
 * execution itself wrote with `put_data` and its kin: so a resumed execution sees what its first life saw.
 */
export interface ExecutionScope {
  readonly context: JsonObject;
  readonly event: MachineEvent;
  readonly instance: string;
  readonly tenant: string;
  /** When the execution started, in milliseconds since the epoch. */
  readonly now: number;
  readonly params?: Json;
}

/** A fact about one step. Several facts may belong to one path: first `due` or `intent`, then an outcome. */
export interface StepRecord {
  /** The outcome when it succeeded. */
  readonly output?: Json;
  /** The outcome when it failed. */
  readonly error?: ErrorRecord;
  /** Changes to the instance's context that became durable with the outcome: dotted path to value. */
  readonly patch?: { readonly [path: string]: Json };
  /** A time fixed by the first life: the end of a delay, a deadline, the next attempt. */
  readonly due?: number;
  /** A `once` leaf is about to be performed. */
  readonly intent?: true;
  /** Which branch a `race` or `choose` settled on. */
  readonly branch?: number;
  /** It is done and owes a compensation: the how many-th debt of its execution. */
  readonly owed?: number;
  /** Through how many items a `for_each` goes. */
  readonly count?: number;
}

export interface ProgressReport {
  readonly path: string;
  readonly kind: string;
  readonly phase:
    | 'started'
    | 'progressed'
    | 'finished'
    | 'failed'
    | 'cancelled'
    | 'retrying'
    | 'compensating'
    | 'detached';
  readonly at: number;
  /** What the effect says of itself while it works. */
  readonly message?: Json;
  readonly attempt?: number;
  readonly error?: ErrorRecord;
}
