/**
 * Where the engine's time comes from, and who wakes it. The engine keeps one wake-up at a time.
 *
 * `virtual` says that time stands still while work runs: an instance then handles no later event before its running
 * effects have settled, so the order of a journal never depends on how fast effects really are.
 */
export interface Clock {
  readonly virtual: boolean;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `wake` once, when `now() >= due`. Returns how to take that back. */
  wakeAt(due: number, wake: () => void): () => void;
}

/** `setTimeout` counts in 32 bits; longer waits are cut into pieces and re-armed. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The clock of the machine it runs on. An armed timer keeps the process alive until the runtime is closed. */
export const systemClock: Clock = {
  virtual: false,
  now: () => Date.now(),
  wakeAt(due, wake) {
    let handle: NodeJS.Timeout;
    const arm = () => {
      const left = due - Date.now();
      handle = setTimeout(() => (Date.now() >= due ? wake() : arm()), Math.min(Math.max(left, 0), LONGEST_TIMEOUT));
    };
    arm();
    return () => clearTimeout(handle);
  },
};

/**
 * A clock that moves only when told to: for logs, simulations and tests.
 *
 * ```ts
 * const clock = new VirtualClock(Date.parse('2011-10-01'));
 * clock.advanceTo(Date.parse('2011-10-31')); // wakes whoever waits, in order of time
 * ```
 */
export class VirtualClock implements Clock {
  readonly virtual = true;
  #now: number;
  #waiting: { due: number; wake: () => void }[] = [];

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** The earliest time somebody waits for. */
  get nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.#waiting) if (due < next) next = due;
    return next;
  }

  wakeAt(due: number, wake: () => void): () => void {
    const entry = { due, wake };
    this.#waiting.push(entry);
    return () => {
      const index = this.#waiting.indexOf(entry);
      if (index >= 0) this.#waiting.splice(index, 1);
    };
  }

  /** Moves forward to `time`, stopping at every wake-up on the way. A time in the past changes nothing. */
  advanceTo(time: number): void {
    for (;;) {
      const due = this.nextDue;
      if (due > time) break;
      const index = this.#waiting.findIndex((entry) => entry.due === due);
      const [entry] = this.#waiting.splice(index, 1);
      if (due > this.#now) this.#now = due;
      entry!.wake();
    }
    if (time > this.#now) this.#now = time;
  }
}
