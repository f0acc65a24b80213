import type { Announce, Override, RateView, Service } from './dependency.ts';
import { type Limiter, SlidingWindow, TokenBucket } from './limiters.ts';

export interface RateSettings {
  readonly strategy: 'token_bucket' | 'sliding_window';
  readonly limit: number;
  /** Milliseconds. */
  readonly per: number;
  /** What a token bucket holds at most. */
  readonly burst: number;
}

/** A turn at spending. Times are those of the services. */
export interface Turn {
  /** When it may spend; Infinity when it costs more than can ever be spent at once; unknown while others come first. */
  due(at: number): number | undefined;
  /** Spends, when it is due, and ends the turn. */
  take(at: number): void;
  /** Resolves with the time when it comes first, or when the limit changed. */
  readonly changed: Promise<number>;
  /** Gives the turn up. After `take`, or a second time, it does nothing. */
  leave(at: number): void;
}

/**
 * How much may be spent in a time, shared by executions. Turns come in the order in which they were asked for.
 *
 * R1  `token_bucket`: over any stretch of time at most `burst + limit × time / per` is spent.
 * R2  `sliding_window`: in any window as long as `per` at most `limit` is spent.
 * R3  Whoever waits has spent nothing yet; giving up a turn costs nothing.
 * R4  The settings of whoever asked last hold.
 */
export class Rate implements Service {
  readonly kind = 'rate_limit';
  readonly name: string;
  readonly takes: readonly (keyof Override)[] = ['limit', 'reset'];
  readonly #announce: Announce;
  readonly #queue = new Set<Place>();
  #limiter: Limiter | undefined;
  #settings: RateSettings | undefined;
  #forced: number | undefined;
  #ahead = 0;

  constructor(name: string, announce: Announce) {
    this.name = name;
    this.#announce = announce;
  }

  ask(cost: number, settings: RateSettings, at: number): Turn {
    this.#settings = settings;
    this.#adjust(at);
    const place = new Place(cost, this);
    this.#queue.add(place);
    this.#ahead += cost;
    if (this.#queue.size > 1) this.#announce('queued', this.#queue.size);
    return place;
  }

  /** The earliest time at which a turn asked for now could spend, were nobody to give up before it. */
  estimate(cost: number, settings: RateSettings, at: number): number {
    this.#settings = settings;
    const limiter = this.#adjust(at);
    return cost > limiter.capacity ? Number.POSITIVE_INFINITY : limiter.due(this.#ahead + cost, at);
  }

  refused(): void {
    this.#announce('refused');
  }

  get waiting(): number {
    return this.#queue.size;
  }

  idle(at: number): boolean {
    if (this.#queue.size > 0 || this.#forced !== undefined) return false;
    return this.#limiter === undefined || this.#limiter.available(at) >= this.#limiter.capacity;
  }

  view(at: number): RateView {
    const { strategy, limit, per } = this.#effective();
    const { kind, name } = this;
    const available = this.#limiter?.available(at) ?? limit;
    return { kind, name, strategy, limit, per, forced: this.#forced !== undefined, available, waiting: this.waiting };
  }

  override({ limit, reset }: Override, at: number): void {
    if (reset) this.#limiter = undefined;
    if (reset || limit === 'automatic') this.#forced = undefined;
    if (typeof limit === 'number') this.#forced = limit;
    this.#adjust(at);
    this.#first?.wake(at);
  }

  /** For its turns. */
  dueOf(place: Place, at: number): number | undefined {
    if (this.#first !== place) return undefined;
    const limiter = this.#adjust(at);
    return place.cost > limiter.capacity ? Number.POSITIVE_INFINITY : limiter.due(place.cost, at);
  }

  /** For its turns. */
  over(place: Place, spends: boolean, at: number): void {
    const wasFirst = this.#first === place;
    if (!this.#queue.delete(place)) return;
    this.#ahead = this.#queue.size === 0 ? 0 : this.#ahead - place.cost;
    if (spends) this.#limiter!.take(place.cost, at);
    if (wasFirst) this.#first?.wake(at);
  }

  get #first(): Place | undefined {
    for (const place of this.#queue) return place;
    return undefined;
  }

  #effective(): RateSettings {
    const settings = this.#settings ?? { strategy: 'token_bucket', limit: 1, per: 1000, burst: 1 };
    if (this.#forced === undefined) return settings;
    return { ...settings, limit: this.#forced, burst: settings.burst * (this.#forced / settings.limit) };
  }

  #adjust(at: number): Limiter {
    const settings = this.#effective();
    if (this.#limiter?.strategy !== settings.strategy) {
      this.#limiter = settings.strategy === 'token_bucket' ? new TokenBucket() : new SlidingWindow();
    }
    this.#limiter.adjust(settings, at);
    return this.#limiter;
  }
}

class Place implements Turn {
  readonly cost: number;
  readonly #rate: Rate;
  #woken: number | undefined;
  #wake: ((at: number) => void) | undefined;

  constructor(cost: number, rate: Rate) {
    this.cost = cost;
    this.#rate = rate;
  }

  due(at: number): number | undefined {
    return this.#rate.dueOf(this, at);
  }

  take(at: number): void {
    this.#rate.over(this, true, at);
  }

  get changed(): Promise<number> {
    return new Promise((resolve) => {
      if (this.#woken === undefined) {
        this.#wake = resolve;
        return;
      }
      resolve(this.#woken);
      this.#woken = undefined;
    });
  }

  leave(at: number): void {
    this.#rate.over(this, false, at);
  }

  wake(at: number): void {
    if (this.#wake === undefined) this.#woken = at;
    else this.#wake(at);
    this.#wake = undefined;
  }
}
