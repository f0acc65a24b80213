import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { storeConflict, storeFailed } from '../errors.ts';
import type { HeadRecord } from '../head.ts';
import type { Commit, Line, StoredMachine, StoredRecord } from '../store.ts';
import type { Checkpoints } from './checkpoints.ts';
import { pragma } from './database.ts';
import { commitFailure } from './failure.ts';
import type { Reads } from './reads.ts';
import type { Recovered } from './recover.ts';
import { type Head, Heads, type Tail } from './tail.ts';

/** The watermark in the database may lag this many rows: writing it would cost a page in every commit. */
const watermarkLag = 4096;

/**
 * Commits: one transaction each, into an append-only table without secondary indexes.
 *
 * W1  Memory follows the database: lines enter the tail while the transaction runs and are taken back when it fails;
 *     records leave the tail only after the commit.
 * W2  The first commit is acknowledged only after SQLite confirmed that it syncs each one.
 */
export class Writer {
  readonly #database: DatabaseSync;
  readonly #location: string;
  readonly #tail: Tail;
  readonly #heads = new Heads();
  readonly #reads: Reads;
  readonly #checkpoints: Checkpoints;
  readonly #storeId: string;
  readonly #begin: StatementSync;
  readonly #end: StatementSync;
  readonly #insertLine: StatementSync;
  readonly #putRecord: StatementSync;
  readonly #putMachine: StatementSync;
  readonly #putMeta: StatementSync;
  #watermark: number;
  #checkedSync = false;
  #newest: Pick<Line, 'instance' | 'sequence' | 'hash'> | undefined;
  lastNumber: number;
  lastTime: number;
  instances: number;

  constructor(database: DatabaseSync, location: string, recovered: Recovered, reads: Reads, checkpoints: Checkpoints) {
    this.#database = database;
    this.#location = location;
    this.#reads = reads;
    this.#checkpoints = checkpoints;
    this.#tail = recovered.tail;
    this.#watermark = recovered.watermark;
    this.#storeId = recovered.storeId;
    this.lastNumber = recovered.lastNumber;
    this.lastTime = recovered.lastTime;
    this.instances = recovered.instances;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#end = database.prepare('COMMIT');
    this.#insertLine = database.prepare('INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
    this.#putRecord = database.prepare(`
      INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET
        machine = excluded.machine, sequence = excluded.sequence, hash = excluded.hash, head = excluded.head,
        status = excluded.status, wake = excluded.wake, busy = excluded.busy, configuration = excluded.configuration,
        at = excluded.at, record = excluded.record
      WHERE excluded.sequence >= instances.sequence`);
    this.#putMachine = database.prepare('INSERT INTO machines VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#putMeta = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
    this.#newest = recovered.newest;
  }

  /** @throws STORE_CONFLICT, STORE_FULL, STORE_FAILED */
  commit({ lines, records, machines }: Commit): void {
    const { lastNumber, lastTime, instances } = this;
    const watermark = this.#watermark;
    let taken = 0;
    try {
      this.#checkpoints.beforeCommit();
      this.#begin.run();
      for (const line of lines) {
        this.#append(line);
        taken += 1;
      }
      for (const machine of machines) this.#addMachine(machine);
      for (const record of records) this.#writeRecord(record);
      if (this.#tail.watermark - this.#watermark >= watermarkLag) this.#saveWatermark();
      this.#end.run();
    } catch (error) {
      for (let index = taken - 1; index >= 0; index -= 1) this.#tail.undo(lines[index]!.instance);
      Object.assign(this, { lastNumber, lastTime, instances });
      this.#watermark = watermark;
      this.#rollBack();
      throw commitFailure(this.#location, error);
    }
    if (lines.length > 0) this.#newest = lines[lines.length - 1];
    for (const { number, sequence } of records) {
      const head = this.#tail.cover(number, sequence);
      if (head !== undefined) this.#heads.set(number, head);
    }
    if (records.length > 0) this.#tail.advance();
    if (!this.#checkedSync) this.#checkSync();
    this.#checkpoints.afterCommit();
  }

  get headRecord(): HeadRecord {
    const { instance = 0, sequence = 0, hash = '' } = this.#newest ?? {};
    return { format: 1, store: this.#storeId, lines: this.#tail.last, instance, sequence, hash };
  }

  /** Makes the next opening quick; not doing it loses nothing. */
  settle(): void {
    if (this.#tail.watermark === this.#watermark) return;
    try {
      this.#begin.run();
      this.#saveWatermark();
      this.#end.run();
    } catch {
      this.#rollBack();
    }
  }

  #append(line: Line): void {
    const { instance, sequence, at, text, hash, owner } = line;
    const uncovered = this.#tail.get(instance);
    let head: Head | undefined;
    let previous = 0;
    let newest = 0;
    if (uncovered !== undefined) {
      previous = uncovered.rows[uncovered.rows.length - 1]!;
      newest = uncovered.recorded + uncovered.rows.length;
    } else if (instance <= this.lastNumber) {
      head = this.#recordedHead(instance);
      if (head !== undefined) {
        previous = head.n;
        newest = head.sequence;
      }
    }
    if (sequence !== newest + 1) {
      throw this.#conflict(`line ${sequence} of instance ${instance} after line ${newest}`, {
        instance,
        sequence,
        newest,
      });
    }
    if (sequence === 1) this.#checkNew(line);
    const row = this.#tail.last + 1;
    if (sequence === 1) {
      const { tenant, name } = owner!;
      this.#insertLine.run(row, instance, sequence, previous, at, tenant, name, text, hash);
      this.#tail.append(instance, head, { tenant, name });
      this.instances += 1;
      if (instance > this.lastNumber) this.lastNumber = instance;
    } else {
      this.#insertLine.run(row, instance, sequence, previous, at, null, null, text, hash);
      this.#tail.append(instance, head);
    }
    if (at > this.lastTime) this.lastTime = at;
  }

  #checkNew({ instance, owner }: Line): void {
    if (!Number.isSafeInteger(instance) || instance < 1 || owner === undefined) {
      throw this.#conflict(`the first line of instance ${instance} without a number or an owner`, { instance });
    }
    const holder = this.#reads.numberOf(owner.tenant, owner.name);
    if (holder === undefined) return;
    throw this.#conflict(`instance ${instance} has the name "${owner.name}", which is instance ${holder}'s`, {
      instance,
      holder,
      ...owner,
    });
  }

  #writeRecord(record: StoredRecord): void {
    const { number, tenant, name, machine, sequence, hash, status, wake, busy, configuration, at, text } = record;
    const head = this.#rowOf(number, sequence);
    if (head === undefined) return;
    this.#putRecord.run(
      number,
      tenant,
      name,
      machine,
      sequence,
      hash,
      head,
      status,
      wake ?? null,
      busy ? 1 : 0,
      configuration,
      at,
      text,
    );
  }

  /** The row of a line that a record may reflect; nothing when a newer record is stored already. */
  #rowOf(instance: number, sequence: number): number | undefined {
    const uncovered = this.#tail.get(instance);
    const head = uncovered === undefined ? this.#recordedHead(instance) : undefined;
    const recorded = uncovered?.recorded ?? head?.sequence ?? 0;
    const newest = recorded + (uncovered?.rows.length ?? 0);
    if (sequence > newest || sequence < 1) {
      throw this.#conflict(`a record of instance ${instance} that reflects line ${sequence}; its newest is ${newest}`, {
        instance,
        sequence,
        newest,
      });
    }
    if (sequence < recorded) return undefined;
    if (sequence === recorded) return uncovered?.recordedRow ?? head?.n;
    return uncovered!.rows[sequence - recorded - 1];
  }

  #recordedHead(instance: number): Head | undefined {
    const known = this.#heads.get(instance);
    if (known !== undefined) return known;
    const head = this.#reads.recordedHead(instance);
    if (head !== undefined) this.#heads.set(instance, head);
    return head;
  }

  #addMachine({ tenant, hash, id, version, text }: StoredMachine): void {
    this.#putMachine.run(tenant, hash, id, version ?? null, text);
  }

  #saveWatermark(): void {
    const { watermark } = this.#tail;
    this.#putMeta.run('watermark', watermark);
    this.#putMeta.run('time', this.lastTime);
    this.#watermark = watermark;
  }

  #rollBack(): void {
    try {
      // SQLite has rolled back by itself after some errors.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      return;
    }
  }

  #checkSync(): void {
    const synchronous = pragma(this.#database, 'synchronous');
    const mode = pragma(this.#database, 'journal_mode');
    if (synchronous !== 2 || mode !== 'wal') {
      throw storeFailed(this.#location, `SQLite runs with synchronous=${synchronous} and journal_mode=${mode}`);
    }
    this.#checkedSync = true;
  }

  #conflict(message: string, details: Readonly<Record<string, unknown>>) {
    return storeConflict(this.#location, message, details);
  }
}
