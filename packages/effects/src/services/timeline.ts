/** By how much clocks of executions may disagree before it counts as a clock that was set back, in milliseconds. */
const tolerance = 60_000;

/**
 * The time of the services of one tenant: it never runs backwards, whatever the clocks of its executions do. A clock that
 * is a little behind sees the time of the one ahead; after one that was set back, time goes on from where it stood.
 */
export class Timeline {
  #time: number | undefined;
  #seen = 0;

  /** The time of the services when a step's clock shows `now`. */
  at(now: number): number {
    if (this.#time === undefined) {
      this.#time = now;
      this.#seen = now;
    } else if (now > this.#seen) {
      this.#time += now - this.#seen;
      this.#seen = now;
    } else if (now < this.#seen - tolerance) {
      this.#seen = now;
    }
    return this.#time;
  }

  /** The latest time seen, without a clock at hand. */
  get latest(): number {
    return this.#time ?? 0;
  }

  /** What a step's clock shows when the time of the services is `time`. */
  toClock(time: number): number {
    return time - (this.#time ?? 0) + this.#seen;
  }
}
