import type { Clock } from '../clock.ts';

/** A clock that the simulation moves: time passes while work runs, unlike under a `VirtualClock`. */
export class SimulatedClock implements Clock {
  readonly virtual = false;
  #now: number;
  #waiting: { readonly due: number; readonly wake: () => void }[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  get nextDue(): number | undefined {
    return this.#waiting.reduce<number | undefined>(
      (next, { due }) => (next === undefined || due < next ? due : next),
      undefined,
    );
  }

  wakeAt(due: number, wake: () => void): () => void {
    const entry = { due, wake };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  /** Moves to `time`, which may lie behind (a clock set back), and wakes who is due, in order. */
  moveTo(time: number): void {
    this.#now = time;
    for (;;) {
      const due = this.nextDue;
      if (due === undefined || due > this.#now) return;
      const entry = this.#waiting.find((other) => other.due === due)!;
      this.#waiting = this.#waiting.filter((other) => other !== entry);
      entry.wake();
    }
  }

  /** Moves to whoever is due next, not back, and wakes the first of them. */
  wakeNext(): void {
    const due = this.nextDue;
    if (due === undefined) return;
    this.#now = Math.max(this.#now, due);
    const entry = this.#waiting.find((other) => other.due === due)!;
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.wake();
  }

  /** The process died: nobody waits any more. */
  forget(): void {
    this.#waiting = [];
  }
}
