import { type Command, FsmError, type Json, type MachineEvent } from '@fsm/core';
import type { LogLevel, PreparedEffect } from '@fsm/effects';
import type { Clock } from '../clock.ts';
import { Execution, type ExecutionPort } from './execution.ts';
import type { DoneFact, Fact, FailedFact, StepFact } from './fact.ts';
import { Heralds } from './heralds.ts';
import type { Instance, Item } from './instance.ts';
import type { RuntimeObserver } from './observer.ts';
import type { InstanceState } from './state.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface WorkPort {
  /** Decides a fact that the instance's own work produced; it passes the mailbox. `false` when it came too late. */
  own(instance: Instance, fact: Fact): boolean;
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
}

/**
 * Everything an instance does in the world: executions, deliveries of its sends, what it emits and logs.
 *
 * W1  Nothing begins before the decision that asked for it is committed.
 * W2  `active` counts what `settled` must wait for: expected starts, executions that do not merely sleep, deliveries.
 */
export class Work implements ExecutionPort {
  readonly #clock: Clock;
  readonly #timekeeper: Timekeeper;
  readonly #observer: RuntimeObserver;
  readonly #port: WorkPort;
  readonly #heralds: Heralds;
  #active = 0;
  #stopped = false;

  constructor(clock: Clock, timekeeper: Timekeeper, observer: RuntimeObserver, port: WorkPort) {
    this.#clock = clock;
    this.#timekeeper = timekeeper;
    this.#observer = observer;
    this.#port = port;
    this.#heralds = new Heralds(clock, port);
  }

  get active(): number {
    return this.#active + this.#heralds.active;
  }

  stop(): void {
    this.#stopped = true;
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
    const { outbox, notices } = instance.state!;
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
    const { executions, outbox, notices } = instance.state!;
    for (const invocation in executions) this.#expect(instance, invocation, executions[invocation]!.incarnation);
    for (const { id } of outbox ?? []) this.#expectDelivery(instance, id);
    for (const { id } of notices ?? []) this.#heralds.expect(instance, id);
  }

  /** Ends all executions of an instance that ended itself. */
  cancelAll(instance: Instance): void {
    const running = [...(instance.executions?.values() ?? [])];
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
    const execution = new Execution(this, instance, invocation, state);
    instance.executions ??= new Map();
    instance.executions.set(invocation, execution);
    let effect: PreparedEffect;
    try {
      effect = instance.loaded!.effect(state.state, state.index);
    } catch (error) {
      execution.fail(error);
      return;
    }
    execution.begin(effect);
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
    this.#port
      .sendFrom(instance, entry.to, entry.event, id, { hops: entry.hops })
      .then(
        () => this.#port.own(instance, { kind: 'sent', id }),
        (error) => this.#undelivered(instance, id, error),
      )
      .finally(over);
  }

  /** A refusal is final and the machine is told; after anything else the send stays in the outbox and is tried again. */
  #undelivered(instance: Instance, id: string, error: unknown): void {
    if (FsmError.is(error) && error.next === 'reject' && error.code !== 'STORE_FULL') {
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

  async step(instance: Instance, fact: StepFact): Promise<void> {
    if (!this.#port.own(instance, fact)) {
      throw new FsmError('EXECUTION_CANCELLED', `The execution of "${fact.invocation}" is over.`);
    }
    await this.#port.committed();
  }

  outcome(instance: Instance, fact: DoneFact | FailedFact): void {
    this.#port.own(instance, fact);
  }

  ended(execution: Execution): void {
    const { instance, invocation } = execution;
    if (instance.executions?.get(invocation) !== execution) return;
    instance.executions.delete(invocation);
    if (instance.executions.size === 0) instance.executions = undefined;
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
    return this.#port.sendFrom(instance, to, event, id);
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
