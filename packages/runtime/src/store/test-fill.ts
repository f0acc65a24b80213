import { FsmError } from '@fsm/core';
import { StoreModel } from './contract-model.ts';
import type { Commit, Line, Store } from './store.ts';

/** A store that grows by commits of a few lines each, and the model of what it must hold. */
export class Filling {
  readonly model = new StoreModel();
  readonly #instances: number;
  #round = 0;

  constructor(instances = 5) {
    this.#instances = instances;
  }

  /** The next commit: three lines of changing instances, and sometimes a record. */
  next(): Commit {
    const lines: Line[] = [];
    for (let index = 0; index < 3; index += 1) {
      const number = ((this.#round * 3 + index * 2) % this.#instances) + 1;
      const isNew = !this.model.instances.has(number) && !lines.some(({ instance }) => instance === number);
      const owner = isNew ? { tenant: 'acme', name: `i${number}` } : undefined;
      lines.push(this.model.line(number, `{"round":${this.#round},"index":${index}}`, owner, lines));
    }
    const { instance, sequence } = lines[0]!;
    const records = this.#round % 2 === 0 ? [this.model.record(instance, sequence, lines)] : [];
    this.#round += 1;
    return { lines, records, machines: [] };
  }

  async commit(store: Store, count = 1): Promise<void> {
    for (let done = 0; done < count; done += 1) {
      const commit = this.next();
      await store.commit(commit);
      this.model.apply(commit);
    }
  }
}

/** The histories of all instances. */
export async function contents(store: Store): Promise<Readonly<Record<number, readonly string[]>>> {
  const histories: Record<number, readonly string[]> = {};
  for (const tenant of await store.tenants()) {
    for (const { number } of await store.list(tenant, { limit: 1000 })) {
      const { lines } = { lines: await store.lines(number, 1, 100_000) };
      histories[number] = lines.map(({ text }) => text);
    }
  }
  return histories;
}

export function contentsOf(model: StoreModel): Readonly<Record<number, readonly string[]>> {
  return Object.fromEntries([...model.instances].map(([number, { lines }]) => [number, lines.map(({ text }) => text)]));
}

/** The coded error that the work fails with. */
export async function failure(work: () => unknown): Promise<FsmError> {
  try {
    await work();
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  throw new Error('it should have failed');
}
