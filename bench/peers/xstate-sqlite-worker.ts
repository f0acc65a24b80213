import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Actor, type AnyStateMachine, createActor, type EventObject } from 'xstate';
import { openSnapshots, readCounts, upsertSnapshot } from './xstate-sqlite.ts';

interface Instance {
  readonly name: string;
  readonly actor: Actor<AnyStateMachine>;
  dirty: boolean;
}

/** A batch on its way to the disk: names and snapshots in turn. */
type Batch = readonly string[];

/**
 * The same as `XStateSqliteHost` with the writing in a worker thread, for two cores: while the worker commits one batch,
 * actors already handle the next. A batch leaves early when it is large enough to be worth a commit of its own, which
 * keeps both threads busy even when all senders wait for the same commit.
 */
export class XStateSqliteWorkerHost {
  readonly #machine: AnyStateMachine;
  readonly #file: string;
  readonly #worker: Worker;
  readonly #instances = new Map<string, Instance>();
  readonly #batchSize: number;
  #moved: Instance[] = [];
  #waiting: (() => void)[] = [];
  readonly #committing: (() => void)[][] = [];
  #scheduled = false;

  constructor(machine: AnyStateMachine, file: string, batchSize = 500) {
    this.#machine = machine;
    this.#file = file;
    this.#batchSize = batchSize;
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { xstateSnapshots: file } });
    this.#worker.on('message', () => {
      for (const resolve of this.#committing.shift()!) resolve();
    });
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  async create(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const instance: Instance = { name, actor: createActor(this.#machine).start(), dirty: true };
      this.#instances.set(name, instance);
      this.#moved.push(instance);
    }
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#flush();
    });
  }

  send(name: string, event: EventObject): Promise<void> {
    const instance = this.#instances.get(name)!;
    instance.actor.send(event);
    if (!instance.dirty) {
      instance.dirty = true;
      this.#moved.push(instance);
    }
    const durable = new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#moved.length >= this.#batchSize) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        if (this.#moved.length > 0) this.#flush();
      });
    }
    return durable;
  }

  #flush(): void {
    const batch: string[] = [];
    for (const instance of this.#moved) {
      batch.push(instance.name, JSON.stringify(instance.actor.getPersistedSnapshot()));
      instance.dirty = false;
    }
    this.#committing.push(this.#waiting);
    this.#moved = [];
    this.#waiting = [];
    this.#worker.postMessage(batch);
  }

  storedCounts(): number[] {
    const database = new DatabaseSync(this.#file, { readOnly: true });
    try {
      return readCounts(database);
    } finally {
      database.close();
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#worker.postMessage(undefined);
    await ended;
  }
}

/** The worker's side. */
if (!isMainThread && typeof workerData?.xstateSnapshots === 'string') {
  const database = openSnapshots(workerData.xstateSnapshots);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const upsert = database.prepare(upsertSnapshot);
  const commit = database.prepare('COMMIT');
  const port = parentPort!;
  port.on('message', (batch: Batch | undefined) => {
    if (batch === undefined) {
      database.close();
      port.close();
      return;
    }
    begin.run();
    for (let index = 0; index < batch.length; index += 2) upsert.run(batch[index]!, batch[index + 1]!);
    commit.run();
    port.postMessage(true);
  });
}
