import type { FsmError } from '@fsm/core';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import { isBefore, mustWait } from './before.ts';
import type { EventFact } from './fact.ts';
import type { Instance, Item } from './instance.ts';
import { earliestTimer } from './record.ts';
import { instanceQueueFull, mailboxFull } from './refusals.ts';
import { waitingFor } from './waits.ts';

export interface DispatcherPort {
  /** It is this item's turn. */
  handle(instance: Instance, item: Item): void;
  /** The instance that bears the name now, after this one left memory. */
  locate(instance: Instance): Instance;
}

/**
 * Whose turn it is at an instance. With nothing in its way an item is handled at once and sees no mailbox.
 *
 * D1  Events of an instance are handled in the order they were posted.
 * D2  While the instance is loading, or its ids are being read, everything waits.
 * D3  Under a virtual clock everything waits while the instance works, and what comes due (timers, sleeping executions) is
 *     handled in order of its time, before events of the same time: however late the instance gets to it.
 * D4  While a transition waits for the effect before it, everything waits but what may end that.
 * D5  While executions of an earlier life are taken up again, everything waits until they came to rest (V3 in `waits.ts`).
 * D6  A cancellation from outside does not wait for what it cancels.
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #most: Pick<Limits, 'mailbox' | 'queue'>;
  readonly #port: DispatcherPort;

  constructor(clock: Clock, most: Pick<Limits, 'mailbox' | 'queue'>, port: DispatcherPort) {
    this.#clock = clock;
    this.#most = most;
    this.#port = port;
  }

  post(instance: Instance, item: Item): void {
    if (instance.phase === 'missing') {
      this.#port.handle(instance, item);
      return;
    }
    if (
      instance.mailbox === undefined &&
      instance.phase === 'ready' &&
      !instance.readingIds &&
      !this.#held(instance, item)
    ) {
      this.#port.handle(instance, item);
      if (instance.mailbox !== undefined) this.drain(instance);
      return;
    }
    if (isUrgent(instance, item)) {
      this.#port.handle(instance, item);
      this.drain(instance);
      return;
    }
    if (instance.phase === 'refused') {
      refuse(item, instance.trouble!);
      return;
    }
    const mailbox = instance.mailbox ?? [];
    if (item.fact?.kind === 'event') {
      if (mailbox.length >= this.#most.mailbox) {
        refuse(item, mailboxFull(instance.name, mailbox.length));
        return;
      }
      if (mailbox.length >= this.#most.queue && waits(instance, item)) {
        refuse(item, instanceQueueFull(instance.name, mailbox.length));
        return;
      }
    }
    instance.mailbox = mailbox;
    mailbox.splice(this.#clock.virtual ? placeInTime(mailbox, item) : mailbox.length, 0, item);
    this.drain(instance);
  }

  /** E4: it works, or something of its own comes before this item. */
  #held(instance: Instance, item: Item): boolean {
    if (instance.resuming || waits(instance, item)) return true;
    if (!this.#clock.virtual) return false;
    if (instance.working > 0) return true;
    const { timers, pending } = instance.state!.snapshot;
    if (timers === undefined && instance.sleeps === undefined) return false;
    const sleep = Math.min(...(instance.sleeps ?? []));
    // a timer that waits itself holds up nobody
    const timer = (pending === undefined ? earliestTimer(instance.state!) : undefined) ?? Number.POSITIVE_INFINITY;
    if (item.fact === undefined) return sleep < item.at || timer < item.at;
    if (item.fact.kind === 'timer') return sleep <= item.at || timer < item.at;
    return sleep <= item.at || timer <= item.at;
  }

  drain(instance: Instance): void {
    while (instance.mailbox !== undefined && instance.phase !== 'loading' && !instance.readingIds) {
      const { mailbox } = instance;
      const passing =
        instance.state?.snapshot.pending === undefined ? 0 : mailbox.findIndex((item) => !waits(instance, item));
      if (passing < 0) return;
      const next = mailbox[passing];
      if (next !== undefined && instance.phase === 'ready' && this.#held(instance, next)) return;
      mailbox.splice(passing, 1);
      if (instance.mailbox.length === 0) instance.mailbox = undefined;
      if (next === undefined) return;
      if (instance.phase === 'refused') refuse(next, instance.trouble!);
      else if (instance.phase !== 'gone') this.#port.handle(instance, next);
      else if (next.fact !== undefined) this.post(this.#port.locate(instance), next);
    }
  }
}

/** A transition waits for the effect before it, and the item for that; but not an event that this very effect waits for. */
function waits(instance: Instance, { fact, at }: Item): boolean {
  if (instance.phase !== 'ready' || fact === undefined || !mustWait(instance.state!, fact)) return false;
  return fact.kind !== 'event' || !isAwaited(instance, fact, at);
}

function isAwaited(instance: Instance, fact: EventFact, at: number): boolean {
  if (instance.waits === undefined) return false;
  try {
    const found = waitingFor(instance, fact, at);
    return found !== undefined && isBefore(instance.state!.snapshot, found.woke.invocation);
  } catch {
    // who sent it is told when it is decided
    return true;
  }
}

/** A cancellation does not wait for what it cancels. */
function isUrgent(instance: Instance, item: Item): boolean {
  const { fact } = item;
  if (fact?.kind !== 'failed' || fact.cancelled !== true) return false;
  return instance.phase === 'ready' && !instance.readingIds && !waits(instance, item);
}

/**
 * Where an item belongs in a mailbox under a virtual clock: events in the order they were sent, and before them what came
 * due earlier, or at the same time.
 */
function placeInTime(mailbox: readonly Item[], item: Item): number {
  let place = mailbox.length;
  if (item.fact !== undefined && item.fact.kind !== 'timer') return place;
  while (place > 0) {
    const { at, fact } = mailbox[place - 1]!;
    const isEvent = fact !== undefined && fact.kind !== 'timer';
    if (at < item.at || (at === item.at && !isEvent)) break;
    place -= 1;
  }
  return place;
}

export function refuse(item: Item, error: FsmError): void {
  if (item.fact !== undefined) item.settle?.reject(error);
}
