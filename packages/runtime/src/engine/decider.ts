import { type Command, FsmError } from '@fsm/core';
import type { Limits } from '../limits.ts';
import { chainHash } from '../store/chain.ts';
import type { Store } from '../store/store.ts';
import { checkContextSize } from './accept.ts';
import { mustWait } from './before.ts';
import type { Committer } from './committer.ts';
import { type EventFact, encodeEntry, type Fact, type FamilyFact } from './fact.ts';
import { runOf } from './family.ts';
import type { FactItem, Instance, Item, Seen, Settle } from './instance.ts';
import { withNotices } from './notice.ts';
import { noticesOf, type Told } from './notices.ts';
import type { RuntimeObserver } from './observer.ts';
import type { Receipt } from './receipt.ts';
import { idReused, instanceExists, instanceUnknown, invocationEnded } from './refusals.ts';
import { fingerprintOf, loadSeen } from './seen.ts';
import { apply, type InstanceState, isStale } from './state.ts';
import { waitingFor, wake } from './waits.ts';

export interface DeciderPort {
  /** A new instance has decided its creation. */
  admit(instance: Instance): void;
  /** Carries out what was decided, timers at once and everything else after the commit. */
  decided(
    instance: Instance,
    fact: Fact,
    commands: readonly Command[],
    before: InstanceState | undefined,
    taken: boolean,
  ): void;
  /** Its plugins are to know the line, once it is on stable storage. */
  report(instance: Instance, text: string, before: InstanceState | undefined): void;
  /** The time it is for the instance's own work. */
  now(instance: Instance): number;
  drain(instance: Instance): void;
  noteQuiet(): void;
}

/**
 * Turns facts into journal lines: drops repetitions, asks `apply`, hands the line and the answer to the committer.
 *
 * E1  An instance's facts are decided one at a time; a decision never awaits anything.
 * E3  A timer or outcome of an earlier incarnation is dropped before it becomes a line.
 */
export class Decider {
  readonly #store: Store;
  readonly #limits: Limits;
  readonly #observer: RuntimeObserver;
  readonly #committer: Committer;
  readonly #port: DeciderPort;
  #lastNumber = 0;
  #readingIds = 0;

  constructor(store: Store, limits: Limits, observer: RuntimeObserver, committer: Committer, port: DeciderPort) {
    this.#store = store;
    this.#limits = limits;
    this.#observer = observer;
    this.#committer = committer;
    this.#port = port;
  }

  /** How many instances wait for the ids in their journals. */
  get readingIds(): number {
    return this.#readingIds;
  }

  /** Instances made from now on get numbers after this one. */
  continueAfter(lastNumber: number): void {
    this.#lastNumber = lastNumber;
  }

  /** The instance is at hand and it is this item's turn. */
  handle(instance: Instance, item: Item): void {
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
    if (isLateEnd(instance, fact)) {
      if (this.#readSeen(instance, item) && instance.seen?.has(fact.id) === false) {
        const event = lateEnd(fact);
        const dataText = event.data === undefined ? undefined : JSON.stringify(event.data);
        this.handle(instance, { ...item, fact: event, dataText });
        return;
      }
      if (instance.readingIds) return;
    }
    if (isStale(instance.state!, fact)) {
      // an order that arrived before, or that nobody needs any more, has arrived
      if (settle !== undefined && (fact.kind === 'child' || fact.kind === 'stop')) {
        this.#committer.acknowledge(settle, receiptOf(instance, false));
      } else settle?.reject(invocationEnded(instance.name));
      return;
    }
    if (fact.kind === 'event' && fact.id !== undefined) {
      if (!this.#readSeen(instance, item)) return;
      const earlier = instance.seen?.get(fact.id);
      if (earlier !== undefined) {
        if (settle !== undefined)
          this.#answerAgain(instance, fact.id, earlier, fingerprintOf(fact.type, item.dataText), settle);
        return;
      }
    }
    if (item.notice === true && hasEnded(instance)) {
      // Its end may still be on its way to the disk, and what builds on it waits for that.
      if (settle !== undefined) this.#committer.acknowledge(settle, receiptOf(instance, false));
      return;
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

  /** Whether the ids in its journal are at hand; otherwise the item comes again when they are. */
  #readSeen(instance: Instance, item: FactItem): boolean {
    if (instance.seen !== undefined) return true;
    const seen = loadSeen(this.#store, instance.number);
    if (seen instanceof Promise) {
      this.#waitForSeen(instance, item, seen);
      return false;
    }
    instance.seen = seen;
    return true;
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
      this.#port.drain(instance);
      this.#port.noteQuiet();
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
    instance.seen = nothingSeen;
    const { subscriptions, machine } = instance.loaded;
    const { listeners } = instance.space;
    if (subscriptions.length > 0) {
      try {
        listeners?.checkRoom(subscriptions, fact.listens, this.#limits);
      } catch (error) {
        item.settle?.reject(error);
        return;
      }
    }
    if (!this.#decide(instance, fact, item.at, undefined, item.settle)) return;
    this.#lastNumber = instance.number;
    this.#port.admit(instance);
    if (subscriptions.length > 0 && !hasEnded(instance)) {
      listeners?.add(instance.number, instance.name, machine.hash, subscriptions, fact.listens);
      // A creation that is refused never was.
      this.#committer.afterwards(() => {
        if (instance.phase === 'gone') listeners?.remove(instance.number);
      });
    }
  }

  /** Decides a fact and makes it a line. Returns whether it was accepted. */
  #decide(
    instance: Instance,
    happened: Fact,
    at: number,
    dataText: string | undefined,
    settle: Settle | undefined,
  ): boolean {
    const sequence = instance.sequence + 1;
    const now = at > instance.at ? at : instance.at;
    const before = instance.state;
    let fact = happened;
    let applied: ReturnType<typeof apply>;
    let woken: ReturnType<typeof waitingFor>;
    try {
      const { machine } = instance.loaded!;
      const moment = { now, instance: instance.name, tenant: instance.space.id };
      applied = apply(machine, before, fact, moment, sequence);
      if (fact.kind === 'event' && !applied.taken && instance.waits !== undefined) {
        woken = waitingFor(instance, fact, now);
        if (woken !== undefined) {
          fact = { ...fact, woke: woken.woke };
          applied = apply(machine, before, fact, moment, sequence);
        }
      }
      const { context } = applied.state.snapshot;
      if (context !== before?.snapshot.context) checkContextSize(context, this.#limits);
    } catch (error) {
      if (settle === undefined) this.#fault(instance, fact, now, error);
      else if (fact.kind === 'stop') {
        // it ends all the same
        this.#fault(instance, fact, now, error);
        this.#committer.acknowledge(settle, receiptOf(instance, true));
      } else if (fact.kind === 'event' && fact.id !== undefined && FsmError.is(error)) {
        const { type, data, id, from } = fact;
        const refused: Fact = { kind: 'refused', type, data, id, from, error: error.toJSON() };
        this.#decide(instance, refused, now, dataText, rejecting(settle, error));
      } else settle.reject(error);
      return false;
    }
    const { commands, taken } = applied;
    let { state } = applied;
    const told = this.#tell(instance, fact, before, applied, now);
    if (told !== undefined && told.notices.length > 0) {
      state = withNotices(state, told.notices, fact, instance.name, sequence);
    }
    const configuration = state.snapshot.configuration;
    const to = sameConfiguration(before?.snapshot.configuration, configuration) ? undefined : configuration;
    const notices = told === undefined || told.notices.length === 0 ? undefined : told.notices;
    const text = encodeEntry(fact, sequence, now, taken, to, commands, dataText, notices);
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
      remember(instance, fact.id, { sequence, taken, fingerprint: fingerprintOf(fact.type, dataText) });
    } else if (fact.kind === 'refused') {
      const fingerprint = fingerprintOf(fact.type, dataText);
      remember(instance, fact.id, { sequence, taken, fingerprint, error: fact.error });
    }
    if (fact.kind === 'child') remember(instance, fact.id, { sequence, taken, fingerprint: 0 });
    if (settle !== undefined) this.#committer.acknowledge(settle, receiptOf(instance, taken));
    if (woken !== undefined) wake(woken, (action) => this.#committer.afterwards(action));
    if (instance.loaded!.plugins.length > 0) this.#port.report(instance, text, before);
    this.#port.decided(instance, fact, commands, before, taken);
    if (before?.snapshot.pending !== undefined && state.snapshot.pending === undefined) {
      this.#committer.afterwards(() => this.#port.drain(instance));
    }
    if (instance.loaded!.subscriptions.length > 0 && hasEnded(instance)) this.#stopListening(instance);
    return true;
  }

  /** What the decision tells those who listen to the instance. */
  #tell(
    instance: Instance,
    fact: Fact,
    before: InstanceState | undefined,
    { state, commands, taken }: ReturnType<typeof apply>,
    now: number,
  ): Told | undefined {
    const { listeners } = instance.space;
    if (listeners === undefined || !listeners.any) return undefined;
    const groups = listeners.to(instance.loaded!.machine.id);
    if (groups === undefined) return undefined;
    const told = noticesOf(instance, groups, { fact, before, after: state, commands, taken, now }, this.#limits);
    for (const error of told?.failures ?? []) {
      const { space, name } = instance;
      this.#committer.afterwards(() => this.#observer.unheard?.({ tenant: space.id, instance: name, error }));
    }
    return told;
  }

  /** Once its end is on stable storage: an end that is refused never was. */
  #stopListening(instance: Instance): void {
    const { number, space } = instance;
    this.#committer.afterwards(() => {
      if (instance.phase !== 'gone') space.listeners?.remove(number);
    });
  }

  /** The machine failed on something nobody can be told about: it ends, and the journal says why. */
  #fault(instance: Instance, during: Fact, at: number, cause: unknown): void {
    const error = FsmError.is(cause)
      ? cause.toJSON()
      : { code: 'INSTANCE_FAILED', message: cause instanceof Error ? cause.message : String(cause) };
    this.#observer.fault?.({ tenant: instance.space.id, instance: instance.name, error });
    this.#decide(instance, { kind: 'fault', error, during }, at, undefined, undefined);
  }

  /** Decides a fact that the instance's own work produced: it passes the mailbox. */
  own(instance: Instance, fact: Fact): boolean {
    if (instance.phase !== 'ready' || isStale(instance.state!, fact)) return false;
    const now = this.#port.now(instance);
    if (mustWait(instance.state!, fact)) {
      this.#postpone(instance, fact, now);
      return true;
    }
    return this.#decide(instance, fact, now, undefined, undefined);
  }

  /**
   * It has its turn when the effect before a transition is over. That an execution ended is on record from now on, so it
   * is not performed again after a crash; anything else comes up again by itself.
   */
  #postpone(instance: Instance, fact: Fact, at: number): void {
    if (fact.kind === 'done' || fact.kind === 'failed') {
      const { invocation, incarnation } = fact;
      const known = instance.state!.executions?.[invocation]?.steps?.[''];
      if (known?.output === undefined && known?.error === undefined) {
        const step = fact.kind === 'done' ? { output: fact.output } : { error: fact.error };
        this.#decide(instance, { kind: 'step', invocation, incarnation, path: '', step }, at, undefined, undefined);
      }
    }
    instance.mailbox = [...(instance.mailbox ?? []), { fact, at, dataText: undefined, settle: undefined }];
  }
}

/** Shared by all instances that were born here and never got an event with an id: most of them, and a map each is dear. */
const nothingSeen: Map<string, Seen> = new Map();

function remember(instance: Instance, id: string, seen: Seen): void {
  if (instance.seen === nothingSeen) instance.seen = new Map();
  instance.seen?.set(id, seen);
}

/** SCXML hears of a child that ended before its state was left, also when it hears of it afterwards. */
function isLateEnd(instance: Instance, fact: Fact): fact is FamilyFact & { readonly kind: 'child' } {
  return (
    fact.kind === 'child' &&
    'output' in fact.step &&
    instance.loaded?.machine.definition.semantics === 'scxml' &&
    runOf(instance.state, fact) === undefined
  );
}

function lateEnd({ invocation, step, id, from }: FamilyFact & { readonly kind: 'child' }): EventFact {
  const output = 'output' in step ? step.output : null;
  const delivery = { kind: 'external', invokeid: invocation } as const;
  const data = output === null ? undefined : { data: output };
  return { kind: 'event', type: `done.invoke.${invocation}`, id, from, ...data, delivery };
}

/** A settlement whose answer, once durable, is a refusal. */
function rejecting(settle: Settle, error: FsmError): Settle {
  return { resolve: () => settle.reject(error), reject: (reason) => settle.reject(reason) };
}

function hasEnded({ state }: Instance): boolean {
  return state!.destroyed === true || state!.snapshot.status !== 'active';
}

function receiptOf(instance: Instance, taken: boolean): Receipt {
  const { snapshot, destroyed } = instance.state!;
  return {
    sequence: instance.sequence,
    taken,
    duplicate: false,
    status: destroyed === true ? 'destroyed' : snapshot.status,
    configuration: snapshot.configuration,
    ...(taken && snapshot.pending !== undefined ? { pending: true } : undefined),
  };
}

function sameConfiguration(a: readonly string[] | undefined, b: readonly string[]): boolean {
  if (a === b) return true;
  if (a === undefined || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
