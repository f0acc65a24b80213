import type { FsmError } from '@fsm/core';
import type { Clock } from '../clock.ts';
import type { Instance, Item } from './instance.ts';
import { earliestTimer } from './record.ts';
import { mailboxFull } from './refusals.ts';

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
 */
export class Dispatcher {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #port: DispatcherPort;

  /** At most `most` events wait for one instance. */
  constructor(clock: Clock, most: number, port: DispatcherPort) {
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
      return;
    }
    if (instance.phase === 'refused') {
      refuse(item, instance.trouble!);
      return;
    }
    const mailbox = instance.mailbox ?? [];
    if (mailbox.length >= this.#most && item.fact?.kind === 'event') {
      refuse(item, mailboxFull(instance.name, mailbox.length));
      return;
    }
    instance.mailbox = mailbox;
    mailbox.splice(this.#clock.virtual ? placeInTime(mailbox, item) : mailbox.length, 0, item);
    this.drain(instance);
  }

  /** E4: it works, or something of its own comes before this item. */
  #held(instance: Instance, item: Item): boolean {
    if (!this.#clock.virtual) return false;
    if (instance.working > 0) return true;
    const { timers } = instance.state!.snapshot;
    if (timers === undefined && instance.sleeps === undefined) return false;
    const sleep = Math.min(...(instance.sleeps ?? []));
    const timer = earliestTimer(instance.state!) ?? Number.POSITIVE_INFINITY;
    if (item.fact === undefined) return sleep < item.at || timer < item.at;
    if (item.fact.kind === 'timer') return sleep <= item.at || timer < item.at;
    return sleep <= item.at || timer <= item.at;
  }

  drain(instance: Instance): void {
    while (instance.mailbox !== undefined && instance.phase !== 'loading' && !instance.readingIds) {
      const [next] = instance.mailbox;
      if (next !== undefined && instance.phase === 'ready' && this.#held(instance, next)) return;
      instance.mailbox.shift();
      if (instance.mailbox.length === 0) instance.mailbox = undefined;
      if (next === undefined) return;
      if (instance.phase === 'refused') refuse(next, instance.trouble!);
      else if (instance.phase !== 'gone') this.#port.handle(instance, next);
      else if (next.fact !== undefined) this.post(this.#port.locate(instance), next);
    }
  }
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
