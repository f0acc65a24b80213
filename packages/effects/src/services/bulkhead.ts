import type { Announce, BulkheadView, Override, Service } from './dependency.ts';

export interface BulkheadSettings {
  readonly slots: number;
  /** How many may wait. */
  readonly queue: number;
}

/** A place in a bulkhead: a slot, or a turn in its queue. */
export interface Ticket {
  readonly granted: boolean;
  /** Resolves with the time of the services when the slot is granted. */
  readonly turn: Promise<number>;
  /** Gives back the slot, or the place in the queue. Twice is once. */
  leave(at: number): void;
}

/**
 * Slots that executions share.
 *
 * L1  Never more tickets hold a slot than there are slots, unless the number was lowered meanwhile: then nobody gets one
 *     until enough came back.
 * L2  Slots are granted in the order in which they were asked for; nobody overtakes the queue.
 * L3  A slot comes back exactly once, however its holder ends, also when it ended between the grant and its next step.
 */
export class Bulkhead implements Service {
  readonly kind = 'bulkhead';
  readonly name: string;
  readonly takes: readonly (keyof Override)[] = ['slots', 'reset'];
  readonly #announce: Announce;
  readonly #queue = new Set<Holder>();
  #slots = 0;
  #forced: number | undefined;
  #used = 0;

  constructor(name: string, announce: Announce) {
    this.name = name;
    this.#announce = announce;
  }

  /** A ticket, or nothing when the queue is full. */
  enter({ slots, queue }: BulkheadSettings, at: number): Ticket | undefined {
    this.#slots = slots;
    this.#grant(at);
    const full = this.#used >= this.#available || this.#queue.size > 0;
    if (full && this.#queue.size >= queue) {
      this.#announce('refused');
      return undefined;
    }
    const holder = new Holder((ticket, time) => this.#left(ticket, time));
    this.#queue.add(holder);
    this.#grant(at);
    if (!holder.granted) this.#announce('queued', this.#queue.size);
    return holder;
  }

  idle(): boolean {
    return this.#used === 0 && this.#queue.size === 0 && this.#forced === undefined;
  }

  view(): BulkheadView {
    const { kind, name } = this;
    const forced = this.#forced !== undefined;
    return { kind, name, slots: this.#available, forced, used: this.#used, waiting: this.#queue.size };
  }

  override({ slots, reset }: Override, at: number): void {
    if (reset || slots === 'automatic') this.#forced = undefined;
    if (typeof slots === 'number') this.#forced = slots;
    this.#grant(at);
  }

  get #available(): number {
    return this.#forced ?? this.#slots;
  }

  #grant(at: number): void {
    for (const holder of this.#queue) {
      if (this.#used >= this.#available) return;
      this.#queue.delete(holder);
      this.#used += 1;
      holder.grant(at);
    }
  }

  #left(holder: Holder, at: number): void {
    if (holder.granted) this.#used -= 1;
    else this.#queue.delete(holder);
    this.#grant(at);
  }
}

class Holder implements Ticket {
  granted = false;
  readonly turn: Promise<number>;
  #resolve!: (at: number) => void;
  #leave: ((holder: Holder, at: number) => void) | undefined;

  constructor(leave: (holder: Holder, at: number) => void) {
    this.#leave = leave;
    this.turn = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  grant(at: number): void {
    this.granted = true;
    this.#resolve(at);
  }

  leave(at: number): void {
    const leave = this.#leave;
    this.#leave = undefined;
    leave?.(this, at);
  }
}
