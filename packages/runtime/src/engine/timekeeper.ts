import type { Clock } from '../clock.ts';
import { TimerQueue } from './timer-queue.ts';
import { whenReady } from './when-ready.ts';

export interface TimekeeperPort {
  /** A timer of a live instance is due. */
  fire(instance: number, timer: string, incarnation: number, due: number): void;
  isLive(instance: number): boolean;
  /** Loads the instances out of memory with a wake time at or before `time`, which arms their timers; the next wake time after it. */
  loadDue(time: number): number | undefined | Promise<number | undefined>;
  afterTurn(callback: () => void): void;
  failed(error: unknown): void;
}

/**
 * Fires timers when they are due and never before: those of live instances from a heap, those of instances out of memory
 * by the earliest wake time in their records. Keeps at most one wake-up at the clock.
 */
export class Timekeeper {
  readonly #clock: Clock;
  readonly #port: TimekeeperPort;
  readonly #queue = new TimerQueue();
  #stored = Number.POSITIVE_INFINITY;
  #armed = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #loading = false;
  #fired = 0;

  constructor(clock: Clock, port: TimekeeperPort) {
    this.#clock = clock;
    this.#port = port;
  }

  /** Timers fired since the start. */
  get fired(): number {
    return this.#fired;
  }

  get busy(): boolean {
    return this.#loading || this.#armed <= this.#clock.now();
  }

  noteFired(): void {
    this.#fired += 1;
  }

  arm(instance: number, timer: string, incarnation: number, due: number): void {
    this.#queue.push({ due, instance, timer, incarnation });
    this.#rearm();
  }

  sleep(instance: number, due: number, wake: () => void): void {
    this.#queue.push({ due, instance, timer: '', incarnation: 0, wake });
    this.#rearm();
  }

  /** An instance with a timer due at `wake` left memory, or was found there at the start. */
  noteStored(wake: number | undefined): void {
    if (wake === undefined || wake >= this.#stored) return;
    this.#stored = wake;
    this.#rearm();
  }

  /** Forgets timers of instances that left memory, once they outweigh the others. */
  sweep(live: number): void {
    if (this.#queue.size <= 2 * live + 1000) return;
    this.#queue.sweep((entry) => entry.wake !== undefined || this.#port.isLive(entry.instance));
    this.#rearm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #rearm(): void {
    const due = Math.min(this.#queue.peek()?.due ?? Number.POSITIVE_INFINITY, this.#stored);
    if (due === this.#armed || this.#stopped) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armed = due;
    if (due === Number.POSITIVE_INFINITY) return;
    if (due > this.#clock.now()) {
      this.#cancel = this.#clock.wakeAt(due, () => this.#wake());
      return;
    }
    // Already due, as happens when work under a virtual clock ends behind it: nobody will move the clock for this one.
    let waiting = true;
    this.#cancel = () => {
      waiting = false;
    };
    this.#port.afterTurn(() => {
      if (waiting) this.#wake();
    });
  }

  #wake(): void {
    this.#cancel = undefined;
    if (this.#stopped || this.#loading) return;
    const now = this.#clock.now();
    if (this.#stored > now) {
      this.#fireDue(now);
      return;
    }
    this.#loading = true;
    // What leaves memory while the store is asked may be missing from its answer, and is noted meanwhile.
    this.#stored = Number.POSITIVE_INFINITY;
    const loaded = (next: number | undefined) => {
      this.#loading = false;
      this.#stored = Math.min(this.#stored, next ?? Number.POSITIVE_INFINITY);
      this.#fireDue(now);
    };
    try {
      const next = whenReady(this.#port.loadDue(now), loaded);
      if (next instanceof Promise) next.catch((error: unknown) => this.#port.failed(error));
    } catch (error) {
      this.#port.failed(error);
    }
  }

  #fireDue(now: number): void {
    for (let entry = this.#queue.peek(); entry !== undefined && entry.due <= now; entry = this.#queue.peek()) {
      this.#queue.pop();
      if (entry.wake !== undefined) entry.wake();
      else this.#port.fire(entry.instance, entry.timer, entry.incarnation, entry.due);
    }
    this.#armed = Number.POSITIVE_INFINITY;
    this.#rearm();
  }
}
