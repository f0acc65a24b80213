import type { Command } from '@fsm/core';
import { type NodeReport, ProgressStream } from '@fsm/effects';
import type { EventTrace, ExecutionOutcome, Telemetry } from '../telemetry/telemetry.ts';
import { debtOf } from './debts.ts';
import type { Execution } from './execution.ts';
import type { Fact } from './fact.ts';
import type { Instance } from './instance.ts';
import type { Origin } from './observer.ts';
import type { Receipt } from './receipt.ts';
import type { ExecutionState, InstanceState } from './state.ts';

/** What a node of a running execution does. */
export interface ExecutionProgress extends NodeReport, Origin {
  readonly invocation: string;
  /** Tells the runs of one invocation apart. */
  readonly incarnation: number;
  /** It undoes what the run did, which was cancelled. */
  readonly compensates?: true;
}

interface Watcher {
  readonly tenant: string;
  readonly instance: string | undefined;
  readonly stream: ProgressStream<ExecutionProgress>;
}

/** Who looks on: watchers of executions, and telemetry. Nothing depends on them, and without them nothing is collected. */
export class Spectators {
  readonly #telemetry: Telemetry | undefined;
  readonly #virtual: boolean;
  readonly #watchers = new Set<Watcher>();
  /** What is known of the events that are being handled. */
  readonly #arrivals = new WeakMap<Fact, EventTrace>();
  /** The traces that executions were caused by, until they start. */
  readonly #causes = new WeakMap<ExecutionState, string>();

  constructor(telemetry: Telemetry | undefined, virtual: boolean) {
    this.#telemetry = telemetry;
    this.#virtual = virtual;
  }

  /** Progress of the executions of a tenant, or of one of its instances, until nobody reads it any more. */
  watch(tenant: string, instance: string | undefined, buffer?: number): ProgressStream<ExecutionProgress> {
    const stream = new ProgressStream<ExecutionProgress>(buffer, () => this.#watchers.delete(watcher));
    const watcher: Watcher = { tenant, instance, stream };
    this.#watchers.add(watcher);
    return stream;
  }

  /** Whether anybody watches any execution. */
  get watching(): boolean {
    return this.#watchers.size > 0;
  }

  /** Nothing more will happen. */
  close(): void {
    for (const { stream } of [...this.#watchers]) stream.end();
  }

  /** Whether anybody wants to know what the nodes of an execution do. */
  watches({ trace, instance }: Execution): boolean {
    if (trace !== undefined) return true;
    if (this.#watchers.size === 0) return false;
    for (const watcher of this.#watchers) if (isOf(instance, watcher)) return true;
    return false;
  }

  progressed({ trace, instance, invocation, incarnation, compensates }: Execution, report: NodeReport): void {
    trace?.node(report);
    if (this.#watchers.size === 0) return;
    const { space, name } = instance;
    const told: ExecutionProgress = {
      tenant: space.id,
      instance: name,
      invocation,
      incarnation,
      ...(compensates ? { compensates } : undefined),
      ...report,
    };
    for (const watcher of this.#watchers) if (isOf(instance, watcher)) watcher.stream.push(told);
  }

  /** An execution is about to perform its effect. */
  began(execution: Execution, state: ExecutionState): void {
    if (this.#telemetry === undefined) return;
    const { instance, invocation } = execution;
    const cause = this.#causes.get(state) ?? state.traceparent;
    execution.trace = this.#telemetry.execution({
      ...machineOf(instance),
      invocation,
      state: state.state,
      cause,
      resumed: state.steps !== undefined,
      compensates: execution.compensates,
      virtual: this.#virtual,
      at: state.at,
    });
  }

  ended({ trace }: Execution, outcome: ExecutionOutcome, error?: { code: string; message: string }): void {
    trace?.ended(outcome, error);
  }

  /** An event was sent and its answer is awaited. */
  arrived(
    tenant: string,
    instance: string,
    event: { readonly type: string; readonly traceparent?: string },
    from?: string,
  ): Arrival | undefined {
    if (this.#telemetry === undefined) return undefined;
    const { type, traceparent } = event;
    const trace = this.#telemetry.event({
      tenant,
      instance,
      type: String(type),
      ...(from === undefined ? undefined : { from }),
      ...(typeof traceparent === 'string' ? { traceparent } : undefined),
    });
    return new Arrival(trace, this.#arrivals);
  }

  /** A fact was decided; `afterwards` runs what is to happen after the commit. */
  decided(
    instance: Instance,
    fact: Fact,
    commands: readonly Command[],
    taken: boolean,
    afterwards: (action: () => void) => void,
  ): void {
    const telemetry = this.#telemetry;
    if (telemetry === undefined) return;
    const told = machineOf(instance);
    const arrival = this.#arrivals.get(fact);
    arrival?.decided(told.machine);
    const cause = arrival?.traceparent ?? endedBy(instance, fact)?.trace?.traceparent;
    if (cause !== undefined) {
      for (const command of commands) {
        const state = beginning(instance.state!, command);
        if (state !== undefined) this.#causes.set(state, cause);
      }
    }
    const fired = fact.kind === 'timer';
    const moved = taken && (fired || fact.kind === 'event' || fact.kind === 'done' || fact.kind === 'failed');
    if (!moved && !fired) return;
    afterwards(() => {
      if (instance.phase === 'gone') return;
      if (fired) telemetry.timerFired(told);
      if (moved) telemetry.transition(told);
    });
  }

  committed(lines: number): void {
    if (lines > 0) this.#telemetry?.committed(lines);
  }
}

/** An event on its way to being handled. */
export class Arrival {
  readonly #trace: EventTrace;
  readonly #arrivals: WeakMap<Fact, EventTrace>;

  constructor(trace: EventTrace, arrivals: WeakMap<Fact, EventTrace>) {
    this.#trace = trace;
    this.#arrivals = arrivals;
  }

  /** The fact it becomes. */
  as(fact: Fact): void {
    this.#arrivals.set(fact, this.#trace);
  }

  /** How it ends. */
  ends(answer: Promise<Receipt>): void {
    answer.then(
      (receipt) => this.#trace.settled(receipt),
      (error) => this.#trace.refused(error),
    );
  }
}

function isOf({ space, name }: Instance, { tenant, instance }: Watcher): boolean {
  return space.id === tenant && (instance === undefined || instance === name);
}

function machineOf({ space, name, loaded }: Instance) {
  return { tenant: space.id, instance: name, machine: loaded!.machine.id };
}

/** What a command starts: an execution, or the compensation of the one that it cancels. */
function beginning(state: InstanceState, command: Command): ExecutionState | undefined {
  if (command.type === 'start') return state.executions?.[command.invocation];
  return command.type === 'cancel' ? debtOf(state, command) : undefined;
}

/** The execution whose outcome the fact is. */
function endedBy({ executions }: Instance, fact: Fact): Execution | undefined {
  return fact.kind === 'done' || fact.kind === 'failed' ? executions?.get(fact.invocation) : undefined;
}
