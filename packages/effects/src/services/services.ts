import { FsmError, listNames, suggest } from '@fsm/core';
import type { ExecutionHost } from '../host.ts';
import type { Dependency, Override, ServiceChange } from './dependency.ts';
import { type ServiceLimits, TenantServices } from './tenant-services.ts';

/**
 * What executions share beside the journal: circuit breakers, slots, rates, cached results, open batches, connections.
 *
 * S1  Everything belongs to a tenant and a name. No tenant sees, fills or empties what is another's.
 * S2  Nothing is journaled. After a restart it starts afresh, and what an operator forced is forgotten.
 * S3  Time comes from the steps that ask. Nothing here starts a timer: whoever waits, waits in its own execution, and
 *     leaves when its branch stops.
 * S4  What is dropped to make room is what nobody would miss: a closed breaker without failures, a full bucket.
 */
export interface Services {
  /** The dependencies of one tenant, for kinds of effects. */
  of(tenant: string): TenantServices;
  /** The dependencies of a tenant as they are, by name. `now` is when; the latest time seen when not given. */
  view(tenant: string, now?: number): readonly Dependency[];
  /**
   * Forces what has this name, of whatever kinds it is, and says how it is then.
   *
   * Throws DEPENDENCY_UNKNOWN, OVERRIDE_INVALID.
   */
  override(tenant: string, name: string, change: Override, now?: number): readonly Dependency[];
  /** Drops the cached results of a tenant that carry one of the tags; says how many. */
  invalidate(tenant: string, tags: readonly string[]): number;
  /** Calls back on every change, until the returned function is called. What a listener throws is dropped. */
  watch(listener: (change: ServiceChange) => void): () => void;
  /** Something expensive that all share, such as a connection pool: made when first asked for. Throws SERVICES_CLOSED. */
  resource<T>(key: ResourceKey<T>): T;
  /** Disposes of the resources. */
  close(): Promise<void>;
}

/** Names and makes a shared resource; the object itself is the key. */
export interface ResourceKey<T> {
  make(services: Services): T;
  dispose?(resource: T): void | Promise<void>;
}

export interface ServicesOptions extends Partial<ServiceLimits> {}

export const defaultServiceLimits: ServiceLimits = { names: 10_000, entries: 10_000, characters: 32 * 1024 * 1024 };

/**
 * Makes the services that executions share. A runtime makes its own; give the same to several calls of `run` so that
 * they know of each other.
 *
 * ```ts
 * const services = createServices();
 * await run(pipeline, { registry, services });
 * services.view(''); // [{ kind: 'circuit_breaker', name: 'payments', state: 'closed', … }]
 * services.override('', 'payments', { circuit: 'open' });
 * ```
 */
export function createServices(options: ServicesOptions = {}): Services {
  return new SharedServices({ ...defaultServiceLimits, ...options });
}

const privateServices = new WeakMap<ExecutionHost, Services>();

/** The services of a host; one that brings none has some of its own. */
export function servicesOf(host: ExecutionHost): Services {
  if (host.services !== undefined) return host.services;
  let services = privateServices.get(host);
  if (services === undefined) {
    services = createServices();
    privateServices.set(host, services);
  }
  return services;
}

class SharedServices implements Services {
  readonly #limits: ServiceLimits;
  readonly #tenants = new Map<string, TenantServices>();
  readonly #listeners = new Set<(change: ServiceChange) => void>();
  readonly #resources = new Map<ResourceKey<unknown>, unknown>();
  #closed = false;

  constructor(limits: ServiceLimits) {
    this.#limits = limits;
  }

  of(tenant: string): TenantServices {
    let services = this.#tenants.get(tenant);
    if (services === undefined) {
      services = new TenantServices(tenant, this.#limits, (change) => this.#notify(change));
      this.#tenants.set(tenant, services);
    }
    return services;
  }

  view(tenant: string, now?: number): readonly Dependency[] {
    return this.#tenants.get(tenant)?.view(now) ?? [];
  }

  override(tenant: string, name: string, change: Override, now?: number): readonly Dependency[] {
    check(change);
    const services = this.#tenants.get(tenant);
    const named = services?.named(name) ?? [];
    if (services === undefined || named.length === 0) throw unknown(name, services);
    const at = now === undefined ? services.time.latest : services.time.at(now);
    const asked = Object.keys(change) as (keyof Override)[];
    const fitting = named.filter(({ takes }) => asked.some((key) => takes.includes(key)));
    const foreign = asked.filter((key) => !fitting.some(({ takes }) => takes.includes(key)));
    if (foreign.length > 0) {
      const kinds = named.map(({ kind }) => kind);
      throw invalid(`"${name}" is ${listNames(kinds, 10)}, which has no ${listNames(foreign, 10)}.`, { kinds });
    }
    for (const service of fitting) {
      service.override(change, at);
      services.announce(service.kind, name)('overridden');
    }
    return services.view(now).filter((dependency) => dependency.name === name);
  }

  invalidate(tenant: string, tags: readonly string[]): number {
    return this.#tenants.get(tenant)?.invalidate(tags) ?? 0;
  }

  watch(listener: (change: ServiceChange) => void): () => void {
    // one that is added twice is called twice
    const own = (change: ServiceChange) => listener(change);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  resource<T>(key: ResourceKey<T>): T {
    if (this.#closed) {
      throw new FsmError('SERVICES_CLOSED', 'The services were closed.', { hint: 'Open the runtime again.' });
    }
    if (!this.#resources.has(key)) this.#resources.set(key, key.make(this));
    return this.#resources.get(key) as T;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const resources = [...this.#resources];
    this.#resources.clear();
    await Promise.all(resources.map(async ([key, resource]) => key.dispose?.(resource)));
  }

  #notify(change: ServiceChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch {
        // whoever watches must not change what happens
      }
    }
  }
}

function check(change: Override): void {
  const { circuit, slots, limit, invalidate, reset, ...rest } = change;
  const unknownKeys = Object.keys(rest);
  if (unknownKeys.length > 0) throw invalid(`An override has no ${listNames(unknownKeys, 10)}.`);
  if (Object.keys(change).length === 0) throw invalid('The override says nothing.');
  if (circuit !== undefined && !['open', 'closed', 'automatic'].includes(circuit)) {
    throw invalid('`circuit` is "open", "closed" or "automatic".');
  }
  if (slots !== undefined && slots !== 'automatic' && !(Number.isInteger(slots) && slots >= 0)) {
    throw invalid('`slots` is a whole number from 0, or "automatic".');
  }
  if (limit !== undefined && limit !== 'automatic' && !(Number.isFinite(limit) && limit > 0)) {
    throw invalid('`limit` is a number above 0, or "automatic".');
  }
  if (invalidate !== undefined && invalidate !== true && !isTexts(invalidate)) {
    throw invalid('`invalidate` is true or a list of tags.');
  }
  if (reset !== undefined && reset !== true) throw invalid('`reset` is true.');
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function invalid(message: string, details?: object): FsmError {
  return new FsmError('OVERRIDE_INVALID', message, {
    hint: 'Give one of `circuit`, `slots`, `limit`, `invalidate` or `reset`, as the kind of dependency takes it.',
    ...(details === undefined ? undefined : { details: { ...details } }),
  });
}

function unknown(name: string, services: TenantServices | undefined): FsmError {
  const known = [...new Set(services?.all().map((service) => service.name) ?? [])].sort();
  const near = suggest(name, known);
  const list = known.length === 0 ? 'There are none yet.' : `There are ${listNames(known, 100)}.`;
  return new FsmError('DEPENDENCY_UNKNOWN', `The tenant has no dependency "${name}".`, {
    hint: near === undefined ? list : `Did you mean "${near}"? ${list}`,
    details: { asked: name, known: known.slice(0, 100) },
  });
}
