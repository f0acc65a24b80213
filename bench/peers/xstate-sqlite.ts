import { DatabaseSync } from 'node:sqlite';
import { type Actor, type AnyStateMachine, createActor, type EventObject } from 'xstate';

interface Instance {
  readonly name: string;
  readonly actor: Actor<AnyStateMachine>;
  dirty: boolean;
}

/**
 * XState v5 made durable as well as we know how: one live actor per instance, and all instances that moved since the
 * last commit saved in one transaction (WAL, `synchronous=FULL`) before any of their senders hears back. It keeps the
 * latest snapshot only: no journal, no hash chain, no timers, no deduplication.
 *
 * Tuned by trial: a prepared upsert per row beat one statement over `json_each`, text keys without rowid cost 5 % over
 * integer keys but name instances as ours are named, and `setImmediate` gathers every sender that is ready.
 */
export class XStateSqliteHost {
  readonly #machine: AnyStateMachine;
  readonly #database: DatabaseSync;
  readonly #instances = new Map<string, Instance>();
  readonly #save: (instances: readonly Instance[]) => void;
  #moved: Instance[] = [];
  #waiting: (() => void)[] = [];
  #scheduled = false;

  constructor(machine: AnyStateMachine, file: string) {
    this.#machine = machine;
    this.#database = openSnapshots(file);
    const begin = this.#database.prepare('BEGIN IMMEDIATE');
    const upsert = this.#database.prepare(upsertSnapshot);
    const commit = this.#database.prepare('COMMIT');
    this.#save = (instances) => {
      begin.run();
      for (const { name, actor } of instances) upsert.run(name, JSON.stringify(actor.getPersistedSnapshot()));
      commit.run();
    };
  }

  create(names: readonly string[]): void {
    for (const name of names) {
      this.#instances.set(name, { name, actor: createActor(this.#machine).start(), dirty: false });
    }
    this.#save([...this.#instances.values()]);
  }

  /** Resolves when the state after the event is on disk; instances that send together share one commit. */
  send(name: string, event: EventObject): Promise<void> {
    const instance = this.#instances.get(name)!;
    instance.actor.send(event);
    if (!instance.dirty) {
      instance.dirty = true;
      this.#moved.push(instance);
    }
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** One event, one commit, no gathering: the shortest way to disk. */
  sendAlone(name: string, event: EventObject): void {
    const instance = this.#instances.get(name)!;
    instance.actor.send(event);
    this.#save([instance]);
  }

  #flush(): void {
    const moved = this.#moved;
    const waiting = this.#waiting;
    this.#moved = [];
    this.#waiting = [];
    this.#scheduled = false;
    this.#save(moved);
    for (const instance of moved) instance.dirty = false;
    for (const resolve of waiting) resolve();
  }

  /** The stored `context.count` of every instance, read back from the file. */
  storedCounts(): number[] {
    return readCounts(this.#database);
  }

  close(): void {
    this.#database.close();
  }
}

export const upsertSnapshot =
  'INSERT INTO snapshots (name, snapshot) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET snapshot = excluded.snapshot';

export function openSnapshots(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec('CREATE TABLE IF NOT EXISTS snapshots (name TEXT PRIMARY KEY, snapshot TEXT NOT NULL) WITHOUT ROWID');
  return database;
}

export function readCounts(database: DatabaseSync): number[] {
  return database
    .prepare("SELECT snapshot ->> '$.context.count' AS count FROM snapshots ORDER BY name")
    .all()
    .map((row) => Number(row.count));
}
