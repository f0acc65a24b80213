import type { Json } from '@fsm/core';
import { LRUCache } from 'lru-cache';
import type { Announce, CacheView, Override, Service } from './dependency.ts';

export interface CacheLimits {
  /** Results that one tenant may keep. */
  readonly entries: number;
  /** Characters of JSON that one tenant may keep, keys included. */
  readonly characters: number;
}

interface Entry {
  readonly cache: ResultCache;
  readonly output: Json;
  readonly tags: readonly string[];
}

/** The results that one tenant keeps, of all its caches: they share the bounds, and the least recently used leave first. */
export class ResultStore {
  readonly #entries: LRUCache<string, Entry>;
  readonly #tags = new Map<string, Set<string>>();
  #at = 0;

  constructor({ entries, characters }: CacheLimits) {
    this.#entries = new LRUCache({
      max: entries,
      maxSize: characters,
      // a start at 0 means "no time limit" to the library
      perf: { now: () => this.#at + 1 },
      ttlResolution: 0,
      dispose: (entry, key) => this.#disposed(entry, key),
    });
  }

  get(key: string, at: number): Json | undefined {
    this.#at = at;
    return this.#entries.get(key)?.output;
  }

  /** Whether it is kept and its time is not over; being asked is no use of it. */
  has(key: string, at: number): boolean {
    this.#at = at;
    return this.#entries.has(key);
  }

  set(key: string, entry: Entry, ttl: number, at: number): void {
    this.#at = at;
    if (!(ttl > 0)) return;
    const size = key.length + JSON.stringify(entry.output).length;
    this.#entries.set(key, entry, { ttl: Math.min(ttl, Number.MAX_SAFE_INTEGER), size });
    if (this.#entries.peek(key) !== entry) return;
    entry.cache.entries.add(key);
    for (const tag of entry.tags) {
      const keys = this.#tags.get(tag);
      if (keys === undefined) this.#tags.set(tag, new Set([key]));
      else keys.add(key);
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  tagged(tag: string): readonly string[] {
    return [...(this.#tags.get(tag) ?? [])];
  }

  tagsOf(key: string): readonly string[] {
    return this.#entries.peek(key, { allowStale: true })?.tags ?? [];
  }

  #disposed({ cache, tags }: Entry, key: string): void {
    cache.entries.delete(key);
    for (const tag of tags) {
      const keys = this.#tags.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#tags.delete(tag);
    }
  }
}

/** How a lookup may end. */
export type Lookup =
  | { readonly output: Json }
  /** Another execution is at it. */
  | { readonly flight: Flight }
  /** Whoever asked is to find out, and to land the flight. */
  | { readonly lead: Lead };

/** What somebody found out: nothing when whoever was at it gave up. */
export type Landed =
  | { readonly output: Json; readonly at: number }
  | { readonly error: unknown; readonly at: number }
  | undefined;

export interface Flight {
  readonly landed: Promise<Landed>;
}

export interface Lead {
  succeeded(output: Json, ttl: number, tags: readonly string[], at: number): void;
  /** Whoever waits fails with the same error. */
  failed(error: unknown, at: number): void;
  /** It was cancelled: the first who waits leads instead. */
  dropped(): void;
}

/**
 * Results of one effect by key, kept for a time.
 *
 * C1  While one execution finds out, others that ask for the same wait for it: one call answers all.
 * C2  When it fails, they fail with it and nothing is kept: an effect that is down is not called once for each of them.
 *     When it is cancelled or its process dies, the next of them finds out instead.
 * C3  What was invalidated while it was being found out is handed to those who asked before, and not kept.
 */
export class ResultCache implements Service {
  readonly kind = 'cache';
  readonly name: string;
  readonly takes: readonly (keyof Override)[] = ['invalidate', 'reset'];
  /** Keys of what it keeps; the store keeps this up to date. */
  readonly entries = new Set<string>();
  readonly #announce: Announce;
  readonly #store: ResultStore;
  readonly #flights = new Map<string, Takeoff>();
  #hits = 0;
  #misses = 0;

  constructor(name: string, store: ResultStore, announce: Announce) {
    this.name = name;
    this.#store = store;
    this.#announce = announce;
  }

  /** @param key unique among the caches of the tenant */
  lookUp(key: string, at: number): Lookup {
    const output = this.#store.get(key, at);
    if (output !== undefined) {
      this.#hits += 1;
      this.#announce('hit');
      return { output };
    }
    const flight = this.#flights.get(key);
    if (flight !== undefined) {
      this.#hits += 1;
      this.#announce('shared');
      return { flight };
    }
    this.#misses += 1;
    this.#announce('missed');
    return { lead: this.#lead(key) };
  }

  /** Keeps what an execution finds out that did not ask, because it began in an earlier life. */
  keep(key: string, output: Json, ttl: number, tags: readonly string[], at: number): void {
    this.#store.set(key, { cache: this, output, tags }, ttl, at);
  }

  /** Drops what it keeps, all or what carries one of the tags. */
  invalidate(tags: true | readonly string[]): number {
    const doomed =
      tags === true ? [...this.entries] : [...this.entries].filter((key) => overlap(this.#store.tagsOf(key), tags));
    for (const key of doomed) this.#store.delete(key);
    for (const flight of this.#flights.values()) flight.outdated(tags);
    return doomed.length;
  }

  idle(at: number): boolean {
    return this.#flights.size === 0 && this.#liveKeys(at).next().done === true;
  }

  view(at: number): CacheView {
    const { kind, name } = this;
    const entries = [...this.#liveKeys(at)].length;
    return {
      kind,
      name,
      entries,
      hits: this.#hits,
      misses: this.#misses,
      running: this.#flights.size,
    };
  }

  override({ invalidate, reset }: Override): void {
    if (invalidate !== undefined) this.invalidate(invalidate);
    if (reset) {
      this.invalidate(true);
      this.#hits = 0;
      this.#misses = 0;
    }
  }

  /** Keys of what it still keeps; those whose time is over are dropped on the way. */
  *#liveKeys(at: number): Generator<string> {
    for (const key of this.entries) {
      if (this.#store.has(key, at)) yield key;
      else this.#store.delete(key);
    }
  }

  #lead(key: string): Lead {
    const flight = new Takeoff();
    this.#flights.set(key, flight);
    const land = (landed: Landed): boolean => {
      if (this.#flights.get(key) !== flight) return false;
      this.#flights.delete(key);
      flight.land(landed);
      return true;
    };
    return {
      succeeded: (output, ttl, tags, at) => {
        if (land({ output, at }) && flight.keeps(tags)) this.keep(key, output, ttl, tags, at);
      },
      failed: (error, at) => void land({ error, at }),
      dropped: () => void land(undefined),
    };
  }
}

class Takeoff implements Flight {
  readonly landed: Promise<Landed>;
  #land!: (landed: Landed) => void;
  #invalidated: true | Set<string> | undefined;

  constructor() {
    this.landed = new Promise((resolve) => {
      this.#land = resolve;
    });
  }

  land(landed: Landed): void {
    this.#land(landed);
  }

  outdated(tags: true | readonly string[]): void {
    if (tags === true) this.#invalidated = true;
    else if (this.#invalidated !== true) this.#invalidated = new Set([...(this.#invalidated ?? []), ...tags]);
  }

  keeps(tags: readonly string[]): boolean {
    if (this.#invalidated === true) return false;
    return !overlap(tags, [...(this.#invalidated ?? [])]);
  }
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((tag) => others.includes(tag));
}
