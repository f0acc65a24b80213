import type { Clock } from '../clock.ts';

/** Work that was told to stop: whoever is interested learns when it takes too long to. */
export class Stopping {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #watched = new Set<() => void>();
  #closed = false;

  /** @param limit milliseconds */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Calls `late` once when `stopped` is not resolved in time. */
  watch(stopped: Promise<void>, late: () => void): void {
    if (this.#closed) return;
    const forget = this.#clock.wakeAt(this.#clock.now() + this.#limit, () => {
      this.#watched.delete(forget);
      late();
    });
    this.#watched.add(forget);
    void stopped.then(() => {
      if (this.#watched.delete(forget)) forget();
    });
  }

  close(): void {
    this.#closed = true;
    for (const forget of this.#watched) forget();
    this.#watched.clear();
  }
}
