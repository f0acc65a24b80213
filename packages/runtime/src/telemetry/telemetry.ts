import type { ErrorRecord } from '@fsm/core';
import type { NodeReport } from '@fsm/effects';
import type { Origin } from '../engine/observer.ts';
import type { Receipt } from '../engine/receipt.ts';

/**
 * What the runtime tells telemetry: unlike an observer it is asked for handles, so that what belongs together can be
 * joined. `openTelemetry` is one; another could write to a file.
 *
 * T1  Without telemetry nothing of this is called, and nothing is collected for it.
 * T2  It must not throw, and be quick: it is called in the middle of the work.
 * T3  What is counted has been committed; what a refused commit took back is not counted.
 */
export interface Telemetry {
  /** An event was sent, by somebody outside or by another instance. */
  event(told: EventTold): EventTrace;
  /** An instance moved: a transition was taken. */
  transition(told: MachineTold): void;
  timerFired(told: MachineTold): void;
  /** An execution starts, or goes on after a restart. */
  execution(told: ExecutionTold): ExecutionTrace;
  committed(lines: number): void;
}

export interface EventTold extends Origin {
  readonly type: string;
  /** The instance that sent it. */
  readonly from?: string;
  /** The trace it was sent with. */
  readonly traceparent?: string;
}

export interface MachineTold extends Origin {
  readonly machine: string;
}

export interface ExecutionTold extends MachineTold {
  readonly invocation: string;
  /** Path of the state that runs it. */
  readonly state: string;
  /** The trace of the event that caused it. */
  readonly cause: string | undefined;
  /** Whether it goes on with what is on record already, from an earlier life of the process or to undo it. */
  readonly resumed: boolean;
  /** Whether it undoes what it did, because it was cancelled. */
  readonly compensates: boolean;
  /** Whether the clock is one that is moved by hand: then times are those of the reports. */
  readonly virtual: boolean;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
}

/** The handling of one event: from its arrival to the commit. */
export interface EventTrace {
  /** As W3C Trace Context writes it, when it is traced. */
  readonly traceparent: string | undefined;
  decided(machine: string): void;
  settled(receipt: Receipt): void;
  refused(error: unknown): void;
}

export interface ExecutionTrace {
  readonly traceparent: string | undefined;
  /** The trace for what the node at `path` calls. */
  traceparentOf(path: string): string | undefined;
  node(report: NodeReport): void;
  ended(outcome: ExecutionOutcome, error?: ErrorRecord): void;
}

export type ExecutionOutcome = 'done' | 'failed' | 'cancelled';
