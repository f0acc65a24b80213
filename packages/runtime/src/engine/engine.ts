import {
  type Command,
  FsmError,
  type Implementations,
  type Json,
  type JsonObject,
  type MachineDefinition,
  type MachineEvent,
} from '@fsm/core';
import type { ProgressStream, Registry, Services } from '@fsm/effects';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import { linesAgain } from '../plugins/lines-again.ts';
import { PluginHost } from '../plugins/plugin-host.ts';
import type { RegisteredPlugins } from '../plugins/registered-plugins.ts';
import type { Store } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { checkTraceparent } from '../telemetry/traceparent.ts';
import { checkData, checkEventType, checkId } from './accept.ts';
import { type ApprovalAnswer, answerEvent, isAsking, type PendingApproval, pendingApprovals } from './approvals.ts';
import { cancelEffects } from './cancel.ts';
import { type Batch, Committer } from './committer.ts';
import { Decider } from './decider.ts';
import { Dispatcher, refuse } from './dispatcher.ts';
import type { EventFact, Fact } from './fact.ts';
import type { FamilyOrder, ParentLink } from './family.ts';
import type { Instance, Item } from './instance.ts';
import type { RuntimeObserver } from './observer.ts';
import type { Receipt } from './receipt.ts';
import { instanceUnknown, noSuchMachine, runtimeClosed } from './refusals.ts';
import { Residents } from './residents.ts';
import { type ExecutionProgress, Spectators } from './spectators.ts';
import { type InstanceState, isStale } from './state.ts';
import { evaluateListens } from './subscription.ts';
import type { LoadedMachine, TenantSpace } from './tenant-space.ts';
import { Timekeeper } from './timekeeper.ts';
import { whenReady } from './when-ready.ts';
import { type SendKind, Work } from './work.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly implementations: Implementations | undefined;
  readonly plugins: RegisteredPlugins;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly observer: RuntimeObserver;
  readonly services: Services;
  readonly telemetry: Telemetry | undefined;
  readonly readOnly: boolean;
  /** Whether instances that have work come back by themselves. */
  readonly awaken: boolean;
  /** Runs a callback after everything else that is due in this turn of the event loop. */
  readonly afterTurn: (callback: () => void) => void;
}

/**
 * The durable engine: instances in memory, mailboxes, decisions, commits.
 *
 * The way of one event: `send` checks it and finds the instance (`Residents`, which loads it when it is not in memory) → the
 * `Dispatcher` gives it its turn → the `Decider` drops repeated ids, asks `apply` (pure), makes the journal line and hands it
 * to the `Committer` → once the batch is on stable storage `#committed` acknowledges it, and only then `Work` starts effects,
 * cancels them and delivers sends. The `Timekeeper` posts timers when they are due. Who listens to an instance gets its events
 * through the same lines and deliveries (`listeners.ts`); plugins watch what is committed (`../plugins/plugin.ts`).
 *
 * E1  An instance's facts are decided one at a time, in the order they were accepted; decisions never await anything.
 * E2  A decision may build on uncommitted ones, an acknowledgement may not; a refused commit takes back all that was
 *     built on it, by dropping those instances and loading them again.
 * E3  A timer or outcome of an earlier incarnation is dropped before it becomes a line.
 * E4  Under a virtual clock an instance that works handles only its own executions' facts, and whatever comes late is
 *     handled in order of its time: a journal never depends on how fast effects really are.
 * E5  An instance leaves memory only when it is idle and its record is committed.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #committer: Committer;
  readonly #timekeeper: Timekeeper;
  readonly #work: Work;
  readonly #residents: Residents;
  readonly #dispatcher: Dispatcher;
  readonly #decider: Decider;
  readonly #plugins: PluginHost;
  readonly #spectators: Spectators;
  readonly #afterwards = (action: () => void) => this.#committer.afterwards(action);
  #quietWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#limits = options.limits;
    const { afterTurn } = options;
    this.#spectators = new Spectators(options.telemetry, options.clock.virtual);
    this.#committer = new Committer(options.store, options.limits, {
      committed: (batch) => this.#committed(batch),
      refused: (batches, error) => this.#refused(batches, error),
      afterTurn,
    });
    this.#plugins = new PluginHost(options.limits, options.observer, {
      reported: ({ number }, sequence) => {
        const instance = this.#residents.get(number);
        if (instance === undefined || instance.reported >= sequence) return;
        instance.reported = sequence;
        // Its record says so from now on, at the latest when the store is closed.
        this.#committer.owesRecord(instance);
      },
      noteQuiet: () => this.#noteQuiet(),
    });
    this.#decider = new Decider(options.store, options.limits, options.observer, this.#committer, {
      admit: (instance) => this.#residents.admit(instance),
      decided: (...decision) => this.#decided(...decision),
      report: (instance, text, before) => this.#report(instance, text, before),
      now: (instance) => this.#work.now(instance),
      drain: (instance) => this.#dispatcher.drain(instance),
      noteQuiet: () => this.#noteQuiet(),
    });
    this.#dispatcher = new Dispatcher(options.clock, options.limits, {
      handle: (instance, item) => this.#decider.handle(instance, item),
      locate: ({ space, name }) => this.#residents.locate(space, name),
    });
    this.#residents = new Residents(
      { ...options, committer: this.#committer },
      {
        loaded: (instance) => this.#loaded(instance),
        drain: (instance) => this.#dispatcher.drain(instance),
        left: (wake) => {
          this.#timekeeper.noteStored(wake);
          this.#timekeeper.sweep(this.#residents.size);
        },
        noteQuiet: () => this.#noteQuiet(),
        afterTurn,
      },
    );
    this.#timekeeper = new Timekeeper(options.clock, {
      fire: (instance, timer, incarnation, due) => this.#fire(instance, timer, incarnation, due),
      isLive: (instance) => this.#residents.has(instance),
      loadDue: (time) => this.#loadDue(time),
      afterTurn,
      failed: (error) => options.observer.broken?.(error),
    });
    this.#work = new Work(options.clock, this.#timekeeper, options.observer, options.services, this.#spectators, {
      limits: options.limits,
      children: {
        machineNamed: (space, name) => this.machineNamed(space, name),
        register: (space, definition) => this.register(space, definition),
        createChild: (space, machine, name, input, at, parent) => this.create(space, machine, name, input, at, parent),
        find: (space, name) => this.find(space, name),
      },
      order: (source, to, order, id) => this.#order(source, to, order, id),
      own: (instance, fact) => this.#own(instance, fact),
      sendFrom: (source, to, event, id, kind) => this.#sendFrom(source, to, event, id, kind),
      committed: () => this.committed(),
      afterwards: (action) => this.#committer.afterwards(action),
      afterTurn,
      post: (instance, item) => this.#dispatcher.post(instance, item),
      drain: (instance) => this.#dispatcher.drain(instance),
      noteQuiet: () => this.#noteQuiet(),
    });
  }

  get store(): Store {
    return this.#store;
  }

  /** What executions share. */
  get services(): Services {
    return this.#work.services;
  }

  /** Who looks on. */
  get spectators(): Spectators {
    return this.#spectators;
  }

  get clock(): Clock {
    return this.#clock;
  }

  get timersFired(): number {
    return this.#timekeeper.fired;
  }

  get plugins(): PluginHost['counts'] {
    return this.#plugins.counts;
  }

  get liveInstances(): number {
    return this.#residents.size;
  }

  /** Whether nothing is uncommitted, loading, working or on its way; sleeping executions and armed timers are quiet. */
  get quiet(): boolean {
    return (
      this.#residents.loading + this.#decider.readingIds + this.#work.active + this.#plugins.active === 0 &&
      !this.#committer.busy &&
      !this.#timekeeper.busy
    );
  }

  async open(): Promise<void> {
    await this.#store.open();
    this.#decider.continueAfter((await this.#store.status()).lastNumber);
    if (this.#options.readOnly || !this.#options.awaken) return;
    for (const number of await this.#store.unsettled()) await this.#residents.awaken(number);
    this.#timekeeper.noteStored(await this.#store.nextWake(Number.NEGATIVE_INFINITY));
  }

  /**
   * Stops taking work, lets commits finish, records every instance and closes the store. Running effects end with the
   * process and resume at the next start.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timekeeper.stop();
    this.#work.stop();
    if (!this.#options.readOnly && this.#committer.broken === undefined) await this.#recordAll();
    for (const instance of this.#residents.all()) {
      this.#residents.release(instance);
      for (const execution of [...(instance.executions?.values() ?? [])]) execution.cancel();
    }
    // Whoever watches still sees how the nodes of these end.
    if (this.#spectators.watching) await new Promise<void>((resolve) => this.#options.afterTurn(resolve));
    this.#spectators.close();
    await this.#store.close();
  }

  async #recordAll(): Promise<void> {
    try {
      await this.committed();
      await this.#plugins.drained();
      for (const instance of [...this.#committer.unrecorded()]) this.#committer.wantRecord(instance);
      await this.committed();
    } catch (error) {
      // Whoever waited for a refused line has been told, and records are made again from the lines: what matters now is
      // that the store is released.
      if (!FsmError.is(error)) throw error;
    }
  }

  /** Resolves when everything decided so far is on stable storage. */
  committed(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#committer.broken !== undefined) reject(this.#committer.broken);
      else this.#committer.acknowledge({ resolve: () => resolve(), reject });
    });
  }

  /** Resolves when the engine is quiet. */
  async settled(): Promise<void> {
    for (;;) {
      if (this.#committer.broken !== undefined) throw this.#committer.broken;
      if (this.quiet) return;
      if (this.#committer.busy) await this.committed();
      else if (this.#timekeeper.busy) await new Promise<void>((resolve) => this.#options.afterTurn(resolve));
      else await new Promise<void>((resolve) => this.#quietWaiters.push(resolve));
    }
  }

  space(tenant: string): TenantSpace {
    return this.#residents.space(tenant);
  }

  /** Checks, compiles and stores a definition; resolves once it is on stable storage. Throws MACHINE_INVALID. */
  async register(
    space: TenantSpace,
    definition: MachineDefinition,
    implementations?: Implementations,
  ): Promise<LoadedMachine> {
    this.#refuseWhenUnusable();
    return this.#residents.register(space, definition, implementations);
  }

  machine(space: TenantSpace, hash: string, id: string): LoadedMachine | Promise<LoadedMachine> {
    return this.#residents.machine(space, hash, id);
  }

  /** A machine by id, then its last registered version, or by content hash. Throws MACHINE_UNKNOWN. */
  machineNamed(space: TenantSpace, name: string): LoadedMachine | Promise<LoadedMachine> {
    const atHand = space.latest.get(name) ?? space.machines.get(name);
    if (atHand !== undefined) return atHand;
    return whenReady(this.#store.machines(space.id), (stored) => {
      const found = stored.findLast((candidate) => candidate.id === name || candidate.hash === name);
      if (found !== undefined) return this.machine(space, found.hash, found.id);
      throw noSuchMachine(space.id, name, [...new Set(stored.map(({ id }) => id))]);
    });
  }

  /** What people are asked for in a tenant. */
  async approvals(space: TenantSpace): Promise<readonly PendingApproval[]> {
    if (this.#options.readOnly)
      for (const number of await this.#store.unsettled()) await this.#residents.awaken(number);
    else if (this.#residents.loading > 0) await this.committed();
    return pendingApprovals(space);
  }

  /** Throws INSTANCE_UNKNOWN, APPROVAL_UNKNOWN, APPROVER_REFUSED. */
  async answerApproval(space: TenantSpace, name: string, id: string, answer: ApprovalAnswer): Promise<Receipt> {
    return this.send(space, name, answerEvent(await this.find(space, name), id, answer));
  }

  create(
    space: TenantSpace,
    machine: LoadedMachine,
    name: string,
    input: JsonObject | undefined,
    at = this.#clock.now(),
    parent?: ParentLink,
  ): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenUnusable();
      checkId('instance', name, this.#limits);
      if (input !== undefined) checkData('context', input, this.#limits.contextSize, this.#limits);
      const { id, version, hash, definition } = machine.machine;
      const context = { ...definition.context, ...input };
      const scope = { context, instance: name, tenant: space.id, now: at };
      const listens = evaluateListens(machine.subscriptions, scope, this.#limits);
      const fact: Fact = {
        kind: 'create',
        tenant: space.id,
        instance: name,
        machine: { id, version, hash },
        ...(input === undefined ? undefined : { input }),
        ...(listens === undefined ? undefined : { listens }),
        ...(parent === undefined ? undefined : { parent }),
      };
      this.#dispatcher.post(this.#residents.locate(space, name), {
        fact,
        at,
        dataText: undefined,
        settle: { resolve, reject },
      });
    });
  }

  send(
    space: TenantSpace,
    name: string,
    event: { readonly type: string; readonly data?: Json; readonly id?: string; readonly traceparent?: string },
    at = this.#clock.now(),
  ): Promise<Receipt> {
    const arrival = this.#spectators.arrived(space.id, name, event);
    const answer = new Promise<Receipt>((resolve, reject) => {
      this.#refuseWhenUnusable();
      checkEventType(event.type);
      if (event.id !== undefined) checkId('event', event.id, this.#limits);
      if (event.traceparent !== undefined) checkTraceparent(event.traceparent);
      const { type, data, id, traceparent } = event;
      const dataText =
        data === undefined ? undefined : checkData('event data', data, this.#limits.eventSize, this.#limits);
      const fact: Fact =
        traceparent === undefined ? { kind: 'event', type, data, id } : { kind: 'event', type, data, id, traceparent };
      arrival?.as(fact);
      this.#dispatcher.post(this.#residents.locate(space, name), { fact, at, dataText, settle: { resolve, reject } });
    });
    arrival?.ends(answer);
    return answer;
  }

  /** Progress of a tenant's executions, or of those of one instance. */
  watch(space: TenantSpace, name: string | undefined, buffer: number | undefined): ProgressStream<ExecutionProgress> {
    this.#refuseWhenUnusable();
    if (name !== undefined) checkId('instance', name, this.#limits);
    return this.#spectators.watch(space.id, name, buffer);
  }

  destroy(space: TenantSpace, name: string): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenUnusable();
      const item: Item = {
        fact: { kind: 'destroy' },
        at: this.#clock.now(),
        dataText: undefined,
        settle: { resolve, reject },
      };
      this.#dispatcher.post(this.#residents.locate(space, name), item);
    });
  }

  /** See `cancelEffects`. */
  async cancel(space: TenantSpace, name: string, invocation: string | undefined): Promise<readonly string[]> {
    this.#refuseWhenUnusable();
    const instance = await this.find(space, name);
    return cancelEffects(instance, invocation, this.#clock.now(), (item) => this.#dispatcher.post(instance, item));
  }

  /** Resolves when an instance has undone what its cancelled effects did. */
  async compensated(space: TenantSpace, name: string): Promise<void> {
    while ((await this.find(space, name)).state!.debts !== undefined) {
      if (this.#closed) throw runtimeClosed();
      await this.#work.nextCompensated();
    }
  }

  /** The live instance, once it is loaded. Throws INSTANCE_UNKNOWN. */
  async find(space: TenantSpace, name: string): Promise<Instance> {
    checkId('instance', name, this.#limits);
    const instance = this.#residents.locate(space, name);
    while (instance.phase === 'loading') await new Promise<void>((resolve) => this.#options.afterTurn(resolve));
    if (instance.phase === 'missing') throw instanceUnknown(space, name);
    if (instance.phase === 'refused') throw instance.trouble;
    if (instance.uncommitted > 0) await this.committed();
    return instance;
  }

  /** The number of an instance, for reading its journal: that needs neither its machine nor its state. Throws INSTANCE_UNKNOWN. */
  async numberOf(space: TenantSpace, name: string): Promise<number> {
    checkId('instance', name, this.#limits);
    if ((space.instances.get(name)?.uncommitted ?? 0) > 0) await this.committed();
    const found = await this.#store.find(space.id, name);
    if (found === undefined) throw instanceUnknown(space, name);
    return found.number;
  }

  /** Numbers of the instances whose stored summary may be behind their journal. */
  async behind(space: TenantSpace): Promise<ReadonlySet<number>> {
    if (this.#options.readOnly) return new Set(await this.#store.unsettled());
    const numbers = new Set<number>();
    for (const instance of this.#committer.unrecorded()) if (instance.space === space) numbers.add(instance.number);
    return numbers;
  }

  #refuseWhenUnusable(): void {
    if (this.#committer.broken !== undefined) throw this.#committer.broken;
    if (this.#closed) {
      throw runtimeClosed();
    }
    if (this.#options.readOnly) {
      throw new FsmError('RUNTIME_READ_ONLY', 'The runtime was opened for reading only.', {
        hint: 'Open it without readOnly.',
      });
    }
  }

  #decided(
    instance: Instance,
    fact: Fact,
    commands: readonly Command[],
    before: InstanceState | undefined,
    taken: boolean,
  ): void {
    this.#spectators.decided(instance, fact, commands, taken, this.#afterwards);
    if (fact.kind === 'timer') this.#timekeeper.noteFired();
    if (fact.kind === 'destroy' || fact.kind === 'fault') this.#work.cancelAll(instance);
    if (fact.kind === 'failed' && fact.cancelled === true) this.#work.cancel(instance, fact);
    if (fact.kind === 'child') this.#work.children.ended(instance, fact);
    if (fact.kind === 'step' && fact.step.asked !== undefined) instance.space.asking.add(instance);
    const { notices, debts, outbox } = instance.state!;
    const quiet = notices === before?.notices && debts === before?.debts && outbox === before?.outbox;
    if (commands.length === 0 && quiet) return;
    // Timers are armed before the commit: a timer can only add a later line, and a refused commit drops the instance.
    for (const command of commands) {
      if (command.type === 'arm') {
        this.#timekeeper.arm(instance.number, command.timer, command.incarnation, command.due);
      }
    }
    this.#work.carryOut(instance, commands, before);
  }

  #report(instance: Instance, text: string, before: InstanceState | undefined): void {
    const { name, space, sequence, loaded, state } = instance;
    const line = {
      tenant: space.id,
      instance: name,
      text,
      before,
      after: state!,
      again: false,
      kindOf: (path: string, index: number) => loaded!.machine.effect(path, index).type,
    };
    this.#committer.afterwards(() => {
      if (instance.phase !== 'gone') this.#plugins.report(instance, loaded!.plugins, sequence, line);
    });
  }

  /** What its plugins may not know, because an earlier life of the process ended too soon. */
  #reportAgain(instance: Instance): void {
    if (instance.isReported) return;
    const { plugins, machine } = instance.loaded!;
    this.#plugins.catchUp(instance, plugins, linesAgain(this.#store, machine, instance));
  }

  #own(instance: Instance, fact: Fact): boolean {
    return !this.#closed && this.#decider.own(instance, fact);
  }

  #loaded(instance: Instance): void {
    if (isAsking(instance)) instance.space.asking.add(instance);
    if (this.#options.readOnly) return;
    const { timers, status } = instance.state!.snapshot;
    if (status !== 'active' || instance.state!.destroyed === true) instance.space.listeners?.remove(instance.number);
    for (const id in timers) this.#timekeeper.arm(instance.number, id, timers[id]!.incarnation, timers[id]!.due);
    this.#reportAgain(instance);
    this.#work.resume(instance);
  }

  #sendFrom(source: Instance, to: string, event: MachineEvent, id: string, kind: SendKind = {}): Promise<void> {
    const arrival = this.#spectators.arrived(source.space.id, to, event, source.name);
    const answer = new Promise<Receipt>((resolve, reject) => {
      const { type, data } = event;
      const { hops, notice, forwarded } = kind;
      if (!forwarded) checkEventType(type);
      checkId('instance', to, this.#limits);
      const dataText =
        data === undefined ? undefined : checkData('event data', data, this.#limits.eventSize, this.#limits);
      const from = source.name;
      const plain: EventFact =
        hops === undefined ? { kind: 'event', type, data, id, from } : { kind: 'event', type, data, id, from, hops };
      const fact = event.delivery === undefined ? plain : { ...plain, delivery: event.delivery };
      arrival?.as(fact);
      const at = this.#work.now(source);
      this.#dispatcher.post(this.#residents.locate(source.space, to), {
        fact,
        at,
        dataText,
        settle: { resolve, reject },
        ...(notice === undefined ? undefined : { notice }),
      });
    });
    arrival?.ends(answer);
    return answer as Promise<unknown> as Promise<void>;
  }

  #order(source: Instance, to: string, order: FamilyOrder, id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const fact: Fact = { ...order, from: source.name, id };
      const settle = { resolve: () => resolve(), reject };
      const at = this.#work.now(source);
      this.#dispatcher.post(this.#residents.locate(source.space, to), { fact, at, dataText: undefined, settle });
    });
  }

  #committed(batch: Batch): void {
    this.#spectators.committed(batch.lines.length);
    const { settles, receipts, afterwards } = batch;
    for (let index = 0; index < settles.length; index += 1) settles[index]!.resolve(receipts[index]!);
    for (const action of afterwards) action();
    this.#residents.evict();
    this.#noteQuiet();
  }

  /** Nothing of these decisions was stored: the instances forget them by leaving memory, and whoever waited is told. */
  #refused(batches: readonly Batch[], error: FsmError): void {
    const touched = new Set(batches.flatMap((batch) => batch.instances));
    const waiting: Item[] = [];
    for (const instance of touched) {
      const executions = [...(instance.executions?.values() ?? [])];
      waiting.push(...(instance.mailbox ?? []));
      instance.mailbox = undefined;
      this.#residents.release(instance);
      for (const execution of executions) execution.cancel();
    }
    for (const batch of batches) for (const settle of batch.settles) settle.reject(error);
    for (const item of waiting) refuse(item, error);
    for (const batch of batches) for (const action of batch.afterwards) action();
    if (error.next !== 'stop') {
      const numbers = [...touched].map((instance) => instance.number);
      this.#clock.wakeAt(this.#clock.now() + revivePause, () => {
        // Their timers and executions must go on, so they come back even when nobody asks for them.
        for (const number of numbers) if (!this.#closed) void this.#residents.awaken(number);
      });
    } else {
      this.#options.observer.broken?.(error);
    }
    this.#noteQuiet();
  }

  #noteQuiet(): void {
    if (this.#quietWaiters.length === 0 || !this.quiet) return;
    const waiters = this.#quietWaiters;
    this.#quietWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Under a virtual clock a timer fires at its due time, however late the instance gets to it. */
  #fire(number: number, timer: string, incarnation: number, due: number): void {
    const instance = this.#residents.get(number);
    if (instance === undefined || instance.phase === 'gone') return;
    const fact: Fact = { kind: 'timer', timer, incarnation };
    // After a refused commit the same incarnation may have been armed again for another time.
    if (isStale(instance.state!, fact) || instance.state!.snapshot.timers?.[timer]?.due !== due) return;
    // A clock that was set back meanwhile does not make it early: it was due when it was taken from the queue.
    const at = this.#clock.virtual ? due : Math.max(due, this.#clock.now());
    this.#dispatcher.post(instance, { fact, at, dataText: undefined, settle: undefined });
  }

  #loadDue(time: number): number | undefined | Promise<number | undefined> {
    return whenReady(this.#store.due(time, Number.MAX_SAFE_INTEGER), (numbers) => {
      const loads = numbers.map((number) => this.#residents.awaken(number)).filter((load) => load instanceof Promise);
      const next = () => this.#store.nextWake(time);
      return loads.length === 0 ? next() : Promise.all(loads).then(next);
    });
  }
}

/** Time after a refused commit before its instances are tried again. */
const revivePause = 1000;
