import { type ErrorRecord, FsmError, type Json, type MachineEvent } from '@fsm/core';
import {
  type ActiveNode,
  type ChildRequest,
  type EventWait,
  type ExecutionHost,
  type ExecutionScope,
  type LogLevel,
  type NodeReport,
  Nodes,
  type PreparedEffect,
  type ProgressReport,
  type Services,
  type StepOutcome,
  type StepRecord,
} from '@fsm/effects';
import type { ExecutionOutcome, ExecutionTrace } from '../telemetry/telemetry.ts';
import type { Children } from './children.ts';
import { type Course, compensating, performing } from './course.ts';
import type { CompensatedFact, CompensatingFact, DoneFact, FailedFact, StepFact } from './fact.ts';
import type { Instance } from './instance.ts';
import type { ExecutionState } from './state.ts';
import { awaitEvent } from './waits.ts';

/** What an execution asks of the engine. */
export interface ExecutionPort {
  /** What all executions of the engine share. */
  readonly services: Services;
  readonly children: Children;
  now(instance: Instance): number;
  /** Journals a step; resolves when it is on stable storage, rejects when the execution is over. */
  step(instance: Instance, fact: StepFact | CompensatingFact): Promise<void>;
  outcome(instance: Instance, fact: DoneFact | FailedFact | CompensatedFact): void;
  /** It will ask for nothing more. */
  ended(execution: Execution, outcome: ExecutionOutcome, error?: ErrorRecord): void;
  /** Whether somebody wants to know what its nodes do. */
  watched(execution: Execution): boolean;
  progressed(execution: Execution, report: NodeReport): void;
  /** Calls back when something that should stop takes too long to. */
  abandoned(stopped: Promise<void>, late: () => void): void;
  detached(execution: Execution, leaf: { readonly path: string; readonly kind: string }): void;
  sleep(instance: Instance, due: number, wake: () => void): void;
  send(instance: Instance, to: string, event: MachineEvent, id: string): Promise<void>;
  emit(instance: Instance, event: MachineEvent): void;
  log(instance: Instance, level: LogLevel, message: Json): void;
  /** The execution began (`1`) or ceased (`-1`) to work; in between it only waits for the clock. */
  working(execution: Execution, change: 1 | -1): void;
  /** Calls back after everything that is due now in this turn of the event loop. */
  afterTurn(callback: () => void): void;
}

/** An execution that runs in this process. */
export interface RunningExecution {
  readonly instance: string;
  readonly invocation: string;
  /** Path of the state that runs it. */
  readonly state: string;
  /** When it began, in an earlier life of the process perhaps; in milliseconds since the epoch. */
  readonly since: number;
  /** Kind of its effect. */
  readonly kind: string;
  /** It was cancelled and undoes what it did. */
  readonly compensates?: true;
  /** Nodes that work or wait at the moment, not those that run them: their paths say where they stand. */
  readonly nodes: readonly {
    readonly path: string;
    readonly kind: string;
    /** When it began to, in this life of the process. */
    readonly since: number;
    /** Which attempt of the innermost `retry` this is, from 1. */
    readonly attempt: number;
  }[];
}

/** One run of an effect for one invocation: the executor's host over the instance's journal. */
export class Execution implements ExecutionHost {
  readonly id: string;
  readonly scope: ExecutionScope;
  readonly instance: Instance;
  readonly invocation: string;
  readonly incarnation: number;
  /** Path of the state that runs it, and when it began. */
  readonly state: string;
  readonly since: number;
  /** What follows it from outside, if anything. */
  trace: ExecutionTrace | undefined = undefined;
  readonly #traceparent: string | undefined;
  /** Children that it waits for, by step path. */
  readonly ends = new Map<string, (outcome: StepOutcome) => void>();
  readonly #port: ExecutionPort;
  readonly #course: Course;
  readonly #steps: ExecutionState['steps'];
  #controller: AbortController | undefined;
  #over = false;
  #awake = true;
  #sleeping = 0;
  #performing = 0;
  #effect: PreparedEffect | undefined;
  #nodes: Nodes | undefined;
  #tell: ((report: ProgressReport) => void) | undefined;
  /** Nodes that work or wait, and since when. */
  #active: Map<ActiveNode, number> | undefined;

  constructor(
    port: ExecutionPort,
    instance: Instance,
    invocation: string,
    state: ExecutionState,
    course: Course = performing,
  ) {
    this.#port = port;
    this.#course = course;
    this.instance = instance;
    this.invocation = invocation;
    this.incarnation = state.incarnation;
    this.state = state.state;
    this.since = state.at;
    this.#traceparent = state.traceparent;
    // A copy, for the state goes on collecting the steps of this life.
    this.#steps = state.steps === undefined ? undefined : { ...state.steps };
    this.id = `${instance.space.id}/${instance.name}/${invocation}#${state.incarnation}`;
    this.scope = {
      context: state.context,
      event: state.event,
      instance: instance.name,
      tenant: instance.space.id,
      now: state.at,
    };
  }

  /** Under which it stands among the executions of its instance. */
  get key(): string {
    return this.#course.key(this);
  }

  /** Whether it was cancelled and undoes what it did. */
  get compensates(): boolean {
    return this.#course === compensating;
  }

  get over(): boolean {
    return this.#over;
  }

  /** Performs the effect from its first unrecorded step. May finish before it returns. */
  begin(effect: PreparedEffect): void {
    this.#effect = effect;
    let result: Json | Promise<Json>;
    try {
      result = this.#course.run(effect, this);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (result instanceof Promise) {
      result.then(
        (output) => this.#finish(output),
        (error) => this.fail(error),
      );
    } else {
      this.#finish(result);
    }
  }

  /** Ends it without an outcome: its state was left, or its instance. */
  cancel(): void {
    if (this.#over) return;
    this.#end('cancelled');
    this.#controller?.abort(cancelled(this.invocation));
  }

  #finish(output: Json): void {
    if (this.#over) return;
    this.#port.outcome(this.instance, this.#course.done(this, output));
    this.#end('done');
  }

  /** Ends it with an error. */
  fail(error: unknown): void {
    if (this.#over) return;
    const record = FsmError.is(error)
      ? error.toJSON()
      : { code: 'EFFECT_FAILED', message: error instanceof Error ? error.message : String(error) };
    this.#port.outcome(this.instance, this.#course.failed(this, record));
    this.#end('failed', record);
  }

  #end(outcome: ExecutionOutcome, error?: ErrorRecord): void {
    this.#over = true;
    this.#port.ended(this, outcome, error);
    if (this.#awake) {
      this.#awake = false;
      this.#port.working(this, -1);
    }
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(cancelled(this.invocation));
    }
    return this.#controller.signal;
  }

  abandoned(leaf: { readonly path: string; readonly kind: string }, stopped: Promise<void>): void {
    this.#port.abandoned(stopped, () => {
      this.#port.detached(this, leaf);
      this.progress?.({ ...leaf, phase: 'detached', at: this.now() });
    });
  }

  /** There only while somebody watches. */
  get progress(): ((report: ProgressReport) => void) | undefined {
    if (!this.#port.watched(this)) return undefined;
    this.#tell ??= (report) => {
      this.#nodes ??= new Nodes();
      this.#port.progressed(this, this.#nodes.note(report));
    };
    return this.#tell;
  }

  active(node: ActiveNode, change: 1 | -1): void {
    this.#active ??= new Map();
    if (change === 1) this.#active.set(node, this.now());
    else this.#active.delete(node);
  }

  traceparent(path: string): string | undefined {
    return this.trace?.traceparentOf(path) ?? this.#traceparent;
  }

  /** What it does at the moment. */
  get view(): RunningExecution {
    return {
      instance: this.instance.name,
      invocation: this.invocation,
      state: this.state,
      since: this.since,
      kind: this.#effect?.kind ?? '',
      ...(this.compensates ? { compensates: true } : undefined),
      nodes: [...(this.#active ?? [])].map(([{ path, effect, attempt }, since]) => ({
        path,
        kind: effect.kind,
        since,
        attempt,
      })),
    };
  }

  get services(): Services {
    return this.#port.services;
  }

  now(): number {
    return this.#port.now(this.instance);
  }

  recorded(path: string): StepRecord | undefined {
    return this.#steps?.[path];
  }

  record(path: string, step: StepRecord): Promise<void> {
    if (this.#over) return Promise.reject(cancelled(this.invocation));
    return this.#counted(this.#port.step(this.instance, this.#course.step(this, path, step)));
  }

  sleepUntil(due: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      let waiting = true;
      this.#sleeping += 1;
      const stop = (settle: () => void) => {
        if (!waiting) return;
        waiting = false;
        signal.removeEventListener('abort', onAbort);
        this.#wake();
        this.#sleeping -= 1;
        settle();
        this.#maybeAsleep();
      };
      const onAbort = () => stop(() => reject(signal.reason));
      signal.addEventListener('abort', onAbort);
      this.#port.sleep(this.instance, due, () => stop(resolve));
      this.#maybeAsleep();
    });
  }

  send(to: string, event: MachineEvent, key: string): Promise<void> {
    return this.#counted(this.#port.send(this.instance, to, event, key));
  }

  waitForEvent(wait: EventWait, signal: AbortSignal): Promise<StepOutcome> {
    return awaitEvent(this, wait, signal);
  }

  spawn(child: ChildRequest, path: string): Promise<string> {
    return this.#port.children.spawn(this, child, path);
  }

  invoke(child: ChildRequest, path: string, signal: AbortSignal): Promise<StepOutcome> {
    return this.#port.children.invoke(this, child, path, signal);
  }

  emit(event: MachineEvent): void {
    this.#port.emit(this.instance, event);
  }

  log(level: LogLevel, message: Json): void {
    this.#port.log(this.instance, level, message);
  }

  performing(change: 1 | -1): void {
    if (change === 1) this.#wake();
    this.#performing += change;
    if (change === -1) this.#maybeAsleep();
  }

  /** Others bring about what it waits for: in between it is as if it slept. */
  waiting(change: 1 | -1): void {
    if (change === -1) this.#wake();
    this.#sleeping += change;
    this.#maybeAsleep();
  }

  async #counted(work: Promise<void>): Promise<void> {
    this.performing(1);
    try {
      await work;
    } finally {
      this.performing(-1);
    }
  }

  #wake(): void {
    if (this.#awake || this.#over) return;
    this.#awake = true;
    this.#port.working(this, 1);
  }

  /**
   * Asleep is when it waits for the clock and for nothing else. What a settled wait leads to happens in microtasks, so
   * the question is asked again after the turn before it is believed.
   */
  #maybeAsleep(): void {
    if (!this.#onlySleeps()) return;
    this.#port.afterTurn(() => {
      if (!this.#onlySleeps()) return;
      this.#awake = false;
      this.#port.working(this, -1);
    });
  }

  #onlySleeps(): boolean {
    return this.#awake && !this.#over && this.#sleeping > 0 && this.#performing === 0;
  }
}

function cancelled(invocation: string): FsmError {
  return new FsmError(
    'EXECUTION_CANCELLED',
    `The execution of "${invocation}" was cancelled because its state was left.`,
  );
}
