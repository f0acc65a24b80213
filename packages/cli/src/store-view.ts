import { FsmError } from '@fsm/core';
import {
  type Entry,
  type HistoryEntry,
  type InstanceState,
  type InstanceSummary,
  type InstanceView,
  openRuntime,
  openStore,
  type Page,
  type Runtime,
  type Store,
} from '@fsm/runtime';
import type { Output } from './output.ts';

type Found = NonNullable<Awaited<ReturnType<Store['find']>>>;
type Summary = Awaited<ReturnType<Store['list']>>[number];

/**
 * A tenant's part of a store, for looking only: beside the process that writes it, after a crash, and without the code of
 * its machines, which only instances need whose newest lines are not in their record yet.
 */
export class StoreView {
  readonly #store: Store;
  readonly #tenant: string;
  readonly #output: Output;
  #runtime: Runtime | undefined;

  private constructor(store: Store, tenant: string, output: Output) {
    this.#store = store;
    this.#tenant = tenant;
    this.#output = output;
  }

  /** Opens a store, lets `look` look, and closes it. Throws OPTION_MISSING without `db`, and what opening throws. */
  static async with<T>(
    { db, tenant }: { readonly db?: string; readonly tenant: string },
    output: Output,
    look: (view: StoreView) => Promise<T>,
  ): Promise<T> {
    // Checked here and not by the option parser, which would say so before it says that an option is misspelt.
    if (db === undefined) {
      throw new FsmError('OPTION_MISSING', 'The option --db is missing.', { hint: 'Name the store: --db loans.db' });
    }
    const store = openStore(db, { readOnly: true });
    await store.open();
    const view = new StoreView(store, tenant, output);
    try {
      return await look(view);
    } finally {
      await view.#runtime?.close();
      await store.close();
    }
  }

  /** Instances by name, a page at a time. */
  async list({ after, limit }: { readonly after?: string; readonly limit: number }): Promise<Page<InstanceSummary>> {
    const stored = await this.#store.list(this.#tenant, { limit: limit + 1, ...(after && { after }) });
    const unsettled = new Set(await this.#store.unsettled());
    const items: InstanceSummary[] = [];
    for (const summary of stored.slice(0, limit)) {
      items.push(unsettled.has(summary.number) ? summaryOfView(await this.get(summary.name)) : summaryOf(summary));
    }
    const last = items.at(-1)?.instance;
    return stored.length > limit && last !== undefined ? { items, next: last } : { items };
  }

  /** One instance as it is now. Throws INSTANCE_UNKNOWN. */
  async get(instance: string): Promise<InstanceView> {
    const found = await this.#find(instance);
    if (found.record !== undefined && found.lines.length === 0) return recordedView(found, found.record);
    try {
      return await (await this.#open()).tenant(this.#tenant).get(instance);
    } catch (error) {
      if (found.record === undefined || !needsCode(error)) throw error;
      const { sequence } = found.record;
      this.#output.notice(`${instance} is shown as of line ${sequence}: what came later needs the code of its machine`);
      return recordedView(found, found.record);
    }
  }

  /** Journal lines of an instance. Throws INSTANCE_UNKNOWN. */
  async history(instance: string, from: number, limit: number): Promise<readonly HistoryEntry[]> {
    const { number } = await this.#find(instance);
    const lines = await this.#store.lines(number, from, limit);
    return lines.map(({ text, hash }) => ({ ...(JSON.parse(text) as Entry), hash }));
  }

  async #find(instance: string): Promise<Found> {
    const found = await this.#store.find(this.#tenant, instance);
    if (found !== undefined) return found;
    const message = `There is no instance "${instance}" in tenant "${this.#tenant}".`;
    const tenants = await this.#store.tenants();
    throw new FsmError('INSTANCE_UNKNOWN', message, {
      hint: tenants.includes(this.#tenant) ? 'List what there is: fsm list --db …' : tenantHint(tenants),
      details: { instance, tenants: tenants.slice(0, 100) },
    });
  }

  /** A runtime that wakes nobody: of a store in use there may be many instances with work, and one is asked for. */
  async #open(): Promise<Runtime> {
    const store = this.#store;
    this.#runtime ??= await openRuntime({
      readOnly: true,
      store: {
        name: store.name,
        location: store.location,
        open: () => undefined,
        close: () => undefined,
        unsettled: () => [],
        commit: (commit) => store.commit(commit),
        find: (tenant, name) => store.find(tenant, name),
        load: (number) => store.load(number),
        lines: (number, from, limit) => store.lines(number, from, limit),
        list: (tenant, query) => store.list(tenant, query),
        tenants: () => store.tenants(),
        due: (time, limit) => store.due(time, limit),
        nextWake: (time) => store.nextWake(time),
        machine: (tenant, hash) => store.machine(tenant, hash),
        machines: (tenant) => store.machines(tenant),
        status: () => store.status(),
      },
    });
    return this.#runtime;
  }
}

function tenantHint(tenants: readonly string[]): string {
  if (tenants.length === 0) return 'The store is empty: run a machine with this --db first.';
  return `The store has the tenants ${tenants.slice(0, 10).join(', ')}: name one with --tenant.`;
}

function needsCode(error: unknown): boolean {
  return FsmError.is(error) && (error.code === 'MACHINE_UNKNOWN' || error.code === 'MACHINE_INVALID');
}

function recordedView({ owner }: Found, record: NonNullable<Found['record']>): InstanceView {
  const { snapshot, executions, outbox } = JSON.parse(record.text) as InstanceState;
  const { sequence, at, status } = record;
  return {
    instance: owner.name,
    machine: snapshot.machine,
    status,
    sequence,
    at,
    snapshot,
    executions: Object.entries(executions ?? {}).map(([invocation, { state, at, steps }]) => ({
      invocation,
      state,
      at,
      steps: Object.keys(steps ?? {}).length,
    })),
    outbox: outbox ?? [],
  };
}

function summaryOf({ name, machine, status, configuration, sequence, at }: Summary): InstanceSummary {
  const states = configuration === '' ? [] : configuration.split(',');
  return { instance: name, machine, status, configuration: states, sequence, at };
}

function summaryOfView({ instance, machine, status, snapshot, sequence, at }: InstanceView): InstanceSummary {
  return { instance, machine: machine.hash, status, configuration: snapshot.configuration, sequence, at };
}
