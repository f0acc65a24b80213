import type { ErrorRecord, Json, JsonObject, MachineEvent } from '@fsm/core';
import type { Services } from './services/services.ts';
import type { ChildRequest, EventWait, StepOutcome } from './wait.ts';

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
  /** It keeps nothing of what is recorded and knows of no earlier life, so outcomes of leaves need not be recorded. */
  readonly forgets?: boolean;
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
  /** `1` when a step began to wait for what other executions bring about, `-1` when that is over: like sleeping. */
  waiting?(change: 1 | -1): void;
  /** What executions share; a host without has some of its own (`servicesOf`). */
  readonly services?: Services;
  /**
   * Waits for an event that is sent to the instance and that no transition takes. The host records the outcome together
   * with the event, so that neither is there without the other, and resolves once both are durable. Rejects with the
   * reason of `signal`, unless an event came before.
   */
  waitForEvent?(wait: EventWait, signal: AbortSignal): Promise<StepOutcome>;
  /** Creates an instance of the same tenant, once per step path; says its name once it is durable. */
  spawn?(child: ChildRequest, path: string, signal: AbortSignal): Promise<string>;
  /**
   * Runs a child to its end, which the host records as the outcome of the step. When `signal` is aborted, or the execution
   * ends otherwise, the child is stopped.
   */
  invoke?(child: ChildRequest, path: string, signal: AbortSignal): Promise<StepOutcome>;
  /** A leaf was told to stop while it was at work; `stopped` resolves when it has. Nothing of it counts any more. */
  abandoned?(leaf: { readonly path: string; readonly kind: string }, stopped: Promise<void>): void;
  /** What each node does, for watching; absent while nobody watches. */
  readonly progress?: ((report: ProgressReport) => void) | undefined;
  /** `1` when a node began what is not over when it returns, work or a wait; `-1` when that is over. */
  active?(node: ActiveNode, change: 1 | -1): void;
  /** The trace that the node at `path` belongs to, as W3C Trace Context writes it. */
  traceparent?(path: string): string | undefined;
}

/** A node that works or waits. */
export interface ActiveNode {
  readonly path: string;
  readonly attempt: number;
  readonly effect: { readonly kind: string };
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
  /** What `params` were where it owes, when they were not those of the execution: an item of a `for_each` is in them. */
  readonly params?: Json;
  /** What it owed was paid, or could not be: by the saga or race at the step path `by`, or by the execution itself. */
  readonly undone?: { readonly by?: string; readonly error?: ErrorRecord };
  /** Through how many items a `for_each` goes. */
  readonly count?: number;
  /** What it asks people for. */
  readonly asked?: ApprovalRequest;
  /** It asked again, elsewhere. */
  readonly escalated?: true;
  /** Recorded by the host: the instance that it runs to its end. */
  readonly child?: string;
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

/** A decision that people are asked for. */
export interface ApprovalRequest {
  /** Names it in the events that ask and answer. */
  readonly id: string;
  readonly title: string;
  readonly details?: Json;
  /** Who may decide; anybody when absent. */
  readonly approvers?: readonly string[];
  /** When it was asked, when it expires and when it is asked again elsewhere: milliseconds since the epoch. */
  readonly at: number;
  readonly deadline?: number;
  readonly escalation?: { readonly at: number; readonly to: Json };
}
