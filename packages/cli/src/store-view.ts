import { FsmError } from '@fsm/core';
import {
  type HistoryEntry,
  type InstanceSummary,
  type InstanceView,
  openRuntime,
  type Page,
  type Runtime,
} from '@fsm/runtime';
import type { Output } from './output.ts';

/**
 * A tenant's part of a store, for looking only: beside the process that writes it, after a crash, and as far as possible
 * without the code of its machines.
 */
export class StoreView {
  readonly #runtime: Runtime;
  readonly #tenant: string;
  readonly #output: Output;

  private constructor(runtime: Runtime, tenant: string, output: Output) {
    this.#runtime = runtime;
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
    const runtime = await openRuntime({ store: db, readOnly: true });
    try {
      return await look(new StoreView(runtime, tenant, output));
    } finally {
      await runtime.close();
    }
  }

  /** Instances by name, a page at a time. */
  list(query: { readonly after?: string; readonly limit: number }): Promise<Page<InstanceSummary>> {
    return this.#runtime.tenant(this.#tenant).list(query);
  }

  /** One instance as it is now. Throws INSTANCE_UNKNOWN. */
  async get(instance: string): Promise<InstanceView> {
    const view = await this.#ask(() => this.#runtime.tenant(this.#tenant).get(instance));
    if (view.unread !== undefined) {
      const shown = `${instance} is shown as of line ${view.sequence}`;
      this.#output.notice(`${shown}: what came later needs the code of its machine`);
    }
    return view;
  }

  /** Journal lines of an instance. Throws INSTANCE_UNKNOWN. */
  history(instance: string, from: number, limit: number): Promise<readonly HistoryEntry[]> {
    return this.#ask(() => this.#runtime.tenant(this.#tenant).history(instance, { from, limit }));
  }

  /** An instance may be unknown only because its tenant is another one. */
  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!FsmError.is(error) || error.code !== 'INSTANCE_UNKNOWN') throw error;
      const tenants = await this.#runtime.tenants();
      throw new FsmError(error.code, error.message, {
        hint: tenants.includes(this.#tenant) ? 'List what there is: fsm list --db …' : tenantHint(tenants),
        details: { ...error.details, tenants: tenants.slice(0, 100) },
      });
    }
  }
}

function tenantHint(tenants: readonly string[]): string {
  if (tenants.length === 0) return 'The store is empty: run a machine with this --db first.';
  return `The store has the tenants ${tenants.slice(0, 10).join(', ')}: name one with --tenant.`;
}
