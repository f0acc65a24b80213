import {
  FsmError,
  type Implementations,
  type Json,
  type JsonObject,
  type MachineDefinition,
  type Snapshot,
} from '@fsm/core';
import { createRegistry, type Registry } from '@fsm/effects';
import { type Clock, systemClock } from './clock.ts';
import { Engine } from './engine/engine.ts';
import type { RuntimeObserver } from './engine/observer.ts';
import type { Receipt } from './engine/receipt.ts';
import type { LoadedMachine, TenantSpace } from './engine/tenant-space.ts';
import {
  type HistoryEntry,
  historyOf,
  type InstanceSummary,
  type InstanceView,
  listInstances,
  type Page,
  snapshotAt,
  viewOf,
} from './engine/views.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { Plugin } from './plugins/plugin.ts';
import type { PluginCounts } from './plugins/plugin-host.ts';
import { RegisteredPlugins } from './plugins/registered-plugins.ts';
import { openStore } from './store/open-store.ts';
import type { Store, StoreStatus } from './store/store.ts';

export interface RuntimeOptions {
  /** A store, or where one is: `orders.db` (SQLite), `orders/` (JSON lines), `memory:`. In memory when not given. */
  readonly store?: Store | string;
  /** Effect kinds and functions; the built-in kinds without functions when not given. */
  readonly registry?: Registry;
  /** Guards and actions that definitions refer to by name. */
  readonly implementations?: Implementations;
  /** Plugins that machines may name: {@link definePlugin}, `loggerPlugin`, `auditPlugin`. */
  readonly plugins?: readonly Plugin[];
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly observer?: RuntimeObserver;
  /** Only looks: no lock, no timers, no effects, and works beside the process that writes. */
  readonly readOnly?: boolean;
  /** How group commit waits for the rest of a turn; `setImmediate` when not given. Simulations inject their own. */
  readonly afterTurn?: (callback: () => void) => void;
}

/**
 * Opens a runtime over a store: checks and repairs it, brings back every instance that has work, arms the timers.
 *
 * ```ts
 * const runtime = await openRuntime({ store: 'orders.db', registry: createRegistry({ functions }) });
 * const acme = runtime.tenant('acme');
 * const machine = await acme.register(definition);
 * await acme.create(machine.id, 'order-1');
 * const { taken } = await acme.send('order-1', { type: 'PAY', data: { amount: 12 }, id: 'payment-77' });
 * await runtime.close();
 * ```
 *
 * Throws PLUGIN_EXISTS, and what opening the store throws: STORE_LOCKED, STORE_FOREIGN, STORE_VERSION, STORE_READ_ONLY, JOURNAL_DAMAGED …
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { store = 'memory:', readOnly = false } = options;
  const engine = new Engine({
    store: typeof store === 'string' ? openStore(store, { readOnly }) : store,
    registry: options.registry ?? createRegistry(),
    implementations: options.implementations,
    plugins: new RegisteredPlugins(options.plugins ?? []),
    clock: options.clock ?? systemClock,
    limits: { ...defaultLimits, ...options.limits },
    observer: options.observer ?? {},
    readOnly,
    afterTurn: options.afterTurn ?? ((callback) => void setImmediate(callback)),
  });
  await engine.open();
  return new Runtime(engine);
}

/** A running engine over one store. Data is reached through `tenant` only. */
export class Runtime {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The handle through which one tenant's machines and instances are reached. Throws ID_INVALID. */
  tenant(id: string): Tenant {
    return new Tenant(this.#engine, this.#engine.space(id));
  }

  /** Tenants that have something in the store. */
  async tenants(): Promise<readonly string[]> {
    return await this.#engine.store.tenants();
  }

  /** Whether nothing is uncommitted, working or on its way; sleeping executions and armed timers are quiet. */
  get quiet(): boolean {
    return this.#engine.quiet;
  }

  /** Resolves when the runtime is quiet. */
  settled(): Promise<void> {
    return this.#engine.settled();
  }

  /** Resolves when everything accepted and decided so far is on stable storage. */
  committed(): Promise<void> {
    return this.#engine.committed();
  }

  async status(): Promise<RuntimeStatus> {
    const { timersFired, liveInstances, plugins } = this.#engine;
    return { timersFired, liveInstances, plugins, store: await this.#engine.store.status() };
  }

  /** Lets commits finish, records every instance, releases the store. Running effects resume at the next start. */
  close(): Promise<void> {
    return this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export interface RuntimeStatus {
  /** Timers fired since the start. */
  readonly timersFired: number;
  readonly liveInstances: number;
  /** What became of the hooks of each plugin since the start. */
  readonly plugins: Readonly<Record<string, Readonly<PluginCounts>>>;
  readonly store: StoreStatus;
}

export interface MachineInfo {
  readonly id: string;
  readonly version: string | undefined;
  /** The content hash: names exactly this definition. */
  readonly hash: string;
}

export interface CreateOptions {
  /** Merged over the definition's context. */
  readonly context?: JsonObject;
  /** What to do when the instance exists already: `refuse` (INSTANCE_EXISTS) or `keep` it as it is. */
  readonly whenExists?: 'refuse' | 'keep';
  /** When it happened, in milliseconds since the epoch; the clock's time when not given. */
  readonly at?: number;
}

export interface SendOptions {
  /** When it happened, in milliseconds since the epoch; the clock's time when not given. */
  readonly at?: number;
}

/** An event to send. The same `id` twice has one effect. */
export interface OutsideEvent {
  readonly type: string;
  readonly data?: Json;
  readonly id?: string;
}

/** One tenant's machines and instances. Names of other tenants' things mean nothing here. */
export class Tenant {
  readonly #engine: Engine;
  readonly #space: TenantSpace;

  constructor(engine: Engine, space: TenantSpace) {
    this.#engine = engine;
    this.#space = space;
  }

  get id(): string {
    return this.#space.id;
  }

  /** Whether an active instance subscribes to a machine, so that an event of one may become an event of another. */
  get listening(): boolean {
    return this.#space.listeners?.any === true;
  }

  /**
   * Checks a definition, compiles and stores it. The same definition again is the same machine. Functions in it count by their
   * source text, not by what they close over; they must be registered again in each process.
   *
   * Throws MACHINE_INVALID.
   */
  async register(definition: MachineDefinition, implementations?: Implementations): Promise<MachineInfo> {
    return infoOf(await this.#engine.register(this.#space, definition, implementations));
  }

  /** Every version of every machine of the tenant. */
  async machines(): Promise<readonly MachineInfo[]> {
    const stored = await this.#engine.store.machines(this.#space.id);
    return stored.map(({ id, version, hash }) => ({ id, version, hash }));
  }

  /**
   * Creates an instance of a machine, named by id (its last registered version) or content hash.
   *
   * Throws MACHINE_UNKNOWN, INSTANCE_EXISTS, ID_INVALID, and what starting the machine throws.
   */
  async create(machine: string, instance: string, options: CreateOptions = {}): Promise<Receipt> {
    // Without a pause when the machine is at hand, so that an event sent right after the creation comes after it.
    const loaded = this.#atHand(machine) ?? (await this.#machine(machine));
    try {
      return await this.#engine.create(this.#space, loaded, instance, options.context, options.at);
    } catch (error) {
      if (options.whenExists !== 'keep' || !FsmError.is(error) || error.code !== 'INSTANCE_EXISTS') throw error;
      const { sequence, status, snapshot } = await this.get(instance);
      return { sequence, status, taken: false, duplicate: true, configuration: snapshot.configuration };
    }
  }

  /**
   * Sends an event; resolves once it is handled and on stable storage.
   *
   * Throws INSTANCE_UNKNOWN, EVENT_INVALID, EVENT_RESERVED, EVENT_TOO_LARGE, NOT_JSON, KEY_REFUSED, TOO_DEEP,
   * EVENT_ID_REUSED, MAILBOX_FULL, what `navigate` throws, STORE_FULL and STORE_FAILED. Except after the last, nothing has
   * changed; after STORE_FAILED the outcome is unknown and the same event with the same id may be sent again.
   */
  send(instance: string, event: OutsideEvent, options: SendOptions = {}): Promise<Receipt> {
    return this.#engine.send(this.#space, instance, event, options.at);
  }

  /** The instance as it is now. Throws INSTANCE_UNKNOWN. */
  async get(instance: string): Promise<InstanceView> {
    return viewOf(await this.#engine.find(this.#space, instance));
  }

  /** Instances by name, a page at a time. */
  list(query: { readonly after?: string; readonly limit?: number } = {}): Promise<Page<InstanceSummary>> {
    return listInstances(this.#engine, this.#space, query);
  }

  /** The journal of an instance. Throws INSTANCE_UNKNOWN. */
  async history(
    instance: string,
    query: { readonly from?: number; readonly limit?: number } = {},
  ): Promise<readonly HistoryEntry[]> {
    return historyOf(this.#engine, this.#space, instance, query);
  }

  /** The snapshot right after a journal line; performs nothing again. Throws INSTANCE_UNKNOWN, SEQUENCE_UNKNOWN. */
  async at(instance: string, sequence: number): Promise<Snapshot> {
    return snapshotAt(this.#engine, this.#space, await this.#engine.find(this.#space, instance), sequence);
  }

  /** Ends an instance: its effects are cancelled, its timers disarmed; its journal stays. Its name is not given again. */
  destroy(instance: string): Promise<Receipt> {
    return this.#engine.destroy(this.#space, instance);
  }

  #atHand(name: string): LoadedMachine | undefined {
    return this.#space.latest.get(name) ?? this.#space.machines.get(name);
  }

  async #machine(name: string): Promise<LoadedMachine> {
    const stored = await this.#engine.store.machines(this.#space.id);
    const found = stored.findLast((candidate) => candidate.id === name || candidate.hash === name);
    if (found !== undefined) return this.#engine.machine(this.#space, found.hash, found.id);
    const known = [...new Set(stored.map(({ id }) => id))];
    throw new FsmError('MACHINE_UNKNOWN', `There is no machine "${name}" in tenant "${this.#space.id}".`, {
      hint: known.length === 0 ? 'Register a machine first.' : `Known machines: ${known.slice(0, 10).join(', ')}.`,
      details: { asked: name, known: known.slice(0, 100) },
    });
  }
}

function infoOf(loaded: LoadedMachine): MachineInfo {
  const { id, version, hash } = loaded.machine;
  return { id, version, hash };
}
