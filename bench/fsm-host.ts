import { equal } from 'node:assert/strict';
import { join } from 'node:path';
import { type OutsideEvent, openRuntime, type Runtime, type RuntimeOptions, type Tenant } from '@fsm/runtime';
import { flat } from './machines.ts';

/** Our side of the durable benchmarks: a runtime over a SQLite file with everything on, as users get it. */
export class FsmHost {
  readonly #runtime: Runtime;
  readonly #tenant: Tenant;

  private constructor(runtime: Runtime, tenant: Tenant) {
    this.#runtime = runtime;
    this.#tenant = tenant;
  }

  static async open(directory: string, options: RuntimeOptions = {}): Promise<FsmHost> {
    const runtime = await openRuntime({ store: join(directory, 'fsm.db'), ...options });
    const tenant = runtime.tenant('bench');
    await tenant.register(flat);
    return new FsmHost(runtime, tenant);
  }

  async create(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#tenant.create(flat.id, name)));
  }

  send(name: string, event: OutsideEvent): Promise<unknown> {
    return this.#tenant.send(name, event);
  }

  async liveInstances(): Promise<number> {
    return (await this.#runtime.status()).liveInstances;
  }

  close(): Promise<void> {
    return this.#runtime.close();
  }
}

/**
 * Opens what a round left on disk and throws unless every instance holds the count its events explain and the journal
 * holds a line for each of them. Opening verifies the hash chain.
 */
export async function assertStored(directory: string, names: readonly string[], eventsEach: number): Promise<void> {
  const runtime = await openRuntime({ store: join(directory, 'fsm.db'), readOnly: true });
  try {
    const { store } = await runtime.status();
    equal(store.lines, names.length * (eventsEach + 1));
    const tenant = runtime.tenant('bench');
    for (const name of names) {
      const { sequence, snapshot } = await tenant.get(name);
      equal(sequence, eventsEach + 1);
      equal(snapshot.context.count, eventsEach);
    }
  } finally {
    await runtime.close();
  }
}
