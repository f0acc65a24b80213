import type { RateSettings } from './rate.ts';

/** Says when how much may be spent. Times only grow. */
export interface Limiter {
  readonly strategy: RateSettings['strategy'];
  /** The most that can ever be spent at once. */
  readonly capacity: number;
  adjust(settings: RateSettings, at: number): void;
  available(at: number): number;
  /** The earliest time at which `cost` may be spent, were nothing else spent before; `at` when that is now. */
  due(cost: number, at: number): number;
  /** Spends what is due. */
  take(cost: number, at: number): void;
}

/** What arithmetic with fractions may be off by. */
const grain = 1e-9;

export class TokenBucket implements Limiter {
  readonly strategy = 'token_bucket';
  #limit = 0;
  #per = 1;
  #burst = 0;
  #tokens: number | undefined;
  #at = 0;

  get capacity(): number {
    return this.#burst;
  }

  adjust({ limit, per, burst }: RateSettings, at: number): void {
    if (this.#tokens !== undefined) this.#refill(at);
    this.#limit = limit;
    this.#per = per;
    this.#burst = burst;
    this.#tokens = Math.min(this.#tokens ?? burst, burst);
    this.#at = at;
  }

  available(at: number): number {
    this.#refill(at);
    return this.#tokens!;
  }

  due(cost: number, at: number): number {
    this.#refill(at);
    const missing = cost - this.#tokens!;
    return missing <= grain * Math.max(cost, 1) ? at : at + Math.ceil((missing * this.#per) / this.#limit);
  }

  take(cost: number, at: number): void {
    this.#refill(at);
    this.#tokens = Math.max(this.#tokens! - cost, 0);
  }

  #refill(at: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens! + ((at - this.#at) * this.#limit) / this.#per);
    this.#at = at;
  }
}

/** Up to so many expenses are kept one by one; of more, those that lie close together count as one. */
const exact = 1_000;

export class SlidingWindow implements Limiter {
  readonly strategy = 'sliding_window';
  #limit = 0;
  #per = 1;
  /** Those of the last `per`, the oldest first. One that stands for several has the time of the last of them. */
  #spent: { readonly since: number; at: number; cost: number }[] = [];
  #sum = 0;

  get capacity(): number {
    return this.#limit;
  }

  adjust({ limit, per }: RateSettings, at: number): void {
    this.#limit = limit;
    this.#per = per;
    this.#expire(at);
  }

  available(at: number): number {
    this.#expire(at);
    return Math.max(this.#limit - this.#sum, 0);
  }

  due(cost: number, at: number): number {
    this.#expire(at);
    let over = this.#sum + cost - this.#limit;
    for (const spent of this.#spent) {
      if (over <= grain * this.#limit) return at;
      over -= spent.cost;
      if (over <= grain * this.#limit) return spent.at + this.#per;
    }
    // what waits ahead does not fit into one window beside it
    return over <= grain * this.#limit ? at : at + this.#per;
  }

  take(cost: number, at: number): void {
    this.#expire(at);
    const last = this.#spent.at(-1);
    if (last !== undefined && this.#spent.length >= exact && at - last.since <= this.#per / exact) {
      last.at = at;
      last.cost += cost;
    } else this.#spent.push({ since: at, at, cost });
    this.#sum += cost;
  }

  #expire(at: number): void {
    let old = 0;
    while (old < this.#spent.length && this.#spent[old]!.at + this.#per <= at) {
      this.#sum -= this.#spent[old]!.cost;
      old += 1;
    }
    if (old === 0) return;
    this.#spent.splice(0, old);
    if (this.#spent.length === 0) this.#sum = 0;
  }
}
