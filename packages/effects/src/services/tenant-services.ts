import { FsmError } from '@fsm/core';
import { Batches } from './batches.ts';
import { Breaker } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import type { Announce, Dependency, DependencyKind, Service, ServiceChange } from './dependency.ts';
import { Rate } from './rate.ts';
import { type CacheLimits, ResultCache, ResultStore } from './result-cache.ts';
import { Timeline } from './timeline.ts';

export interface ServiceLimits extends CacheLimits {
  /** Dependencies that one tenant may have at a time; idle ones make room. */
  readonly names: number;
}

/** How many dependencies are asked at most whether they are idle when one that is new needs room. */
const swept = 64;

/** The dependencies of one tenant. Nothing in it refers to another tenant. */
export class TenantServices {
  readonly time = new Timeline();
  readonly #tenant: string;
  readonly #limits: ServiceLimits;
  readonly #notify: (change: ServiceChange) => void;
  /** The least recently used first. */
  readonly #services = new Map<string, Service>();
  #results: ResultStore | undefined;

  constructor(tenant: string, limits: ServiceLimits, notify: (change: ServiceChange) => void) {
    this.#tenant = tenant;
    this.#limits = limits;
    this.#notify = notify;
  }

  breaker(name: string): Breaker {
    return this.#get('circuit_breaker', name, (announce) => new Breaker(name, announce));
  }

  bulkhead(name: string): Bulkhead {
    return this.#get('bulkhead', name, (announce) => new Bulkhead(name, announce));
  }

  rate(name: string): Rate {
    return this.#get('rate_limit', name, (announce) => new Rate(name, announce));
  }

  cache(name: string): ResultCache {
    this.#results ??= new ResultStore(this.#limits);
    const results = this.#results;
    return this.#get('cache', name, (announce) => new ResultCache(name, results, announce));
  }

  batches<Member>(name: string): Batches<Member> {
    return this.#get('batch', name, (announce) => new Batches<Member>(name, announce));
  }

  named(name: string): readonly Service[] {
    return this.all().filter((service) => service.name === name);
  }

  all(): readonly Service[] {
    return [...this.#services.values()];
  }

  view(now: number | undefined): readonly Dependency[] {
    const at = now === undefined ? this.time.latest : this.time.at(now);
    return this.all()
      .map((service) => inClockTime(service.view(at), this.time))
      .sort((a, b) => compare(a.name, b.name) || compare(a.kind, b.kind));
  }

  /** Drops the results that carry one of the tags; says how many. */
  invalidate(tags: readonly string[]): number {
    let count = 0;
    for (const service of this.#services.values()) {
      if (service instanceof ResultCache) count += service.invalidate(tags);
    }
    return count;
  }

  announce(kind: DependencyKind, name: string): Announce {
    return (change, count) =>
      this.#notify({
        tenant: this.#tenant,
        kind,
        name,
        at: this.time.toClock(this.time.latest),
        change,
        ...(count === undefined ? undefined : { count }),
      });
  }

  #get<Kind extends Service>(kind: DependencyKind, name: string, make: (announce: Announce) => Kind): Kind {
    const key = `${kind} ${name}`;
    let service = this.#services.get(key) as Kind | undefined;
    if (service === undefined) {
      this.#makeRoom();
      service = make(this.announce(kind, name));
    } else this.#services.delete(key);
    this.#services.set(key, service);
    return service;
  }

  #makeRoom(): void {
    let asked = 0;
    for (const [key, service] of this.#services) {
      if (this.#services.size < this.#limits.names) return;
      asked += 1;
      if (asked > swept) break;
      this.#services.delete(key);
      if (!service.idle(this.time.latest)) this.#services.set(key, service);
    }
    if (this.#services.size < this.#limits.names) return;
    throw new FsmError('DEPENDENCIES_FULL', `The tenant has ${this.#services.size} dependencies that are in use.`, {
      next: 'retry',
      hint: 'Name dependencies after what is called, not after each call.',
      details: { limit: this.#limits.names },
    });
  }
}

function inClockTime(view: Dependency, time: Timeline): Dependency {
  return view.kind === 'circuit_breaker' && view.until !== undefined
    ? { ...view, until: time.toClock(view.until) }
    : view;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
