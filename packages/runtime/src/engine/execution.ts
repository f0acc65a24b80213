import { FsmError, type Json, type MachineEvent } from '@fsm/core';
import {
  type ExecutionHost,
  type ExecutionScope,
  execute,
  type LogLevel,
  type PreparedEffect,
  type StepRecord,
} from '@fsm/effects';
import type { DoneFact, FailedFact, StepFact } from './fact.ts';
import type { Instance } from './instance.ts';
import type { ExecutionState } from './state.ts';

/** What an execution asks of the engine. */
export interface ExecutionPort {
  now(instance: Instance): number;
  /** Journals a step; resolves when it is on stable storage, rejects when the execution is over. */
  step(instance: Instance, fact: StepFact): Promise<void>;
  outcome(instance: Instance, fact: DoneFact | FailedFact): void;
  /** It will ask for nothing more. */
  ended(execution: Execution): void;
  sleep(instance: Instance, due: number, wake: () => void): void;
  send(instance: Instance, to: string, event: MachineEvent, id: string): Promise<void>;
  emit(instance: Instance, event: MachineEvent): void;
  log(instance: Instance, level: LogLevel, message: Json): void;
  /** The execution began (`1`) or ceased (`-1`) to work; in between it only waits for the clock. */
  working(execution: Execution, change: 1 | -1): void;
  /** Calls back after everything that is due now in this turn of the event loop. */
  afterTurn(callback: () => void): void;
}

/** One run of an effect for one invocation: the executor's host over the instance's journal. */
export class Execution implements ExecutionHost {
  readonly id: string;
  readonly scope: ExecutionScope;
  readonly instance: Instance;
  readonly invocation: string;
  readonly incarnation: number;
  readonly #port: ExecutionPort;
  readonly #steps: ExecutionState['steps'];
  #controller: AbortController | undefined;
  #over = false;
  #awake = true;
  #sleeping = 0;
  #performing = 0;

  constructor(port: ExecutionPort, instance: Instance, invocation: string, state: ExecutionState) {
    this.#port = port;
    this.instance = instance;
    this.invocation = invocation;
    this.incarnation = state.incarnation;
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

  get over(): boolean {
    return this.#over;
  }

  /** Performs the effect from its first unrecorded step. May finish before it returns. */
  begin(effect: PreparedEffect): void {
    let result: Json | Promise<Json>;
    try {
      result = execute(effect, this);
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
    this.#end();
    this.#controller?.abort(cancelled(this.invocation));
  }

  #finish(output: Json): void {
    if (this.#over) return;
    const fact: DoneFact = { kind: 'done', invocation: this.invocation, incarnation: this.incarnation, output };
    this.#port.outcome(this.instance, fact);
    this.#end();
  }

  /** Ends it with an error. */
  fail(error: unknown): void {
    if (this.#over) return;
    const record = FsmError.is(error)
      ? error.toJSON()
      : { code: 'EFFECT_FAILED', message: error instanceof Error ? error.message : String(error) };
    const { invocation, incarnation } = this;
    this.#port.outcome(this.instance, { kind: 'failed', invocation, incarnation, error: record });
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#port.ended(this);
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

  now(): number {
    return this.#port.now(this.instance);
  }

  recorded(path: string): StepRecord | undefined {
    return this.#steps?.[path];
  }

  record(path: string, step: StepRecord): Promise<void> {
    if (this.#over) return Promise.reject(cancelled(this.invocation));
    const { invocation, incarnation } = this;
    return this.#counted(this.#port.step(this.instance, { kind: 'step', invocation, incarnation, path, step }));
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
