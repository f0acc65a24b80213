import { DatabaseSync } from 'node:sqlite';
import { storeFailed, storeFull, storeLocked, storeReadOnly } from './errors.ts';

/**
 * One writing process per store, through a lock of the operating system.
 *
 * The lock file is a tiny SQLite database, because that is the one portable way from Node to a lock that the kernel
 * releases when its holder dies, whatever killed it. A file with a process id in it would need to guess whether that
 * process still lives, and guesses wrong after a reboot, with reused ids, and in containers that share a volume but not
 * their process ids. The holder keeps a write transaction open; its process id is the file's `user_version`, which
 * others can read meanwhile, for the message.
 *
 * The file stays after release: removing it would let a third process lock a new file while a second holds the old one.
 *
 * ```ts
 * const lock = acquireLock('/data/fsm.db.lock', '/data/fsm.db');
 * …
 * lock.release();
 * ```
 *
 * @throws STORE_LOCKED with the holder's process id, STORE_READ_ONLY, STORE_FULL
 */
export function acquireLock(path: string, location: string): StoreLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 50 });
    // Nothing in the file is worth a journal: its only content is rewritten by the next holder.
    database.exec('PRAGMA page_size = 512; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN IMMEDIATE');
    database.exec(`PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
    return new StoreLock(database);
  } catch (error) {
    const failure = lockFailure(error, database, location);
    database?.close();
    throw failure;
  }
}

export class StoreLock {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  release(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

function lockFailure(error: unknown, database: DatabaseSync | undefined, location: string) {
  switch (((error as { errcode?: number }).errcode ?? 0) & 0xff) {
    case 5:
    case 6:
      return storeLocked(location, database === undefined ? undefined : holder(database));
    case 8:
    case 14:
      return storeReadOnly(location, error);
    case 13:
      return storeFull(location, error);
    default:
      return storeFailed(location, error);
  }
}

function holder(database: DatabaseSync): number | undefined {
  try {
    return database.prepare('PRAGMA user_version').get()?.user_version as number | undefined;
  } catch {
    return undefined;
  }
}
