import {
  FsmError,
  type Implementations,
  type Json,
  type JsonObject,
  type MachineDefinition,
  type MachineEvent,
} from '@fsm/core';
import type { Registry } from '@fsm/effects';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import { chainHash } from '../store/chain.ts';
import type { Store } from '../store/store.ts';
import { checkContextSize, checkData, checkEventType, checkId } from './accept.ts';
import { type Batch, Committer } from './committer.ts';
import { Dispatcher, refuse } from './dispatcher.ts';
import { encodeEntry, type Fact } from './fact.ts';
import type { FactItem, Instance, Item, Seen, Settle } from './instance.ts';
import type { RuntimeObserver } from './observer.ts';
import type { Receipt } from './receipt.ts';
import { idReused, instanceExists, instanceUnknown } from './refusals.ts';
import { Residents } from './residents.ts';
import { fingerprintOf, loadSeen } from './seen.ts';
import { apply, isStale } from './state.ts';
import type { LoadedMachine, TenantSpace } from './tenant-space.ts';
import { Timekeeper } from './timekeeper.ts';
import { whenReady } from './when-ready.ts';
import { Work } from './work.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly implementations: Implementations | undefined;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly observer: RuntimeObserver;
  readonly readOnly: boolean;
  /** Runs a callback after everything else that is due in this turn of the event loop. */
  readonly afterTurn: (callback: () => void) => void;
}

/**
 * The durable engine: instances in memory, mailboxes, decisions, commits.
 *
 * The way of one event: `send` checks it and finds the instance (loading it when it is not in memory) → `#handle` drops
 * repeated ids → `#decide` asks `apply` (pure), makes the journal line and hands it to the committer → once the batch is on
 * stable storage `#committed` acknowledges it and only then `Work` starts effects, cancels them and delivers sends.
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
  #lastNumber = 0;
  #readingIds = 0;
  #quietWaiters: (() => void)[] = [];
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#limits = options.limits;
    const { afterTurn } = options;
    this.#committer = new Committer(options.store, options.limits, {
      committed: (batch) => this.#committed(batch),
      refused: (batches, error) => this.#refused(batches, error),
      afterTurn,
    });
    this.#dispatcher = new Dispatcher(options.clock, options.limits.mailbox, {
      handle: (instance, item) => this.#handle(instance, item),
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
    this.#work = new Work(options.clock, this.#timekeeper, options.observer, {
      own: (instance, fact) => this.#own(instance, fact),
      sendFrom: (source, to, event, id) => this.#sendFrom(source, to, event, id),
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

  get timersFired(): number {
    return this.#timekeeper.fired;
  }

  get liveInstances(): number {
    return this.#residents.size;
  }

  /** Whether nothing is uncommitted, loading, working or on its way; sleeping executions and armed timers are quiet. */
  get quiet(): boolean {
    return (
      this.#residents.loading + this.#readingIds + this.#work.active === 0 &&
      !this.#committer.busy &&
      !this.#timekeeper.busy
    );
  }

  async open(): Promise<void> {
    await this.#store.open();
    this.#lastNumber = (await this.#store.status()).lastNumber;
    for (const number of await this.#store.unsettled()) await this.#residents.awaken(number);
    if (!this.#options.readOnly) this.#timekeeper.noteStored(await this.#store.nextWake(Number.NEGATIVE_INFINITY));
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
    if (!this.#options.readOnly && this.#committer.broken === undefined) {
      await this.committed();
      for (const instance of [...this.#committer.unrecorded()]) this.#committer.wantRecord(instance);
      await this.committed();
    }
    for (const instance of this.#residents.all()) {
      this.#residents.release(instance);
      for (const execution of [...(instance.executions?.values() ?? [])]) execution.cancel();
    }
    await this.#store.close();
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

  create(
    space: TenantSpace,
    machine: LoadedMachine,
    name: string,
    input: JsonObject | undefined,
    at = this.#clock.now(),
  ): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenUnusable();
      checkId('instance', name, this.#limits);
      if (input !== undefined) checkData('context', input, this.#limits.contextSize, this.#limits);
      const { id, version, hash } = machine.machine;
      const fact: Fact = {
        kind: 'create',
        tenant: space.id,
        instance: name,
        machine: { id, version, hash },
        ...(input === undefined ? undefined : { input }),
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
    event: { readonly type: string; readonly data?: Json; readonly id?: string },
    at = this.#clock.now(),
  ): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.#refuseWhenUnusable();
      checkEventType(event.type);
      if (event.id !== undefined) checkId('event', event.id, this.#limits);
      const { type, data, id } = event;
      const dataText =
        data === undefined ? undefined : checkData('event data', data, this.#limits.eventSize, this.#limits);
      const fact: Fact = { kind: 'event', type, data, id };
      this.#dispatcher.post(this.#residents.locate(space, name), { fact, at, dataText, settle: { resolve, reject } });
    });
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

  /** Live instances of a tenant whose record is older than what they are now. */
  *unrecorded(space: TenantSpace): Iterable<Instance> {
    for (const instance of this.#committer.unrecorded()) if (instance.space === space) yield instance;
  }

  #refuseWhenUnusable(): void {
    if (this.#committer.broken !== undefined) throw this.#committer.broken;
    if (this.#closed) {
      throw new FsmError('RUNTIME_CLOSED', 'The runtime is closed.', { next: 'retry', hint: 'Open it again.' });
    }
    if (this.#options.readOnly) {
      throw new FsmError('RUNTIME_READ_ONLY', 'The runtime was opened for reading only.', {
        hint: 'Open it without readOnly.',
      });
    }
  }

  #loaded(instance: Instance): void {
    if (this.#options.readOnly) return;
    const { timers } = instance.state!.snapshot;
    for (const id in timers) this.#timekeeper.arm(instance.number, id, timers[id]!.incarnation, timers[id]!.due);
    this.#work.resume(instance);
  }

  /** The instance is at hand and it is this item's turn. */
  #handle(instance: Instance, item: Item): void {
    if (item.fact === undefined) {
      item.wake();
      return;
    }
    const { fact, settle } = item;
    if (fact.kind === 'create') {
      if (instance.phase === 'missing') this.#bear(instance, item);
      else settle?.reject(instanceExists(instance, fact.machine.hash));
      return;
    }
    if (instance.phase === 'missing') {
      settle?.reject(instanceUnknown(instance.space, instance.name));
      return;
    }
    if (isStale(instance.state!, fact)) return;
    if (fact.kind === 'event' && fact.id !== undefined) {
      if (instance.seen === undefined) {
        const seen = loadSeen(this.#store, instance.number);
        if (seen instanceof Promise) {
          this.#waitForSeen(instance, item, seen);
          return;
        }
        instance.seen = seen;
      }
      const earlier = instance.seen.get(fact.id);
      if (earlier !== undefined) {
        if (settle !== undefined)
          this.#answerAgain(instance, fact.id, earlier, fingerprintOf(fact.type, item.dataText), settle);
        return;
      }
    }
    if (instance.state!.destroyed === true) {
      settle?.reject(instanceUnknown(instance.space, instance.name));
      return;
    }
    this.#decide(instance, fact, item.at, item.dataText, settle);
  }

  #answerAgain(instance: Instance, id: string, earlier: Seen, fingerprint: number, settle: Settle): void {
    const { sequence, taken, error } = earlier;
    const receipt: Receipt = { ...receiptOf(instance, taken), sequence, duplicate: true };
    const answer =
      earlier.fingerprint !== fingerprint
        ? rejecting(settle, idReused(id))
        : error !== undefined
          ? rejecting(settle, new FsmError(error.code, error.message, error))
          : settle;
    // The first answer may still be on its way to the disk.
    if (instance.uncommitted > 0) this.#committer.acknowledge(answer, receipt);
    else answer.resolve(receipt);
  }

  /** Puts the item back in front and lets nothing pass until the ids are read. */
  #waitForSeen(instance: Instance, item: FactItem, seen: Promise<NonNullable<Instance['seen']>>): void {
    instance.readingIds = true;
    instance.mailbox = [item, ...(instance.mailbox ?? [])];
    this.#readingIds += 1;
    const resume = (loaded: Instance['seen'], error?: unknown) => {
      this.#readingIds -= 1;
      instance.readingIds = false;
      instance.seen = loaded;
      if (error !== undefined) instance.mailbox = instance.mailbox?.slice(1);
      if (error !== undefined) item.settle?.reject(error);
      this.#dispatcher.drain(instance);
      this.#noteQuiet();
    };
    seen.then(
      (loaded) => resume(loaded),
      (error) => resume(undefined, error),
    );
  }

  #bear(instance: Instance, item: FactItem): void {
    const { fact } = item;
    if (fact.kind !== 'create') return;
    instance.loaded = instance.space.machines.get(fact.machine.hash)!;
    instance.number = this.#lastNumber + 1;
    instance.seen = new Map();
    if (!this.#decide(instance, fact, item.at, undefined, item.settle)) return;
    this.#lastNumber = instance.number;
    this.#residents.admit(instance);
  }

  /** Decides a fact and makes it a line. Returns whether it was accepted. */
  #decide(
    instance: Instance,
    fact: Fact,
    at: number,
    dataText: string | undefined,
    settle: Settle | undefined,
  ): boolean {
    const sequence = instance.sequence + 1;
    const now = at > instance.at ? at : instance.at;
    const before = instance.state;
    let applied: ReturnType<typeof apply>;
    try {
      applied = apply(
        instance.loaded!.machine,
        before,
        fact,
        { now, instance: instance.name, tenant: instance.space.id },
        sequence,
      );
      const { context } = applied.state.snapshot;
      if (context !== before?.snapshot.context) checkContextSize(context, this.#limits);
    } catch (error) {
      if (settle === undefined) this.#fault(instance, fact, now, error);
      else if (fact.kind === 'event' && fact.id !== undefined && FsmError.is(error)) {
        const { type, data, id } = fact;
        const refused: Fact = { kind: 'refused', type, data, id, error: error.toJSON() };
        this.#decide(instance, refused, now, dataText, rejecting(settle, error));
      } else settle.reject(error);
      return false;
    }
    const { state, commands, taken } = applied;
    const configuration = state.snapshot.configuration;
    const to = sameConfiguration(before?.snapshot.configuration, configuration) ? undefined : configuration;
    const text = encodeEntry(fact, sequence, now, taken, to, commands, dataText);
    const hash = chainHash(instance.hash, text);
    instance.state = state;
    instance.sequence = sequence;
    instance.hash = hash;
    instance.at = now;
    instance.touched = true;
    const { number } = instance;
    this.#committer.add(
      fact.kind === 'create'
        ? { instance: number, sequence, at: now, text, hash, owner: { tenant: instance.space.id, name: instance.name } }
        : { instance: number, sequence, at: now, text, hash },
      instance,
    );
    if (fact.kind === 'event' && fact.id !== undefined) {
      instance.seen?.set(fact.id, { sequence, taken, fingerprint: fingerprintOf(fact.type, dataText) });
    } else if (fact.kind === 'refused') {
      const fingerprint = fingerprintOf(fact.type, dataText);
      instance.seen?.set(fact.id, { sequence, taken, fingerprint, error: fact.error });
    }
    if (settle !== undefined) this.#committer.acknowledge(settle, receiptOf(instance, taken));
    if (fact.kind === 'timer') this.#timekeeper.noteFired();
    if (fact.kind === 'destroy' || fact.kind === 'fault') this.#work.cancelAll(instance);
    if (commands.length > 0) {
      // Timers are armed before the commit: a timer can only add a later line, and a refused commit drops the instance.
      for (const command of commands) {
        if (command.type === 'arm') this.#timekeeper.arm(number, command.timer, command.incarnation, command.due);
      }
      this.#work.carryOut(instance, commands, before);
    }
    return true;
  }

  /** The machine failed on something nobody can be told about: it ends, and the journal says why. */
  #fault(instance: Instance, during: Fact, at: number, cause: unknown): void {
    const error = FsmError.is(cause)
      ? cause.toJSON()
      : { code: 'INSTANCE_FAILED', message: cause instanceof Error ? cause.message : String(cause) };
    this.#options.observer.fault?.({ tenant: instance.space.id, instance: instance.name, error });
    this.#decide(instance, { kind: 'fault', error, during }, at, undefined, undefined);
  }

  #sendFrom(source: Instance, to: string, event: MachineEvent, id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const { type, data } = event;
      checkEventType(type);
      checkId('instance', to, this.#limits);
      const dataText =
        data === undefined ? undefined : checkData('event data', data, this.#limits.eventSize, this.#limits);
      const fact: Fact = { kind: 'event', type, data, id, from: source.name };
      const at = this.#work.now(source);
      this.#dispatcher.post(this.#residents.locate(source.space, to), {
        fact,
        at,
        dataText,
        settle: { resolve: () => resolve(), reject },
      });
    });
  }

  /** Decides a fact that the instance's own work produced: it passes the mailbox. */
  #own(instance: Instance, fact: Fact): boolean {
    if (this.#closed || instance.phase !== 'ready' || isStale(instance.state!, fact)) return false;
    return this.#decide(instance, fact, this.#work.now(instance), undefined, undefined);
  }

  #committed(batch: Batch): void {
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

/** A settlement whose answer, once durable, is a refusal. */
function rejecting(settle: Settle, error: FsmError): Settle {
  return { resolve: () => settle.reject(error), reject: (reason) => settle.reject(reason) };
}

function receiptOf(instance: Instance, taken: boolean): Receipt {
  const { snapshot, destroyed } = instance.state!;
  return {
    sequence: instance.sequence,
    taken,
    duplicate: false,
    status: destroyed === true ? 'destroyed' : snapshot.status,
    configuration: snapshot.configuration,
  };
}

function sameConfiguration(a: readonly string[] | undefined, b: readonly string[]): boolean {
  if (a === b) return true;
  if (a === undefined || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
