import {
  FsmError,
  type Implementations,
  type Json,
  type JsonObject,
  type MachineDefinition,
  type Snapshot,
} from '@fsm/core';
import {
  createRegistry,
  createServices,
  type Dependency,
  type Missed,
  type Override,
  type Registry,
  type Services,
} from '@fsm/effects';
import { type Clock, systemClock } from './clock.ts';
import type { ApprovalAnswer, PendingApproval } from './engine/approvals.ts';
import { Engine } from './engine/engine.ts';
import type { RunningExecution } from './engine/execution.ts';
import type { RuntimeObserver } from './engine/observer.ts';
import type { Receipt } from './engine/receipt.ts';
import type { ExecutionProgress } from './engine/spectators.ts';
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
import type { Telemetry } from './telemetry/telemetry.ts';

export interface RuntimeOptions {
  /** A store, or where one is: `orders.db` (SQLite), `orders/` (JSON lines), `memory:`. In memory when not given. */
  readonly store?: Store | string;
  /** Effect kinds and functions; the built-in kinds without functions when not given. */
  readonly registry?: Registry;
  /** Guards and actions that definitions refer to by name. */
  readonly implementations?: Implementations;
  /** Plugins: {@link definePlugin}, `loggerPlugin`, `auditPlugin`. What they bring along every machine may use. */
  readonly plugins?: readonly Plugin[];
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly observer?: RuntimeObserver;
  /** Traces and metrics: {@link openTelemetry}. None when not given. */
  readonly telemetry?: Telemetry;
  /** What executions share: breakers, slots, rates, caches. The runtime's own, closed with it, when not given. */
  readonly services?: Services;
  /** Only looks: no lock, no timers, no effects, and works beside the process that writes. */
  readonly readOnly?: boolean;
  /** With `false`, instances that have work stay asleep until somebody asks for them: to repair one without running the others. */
  readonly awaken?: boolean;
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
 * Throws PLUGIN_EXISTS, PLUGIN_CLASH, and what opening the store throws: STORE_LOCKED, STORE_FOREIGN, STORE_VERSION, STORE_READ_ONLY, JOURNAL_DAMAGED …
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const { store = 'memory:', readOnly = false, services = createServices() } = options;
  const plugins = new RegisteredPlugins(options.plugins ?? []);
  const { contributions } = plugins;
  const engine = new Engine({
    store: typeof store === 'string' ? openStore(store, { readOnly }) : store,
    registry: contributions.registry(options.registry ?? createRegistry()),
    implementations: contributions.implementations(options.implementations, 'the options of the runtime'),
    plugins,
    clock: options.clock ?? systemClock,
    limits: { ...defaultLimits, ...options.limits },
    observer: options.observer ?? {},
    services,
    telemetry: options.telemetry,
    readOnly,
    awaken: options.awaken ?? true,
    afterTurn: options.afterTurn ?? ((callback) => void setImmediate(callback)),
  });
  await engine.open();
  return new Runtime(engine, options.services === undefined ? services : undefined);
}

/** A running engine over one store. Data is reached through `tenant` only. */
export class Runtime {
  readonly #engine: Engine;
  readonly #services: Services | undefined;

  /** @param services what it disposes of when it is closed */
  constructor(engine: Engine, services?: Services) {
    this.#engine = engine;
    this.#services = services;
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
  async close(): Promise<void> {
    await this.#engine.close();
    await this.#services?.close();
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
  /** The trace it belongs to, as W3C Trace Context writes it; {@link traceOf} takes it from a header. Kept in the journal. */
  readonly traceparent?: string;
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
    const found = this.#engine.machineNamed(this.#space, machine);
    const loaded = found instanceof Promise ? await found : found;
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

  /**
   * Cancels an effect that an instance runs, or all of them: their signals are aborted, each ends as failed with
   * EXECUTION_CANCELLED, which the machine meets like any failure, and what they did is undone (`compensated` waits for
   * that). Resolves to the invocation ids that were cancelled, once that is on stable storage.
   *
   * Throws INSTANCE_UNKNOWN, INVOCATION_UNKNOWN.
   */
  cancel(instance: string, invocation?: string): Promise<readonly string[]> {
    return this.#engine.cancel(this.#space, instance, invocation);
  }

  /** Resolves when an instance has undone what its cancelled effects did. Throws INSTANCE_UNKNOWN. */
  compensated(instance: string): Promise<void> {
    return this.#engine.compensated(this.#space, instance);
  }

  /**
   * What the tenant's effects depend on, as it is now: circuit breakers, bulkheads, rates, caches and batches by name. They
   * appear when an effect first uses them and start afresh with the process.
   */
  dependencies(): readonly Dependency[] {
    return this.#engine.services.view(this.id, this.#engine.clock.now());
  }

  /**
   * Forces a dependency, until that is taken back or the process ends; says how it is then.
   *
   * ```ts
   * acme.override('payments', { circuit: 'open' }); // nobody calls it
   * acme.override('payments', { circuit: 'automatic', slots: 2 });
   * ```
   *
   * Throws DEPENDENCY_UNKNOWN, OVERRIDE_INVALID.
   */
  override(dependency: string, change: Override): readonly Dependency[] {
    return this.#engine.services.override(this.id, dependency, change, this.#engine.clock.now());
  }

  /**
   * Executions that run in this process, of an instance or of all, each with the nodes that work or wait at the moment.
   *
   * Throws INSTANCE_UNKNOWN.
   */
  async executions(instance?: string): Promise<readonly RunningExecution[]> {
    const instances =
      instance === undefined ? [...this.#space.instances.values()] : [await this.#engine.find(this.#space, instance)];
    return instances.flatMap(({ executions }) => [...(executions?.values() ?? [])].map((execution) => execution.view));
  }

  /**
   * What the nodes of running executions do from now on, of an instance or of all, to be read once; it ends with the runtime, or
   * when the reader stops.
   *
   * ```ts
   * for await (const { instance, path, kind, phase, duration } of acme.watch('order-1')) console.log(path, kind, phase);
   * ```
   *
   * A reader that is too slow misses what nodes say of themselves (`progressed`) first; the next report says how many it
   * missed. A node that began before is not reported: `executions` tells what runs already. Throws ID_INVALID.
   */
  watch(
    instance?: string,
    options: { readonly buffer?: number } = {},
  ): AsyncIterableIterator<ExecutionProgress & Missed> {
    return this.#engine.watch(this.#space, instance, options.buffer);
  }

  /**
   * What people are asked for by `request_approval`, the oldest first.
   *
   * ```ts
   * for (const { instance, id, title } of await acme.approvals()) console.log(`${instance} asks: ${title} (${id})`);
   * ```
   */
  approvals(): Promise<readonly PendingApproval[]> {
    return this.#engine.approvals(this.#space);
  }

  /**
   * Answers what an instance asks for; resolves once the answer is handled and on stable storage.
   *
   * ```ts
   * await acme.answerApproval('loan-7', id, { decision: 'approved', by: 'ann', comment: 'Fine.' });
   * ```
   *
   * Throws INSTANCE_UNKNOWN, APPROVAL_UNKNOWN (it is not asked for now), APPROVER_REFUSED, and what `send` throws.
   */
  answerApproval(instance: string, id: string, answer: ApprovalAnswer): Promise<Receipt> {
    return this.#engine.answerApproval(this.#space, instance, id, answer);
  }
}

function infoOf(loaded: LoadedMachine): MachineInfo {
  const { id, version, hash } = loaded.machine;
  return { id, version, hash };
}
