import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { FsmError } from '@fsm/core';
import { journalDamaged, storeClosed, storeReadOnly } from '../errors.ts';
import { checkHead, HeadKeeper, type HeadRecord, readHead } from '../head.ts';
import { acquireLock, type StoreLock } from '../lock.ts';
import type { OpenOptions } from '../options.ts';
import type {
  Commit,
  Found,
  ListQuery,
  Store,
  StoredLine,
  StoredMachine,
  StoredSummary,
  StoreStatus,
} from '../store.ts';
import { type CheckpointLimits, Checkpoints, checkpointLimits } from './checkpoints.ts';
import { canonicalPath, checkPlace, checkSqliteVersion, openForWriting } from './database.ts';
import { readFailure, sqliteOpenFailure } from './failure.ts';
import { Reader } from './reader.ts';
import { Reads } from './reads.ts';
import { placeOf, type Recovered, recover } from './recover.ts';
import { Writer } from './writer.ts';

export interface SqliteOptions extends OpenOptions {
  /** When the log is copied back and when commits wait for that; see {@link CheckpointLimits}. */
  readonly checkpoints?: Partial<CheckpointLimits>;
}

/** What a store that writes holds on to while it is open. */
interface WritingSession {
  readonly database: DatabaseSync;
  readonly recovered: Recovered;
  readonly reads: Reads;
  readonly writer: Writer;
  readonly checkpoints: Checkpoints;
  readonly head: HeadKeeper;
  readonly lock: StoreLock;
}

/**
 * The default store: one SQLite file in write-ahead mode, synced at each commit.
 *
 * Beside `<path>` live SQLite's `-wal` and `-shm`, the head record `<path>.head` (see {@link HeadRecord}) and the lock
 * `<path>.lock`. The journal is one append-only table in commit order, in which each row points to its instance's row
 * before; records are the table `instances`. `Tail` knows the lines that no record covers, `Writer` commits, `Reads`
 * answers, `Checkpoints` keeps the log short, `recover` checks and rebuilds at opening.
 *
 * ```ts
 * const store = new SqliteStore('/data/fsm.db');
 * store.open();
 * store.commit({ lines, records: [], machines: [] }); // on stable storage when it returns
 * store.close();
 * ```
 */
export class SqliteStore implements Store {
  readonly name = 'sqlite';
  readonly location: string;
  #path: string;
  readonly #options: SqliteOptions;
  #writing: WritingSession | undefined;
  #reader: Reader | undefined;
  #failed: FsmError | undefined;

  constructor(path: string, options: SqliteOptions = {}) {
    this.location = path;
    this.#path = path;
    this.#options = options;
  }

  /**
   * @throws STORE_NOT_A_FILE, STORE_NOT_FOUND, STORE_FOREIGN, STORE_VERSION, STORE_READ_ONLY, STORE_LOCKED, STORE_FULL,
   * STORE_FAILED, STORE_UNSUPPORTED, JOURNAL_DAMAGED
   */
  open(): void {
    if (this.#writing !== undefined || this.#reader !== undefined) return;
    this.#failed = undefined;
    try {
      checkSqliteVersion();
      this.#path = canonicalPath(this.location);
      // Read before the database, so that a live writer's head is never newer than what is compared with it.
      const head = readHead(this.#headPath);
      if (this.#options.readOnly) {
        this.#reader = new Reader(this.#path, this.location, (database, recovered) =>
          this.#checkHead(head, database, recovered),
        );
      } else this.#writing = this.#openForWriting(head);
    } catch (error) {
      throw sqliteOpenFailure(this.location, error);
    }
  }

  commit(commit: Commit): void {
    if (this.#failed !== undefined) throw this.#failed;
    const session = this.#writing;
    if (session === undefined) {
      throw this.#reader === undefined ? storeClosed(this.location) : storeReadOnly(this.location);
    }
    try {
      session.writer.commit(commit);
    } catch (error) {
      if (FsmError.is(error) && error.code === 'STORE_FAILED') this.#failed = error;
      throw error;
    }
    session.head.changed();
  }

  find(tenant: string, name: string): Found | undefined {
    return this.#read((reads) => reads.find(tenant, name));
  }

  load(number: number): Found | undefined {
    return this.#read((reads) => reads.load(number));
  }

  lines(number: number, from: number, limit: number): readonly StoredLine[] {
    return this.#read((reads) => reads.lines(number, from, limit));
  }

  list(tenant: string, query: ListQuery): readonly StoredSummary[] {
    return this.#read((reads) => reads.list(tenant, query));
  }

  tenants(): readonly string[] {
    return this.#read((reads) => reads.tenants());
  }

  unsettled(): readonly number[] {
    return this.#read((reads) => reads.unsettled());
  }

  due(time: number, limit: number): readonly number[] {
    return this.#read((reads) => reads.due(time, limit));
  }

  nextWake(time: number): number | undefined {
    return this.#read((reads) => reads.nextWake(time));
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    return this.#read((reads) => reads.machine(tenant, hash));
  }

  machines(tenant: string): readonly StoredMachine[] {
    return this.#read((reads) => reads.machines(tenant));
  }

  status(): StoreStatus {
    return this.#read((_reads, { tail, instances, lastNumber, lastTime }) => {
      const counts = this.#writing?.writer ?? { instances, lastNumber, lastTime };
      return {
        lines: tail.last,
        instances: counts.instances,
        lastNumber: counts.lastNumber,
        lastTime: counts.lastTime,
        bytes: size(this.#path) + size(`${this.#path}-wal`),
      };
    });
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
    const session = this.#writing;
    if (session === undefined) return;
    this.#writing = undefined;
    const { writer, head, checkpoints, database, lock } = session;
    try {
      if (this.#failed === undefined) {
        writer.settle();
        head.close();
      } else {
        head.abandon();
      }
      checkpoints.close();
      database.close();
    } finally {
      lock.release();
    }
  }

  /** Facts about the write-ahead log since opening, for measurements. */
  get log(): { readonly longestPages: number; readonly waits: number; readonly waitedMilliseconds: number } {
    const { longestLog = 0, waits = 0, waited = 0 } = this.#writing?.checkpoints ?? {};
    return { longestPages: longestLog, waits, waitedMilliseconds: waited };
  }

  get #headPath(): string {
    return `${this.#path}.head`;
  }

  #openForWriting(head: HeadRecord | 'missing' | 'unreadable'): WritingSession {
    checkPlace(this.#path);
    this.#refuseVanished(head);
    const lock = acquireLock(`${this.#path}.lock`, this.location);
    let database: DatabaseSync | undefined;
    try {
      database = openForWriting(this.#path);
      const recovered = recover(database, this.location);
      this.#checkHead(head, database, recovered);
      const reads = new Reads(database, recovered.tail, this.location);
      const checkpoints = new Checkpoints(database, this.#path, { ...checkpointLimits, ...this.#options.checkpoints });
      const writer = new Writer(database, this.location, recovered, reads, checkpoints);
      const keeper = new HeadKeeper(this.#headPath, this.#options.headEvery ?? 1000, () => writer.headRecord);
      return { database, recovered, reads, checkpoints, writer, lock, head: keeper };
    } catch (error) {
      database?.close();
      lock.release();
      throw error;
    }
  }

  #checkHead(head: HeadRecord | 'missing' | 'unreadable', database: DatabaseSync, { tail, storeId }: Recovered): void {
    const notice = checkHead(head, {
      location: this.location,
      path: this.#headPath,
      store: storeId,
      lines: tail.last,
      line: (n) => placeOf(database, n),
    });
    if (notice !== undefined) this.#options.onNotice?.(notice);
  }

  /** A head record without its database: making a new one would hide the loss. */
  #refuseVanished(head: HeadRecord | 'missing' | 'unreadable'): void {
    if (typeof head === 'string' || head.lines === 0 || size(this.#path) > 0) return;
    throw journalDamaged(this.location, {
      what: `the database is gone, but ${this.#headPath} says that it held ${head.lines} lines (to start over, remove that file)`,
      details: { missing: head.lines, head },
    });
  }

  #read<Answer>(question: (reads: Reads, recovered: Recovered) => Answer): Answer {
    try {
      if (this.#reader !== undefined) return this.#reader.read(question);
      if (this.#writing === undefined) throw storeClosed(this.location);
      return question(this.#writing.reads, this.#writing.recovered);
    } catch (error) {
      throw readFailure(this.location, error);
    }
  }
}

function size(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
