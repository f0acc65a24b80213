import { type Command, type ErrorRecord, FsmError, type Json, type MachineEvent } from '@fsm/core';
import type { LogLevel, NodeReport, PreparedEffect, Services } from '@fsm/effects';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import type { ExecutionOutcome } from '../telemetry/telemetry.ts';
import { Children, type ChildrenPort } from './children.ts';
import { compensating } from './course.ts';
import { Execution, type ExecutionPort } from './execution.ts';
import type { CompensatedFact, CompensatingFact, DoneFact, Fact, FailedFact, StepFact } from './fact.ts';
import type { FamilyOrder } from './family.ts';
import { Heralds } from './heralds.ts';
import type { Instance, Item } from './instance.ts';
import type { RuntimeObserver } from './observer.ts';
import type { Spectators } from './spectators.ts';
import type { ExecutionState, InstanceState } from './state.ts';
import { Stopping } from './stopping.ts';
import type { LoadedMachine } from './tenant-space.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface WorkPort {
  readonly limits: Limits;
  /** Decides a fact that the instance's own work produced; it passes the mailbox. `false` when it came too late. */
  own(instance: Instance, fact: Fact): boolean;
  /** What creating children asks of the engine. */
  readonly children: Omit<ChildrenPort, 'limits' | 'now' | 'unpark' | 'committed' | 'afterwards'>;
  /** Brings an order to another instance of the family; resolves when that has it on stable storage. */
  order(source: Instance, to: string, order: FamilyOrder, id: string): Promise<void>;
  /** Sends from one instance to another of its tenant; resolves when the target has it on stable storage. */
  sendFrom(source: Instance, to: string, event: MachineEvent, id: string, kind?: SendKind): Promise<void>;
  /** Resolves when everything decided so far is on stable storage. */
  committed(): Promise<void>;
  /** Runs after the commit of everything decided so far, also when it was refused. */
  afterwards(action: () => void): void;
  afterTurn(callback: () => void): void;
  /** Puts something into the instance's mailbox. */
  post(instance: Instance, item: Item): void;
  /** The instance may handle what waited for its work. */
  drain(instance: Instance): void;
  /** Something ended; perhaps all is quiet now. */
  noteQuiet(): void;
}

/** What a send has beside its event. */
export interface SendKind {
  /** It comes of a subscription of the target. */
  readonly notice?: true;
  readonly hops?: number | undefined;
  /** An SCXML machine forwards what it got. */
  readonly forwarded?: true;
}

/**
 * Everything an instance does in the world: executions, deliveries of its sends, what it emits and logs.
 *
 * W1  Nothing begins before the decision that asked for it is committed.
 * W3  What a cancelled execution did is undone after it was told to stop.
 * W2  `active` counts what `settled` must wait for: expected starts, executions that do not merely sleep, deliveries.
 */
export class Work implements ExecutionPort {
  readonly services: Services;
  readonly children: Children;
  readonly #clock: Clock;
  readonly #timekeeper: Timekeeper;
  readonly #observer: RuntimeObserver;
  readonly #port: WorkPort;
  readonly #spectators: Spectators;
  readonly #heralds: Heralds;
  readonly #awaitCompensated: (() => void)[] = [];
  readonly #stopping: Stopping;
  #active = 0;
  #stopped = false;

  constructor(
    clock: Clock,
    timekeeper: Timekeeper,
    observer: RuntimeObserver,
    services: Services,
    spectators: Spectators,
    port: WorkPort,
  ) {
    this.#spectators = spectators;
    this.services = services;
    this.#clock = clock;
    this.#timekeeper = timekeeper;
    this.#observer = observer;
    this.#port = port;
    this.#stopping = new Stopping(clock, port.limits.stopTime);
    this.#heralds = new Heralds(clock, port);
    this.children = new Children({
      ...port.children,
      limits: port.limits,
      now: (instance) => this.now(instance),
      committed: () => port.committed(),
      afterwards: (action) => port.afterwards(action),
      unpark: (instance, id) => {
        if (instance.parked?.delete(id)) this.#expectDelivery(instance, id);
      },
    });
  }

  get active(): number {
    return this.#active + this.#heralds.active;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopping.close();
    this.#tellCompensated();
    this.#heralds.stop();
  }

  /** Does what a decision commanded, except timers; `before` is the state before it. */
  carryOut(instance: Instance, commands: readonly Command[], before: InstanceState | undefined): void {
    for (const command of commands) {
      switch (command.type) {
        case 'start':
          this.#expect(instance, command.invocation, command.incarnation);
          break;
        case 'cancel':
          this.#port.afterwards(() => {
            const execution = instance.executions?.get(command.invocation);
            if (execution?.incarnation === command.incarnation) execution.cancel();
          });
          break;
        case 'emit':
          this.#port.afterwards(() => this.emit(instance, command.event));
          break;
        case 'log':
          this.#port.afterwards(() => this.log(instance, command.level, command.message));
          break;
      }
    }
    const { debts, outbox, notices } = instance.state!;
    for (const key in debts) if (before?.debts?.[key] === undefined) this.#expectCompensation(instance, key);
    if (outbox !== undefined && outbox !== before?.outbox) {
      for (const { id } of outbox) {
        if (before?.outbox?.some((entry) => entry.id === id) !== true) this.#expectDelivery(instance, id);
      }
    }
    if (notices !== undefined && notices !== before?.notices) {
      for (const { id } of notices) {
        if (before?.notices?.some((notice) => notice.id === id) !== true) this.#heralds.expect(instance, id);
      }
    }
  }

  /** Takes up what an earlier life of the process had begun. */
  resume(instance: Instance): void {
    const { executions, debts, outbox, notices } = instance.state!;
    for (const invocation in executions) this.#expect(instance, invocation, executions[invocation]!.incarnation);
    for (const key in debts) this.#expectCompensation(instance, key);
    for (const { id } of outbox ?? []) this.#expectDelivery(instance, id);
    for (const { id } of notices ?? []) this.#heralds.expect(instance, id);
    if (executions !== undefined || debts !== undefined) this.#holdEvents(instance);
  }

  /** V3 in `waits.ts`: all have begun by then, and a turn later they wait for whatever they waited for before. */
  #holdEvents(instance: Instance): void {
    instance.resuming = true;
    this.#port.afterwards(() =>
      this.#port.afterTurn(() => {
        instance.resuming = false;
        if (instance.phase === 'ready') this.#port.drain(instance);
      }),
    );
  }

  /** Somebody outside cancelled an execution, and the journal has it. */
  cancel(instance: Instance, { invocation, incarnation }: FailedFact): void {
    const execution = instance.executions?.get(invocation);
    if (execution?.incarnation === incarnation) this.#port.afterwards(() => execution.cancel());
  }

  /** Resolves when some compensation of some instance ended, or the engine stops. */
  nextCompensated(): Promise<void> {
    return new Promise((resolve) => this.#awaitCompensated.push(resolve));
  }

  #tellCompensated(): void {
    for (const resolve of this.#awaitCompensated.splice(0)) resolve();
  }

  /** Ends all executions of an instance that ended itself. */
  cancelAll(instance: Instance): void {
    const running = [...(instance.executions?.values() ?? [])].filter((execution) => !execution.compensates);
    if (running.length === 0) return;
    this.#port.afterwards(() => {
      for (const execution of running) execution.cancel();
    });
  }

  #expect(instance: Instance, invocation: string, incarnation: number): void {
    instance.working += 1;
    this.#active += 1;
    this.#port.afterwards(() => this.#start(instance, invocation, incarnation));
  }

  #start(instance: Instance, invocation: string, incarnation: number): void {
    const state = instance.state?.executions?.[invocation];
    if (this.#stopped || instance.phase !== 'ready' || state?.incarnation !== incarnation) {
      this.#ceased(instance);
      return;
    }
    this.#run(instance, new Execution(this, instance, invocation, state), state);
  }

  #run(instance: Instance, execution: Execution, state: ExecutionState): void {
    instance.executions ??= new Map();
    instance.executions.set(execution.key, execution);
    this.#spectators.began(execution, state);
    let effect: PreparedEffect;
    try {
      effect = this.#effectOf(instance.loaded!, state);
    } catch (error) {
      execution.fail(error);
      return;
    }
    execution.begin(effect);
  }

  #effectOf(machine: LoadedMachine, { state, index, purpose, effect }: ExecutionState): PreparedEffect {
    if (effect !== undefined) return machine.evaluated(effect);
    if (purpose !== 'before') return machine.effect(state, index);
    return machine.before(state, index, this.#port.limits.beforeTime);
  }

  /** W3: after the abort of the execution that it undoes, because both wait for the same commit. */
  #expectCompensation(instance: Instance, key: string): void {
    instance.working += 1;
    this.#active += 1;
    this.#port.afterwards(() => {
      const debt = instance.state?.debts?.[key];
      if (this.#stopped || instance.phase !== 'ready' || debt === undefined) this.#ceased(instance);
      else this.#run(instance, new Execution(this, instance, debt.invocation, debt, compensating), debt);
    });
  }

  #ceased(instance: Instance): void {
    instance.working -= 1;
    this.#active -= 1;
    if (instance.phase === 'ready') this.#port.drain(instance);
    this.#port.noteQuiet();
  }

  #expectDelivery(instance: Instance, id: string): void {
    this.#active += 1;
    this.#port.afterwards(() => this.#deliver(instance, id));
  }

  #deliver(instance: Instance, id: string): void {
    const entry = instance.state?.outbox?.find((candidate) => candidate.id === id);
    const over = () => {
      this.#active -= 1;
      this.#port.noteQuiet();
    };
    if (entry === undefined || instance.phase !== 'ready' || this.#stopped) {
      over();
      return;
    }
    const { order, event, hops } = entry;
    if (order !== undefined) {
      this.#port
        .order(instance, entry.to, order, id)
        .then(
          () => this.#port.own(instance, { kind: 'sent', id }),
          (error) => this.#undelivered(instance, id, error, true),
        )
        .finally(over);
      return;
    }
    const receiver = this.#receiver(instance, id, entry.to);
    if (receiver === undefined) {
      over();
      return;
    }
    const forwarded = receiver === entry.to ? undefined : { forwarded: true as const };
    this.#port
      .sendFrom(instance, receiver, event, id, { hops, ...forwarded })
      .then(
        () => this.#port.own(instance, { kind: 'sent', id }),
        (error) => this.#undelivered(instance, id, error),
      )
      .finally(over);
  }

  /** Who is meant by the name of an invocation: its child, as soon as that is there. Nobody when the invocation is over. */
  #receiver(instance: Instance, id: string, to: string): string | undefined {
    if (!to.startsWith('#_')) return to;
    const invocation = to.slice(2);
    if (instance.state?.executions?.[invocation] === undefined) {
      this.#port.own(instance, { kind: 'sent', id });
      return undefined;
    }
    const child = instance.invoked?.get(invocation);
    if (child !== undefined) return child;
    instance.parked ??= new Set();
    instance.parked.add(id);
    return undefined;
  }

  /** A refusal is final and the machine is told; after anything else the send stays in the outbox and is tried again. */
  #undelivered(instance: Instance, id: string, error: unknown, order = false): void {
    if (order && FsmError.is(error) && error.code === 'INSTANCE_UNKNOWN') {
      // that one's family is gone, which is no error
      this.#port.own(instance, { kind: 'sent', id });
    } else if (!order && FsmError.is(error) && error.next === 'reject' && error.code !== 'STORE_FULL') {
      this.#port.own(instance, { kind: 'sent', id, error: error.toJSON() });
    } else if (!this.#stopped && instance.phase === 'ready') {
      this.#clock.wakeAt(this.#clock.now() + redeliveryPause, () => {
        if (!this.#stopped && instance.phase === 'ready') this.#expectDelivery(instance, id);
      });
    }
  }

  now(instance: Instance): number {
    // Under a virtual clock work takes no time: the instance is where its last fact left it.
    if (this.#clock.virtual) return instance.at;
    return Math.max(this.#clock.now(), instance.at);
  }

  async step(instance: Instance, fact: StepFact | CompensatingFact): Promise<void> {
    if (!this.#port.own(instance, fact)) {
      throw new FsmError('EXECUTION_CANCELLED', `The execution of "${fact.invocation}" is over.`);
    }
    await this.#port.committed();
  }

  outcome(instance: Instance, fact: DoneFact | FailedFact | CompensatedFact): void {
    this.#port.own(instance, fact);
  }

  ended(execution: Execution, outcome: ExecutionOutcome, error?: ErrorRecord): void {
    this.#spectators.ended(execution, outcome, error);
    const { instance, key } = execution;
    if (instance.executions?.get(key) === execution) {
      instance.executions.delete(key);
      if (instance.executions.size === 0) instance.executions = undefined;
    }
    if (execution.compensates) this.#tellCompensated();
  }

  watched(execution: Execution): boolean {
    return this.#spectators.watches(execution);
  }

  progressed(execution: Execution, report: NodeReport): void {
    this.#spectators.progressed(execution, report);
  }

  abandoned(stopped: Promise<void>, late: () => void): void {
    this.#stopping.watch(stopped, late);
  }

  detached({ instance, invocation }: Execution, leaf: { readonly path: string; readonly kind: string }): void {
    this.#observer.detached?.({ tenant: instance.space.id, instance: instance.name, invocation, ...leaf });
  }

  sleep(instance: Instance, due: number, wake: () => void): void {
    instance.sleeps = [...(instance.sleeps ?? []), due];
    const ring = () => {
      const left = [...(instance.sleeps ?? [])];
      left.splice(left.indexOf(due), 1);
      instance.sleeps = left.length === 0 ? undefined : left;
      if (this.#clock.virtual && due > instance.at) instance.at = due;
      wake();
    };
    this.#timekeeper.sleep(instance.number, due, () => {
      // Under a virtual clock it waits its turn: what happened before it comes first, however late it is looked at.
      if (this.#clock.virtual) this.#port.post(instance, { fact: undefined, at: due, wake: ring });
      else ring();
    });
  }

  send(instance: Instance, to: string, event: MachineEvent, id: string): Promise<void> {
    const { parent } = instance.state ?? {};
    return this.#port.sendFrom(instance, to === 'parent' && parent !== undefined ? parent.instance : to, event, id);
  }

  emit(instance: Instance, event: MachineEvent): void {
    if (instance.phase === 'gone') return;
    this.#observer.emit?.({ tenant: instance.space.id, instance: instance.name, event });
  }

  log(instance: Instance, level: LogLevel, message: Json): void {
    if (instance.phase === 'gone') return;
    this.#observer.log?.({ tenant: instance.space.id, instance: instance.name, level, message });
  }

  working(execution: Execution, change: 1 | -1): void {
    const { instance } = execution;
    if (change === -1) {
      this.#ceased(instance);
      return;
    }
    instance.working += 1;
    this.#active += 1;
  }

  afterTurn(callback: () => void): void {
    this.#port.afterTurn(callback);
  }
}

/** Milliseconds before a send that could not be delivered is tried again. */
const redeliveryPause = 1000;
