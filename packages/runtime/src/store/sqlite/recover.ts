import type { DatabaseSync } from 'node:sqlite';
import { CHAIN_START, chainHash } from '../chain.ts';
import { journalDamaged } from '../errors.ts';
import { pragma, row } from './database.ts';
import { type Head, Tail } from './tail.ts';

export interface JournalRow {
  readonly n: number;
  readonly instance: number;
  readonly sequence: number;
  readonly previous: number;
  readonly at: number;
  readonly tenant: string | null;
  readonly name: string | null;
  readonly text: string;
  readonly hash: string;
}

export const journalColumns = 'n, instance, sequence, previous, at, tenant, name, text, hash';

/** Which line a row holds. */
export interface JournalPlace {
  readonly instance: number;
  readonly sequence: number;
  readonly hash: string;
}

export function placeOf(database: DatabaseSync, n: number): JournalPlace | undefined {
  return row<JournalPlace>(database.prepare('SELECT instance, sequence, hash FROM journal WHERE n = ?'), n);
}

/** Where an instance stands while its rows are read in order. */
interface Reached {
  readonly n: number;
  readonly sequence: number;
  readonly hash: string;
}

export interface Recovered {
  readonly tail: Tail;
  /** The latest `at` of any line. */
  readonly lastTime: number;
  readonly lastNumber: number;
  readonly instances: number;
  readonly storeId: string;
  readonly newest: JournalPlace | undefined;
  /** The watermark in the database. */
  readonly watermark: number;
}

/**
 * Reads the rows after the watermark: rebuilds what the store knows of lines that no record covers, and checks that
 * these rows are dense and continue the chain of their instances.
 *
 * @throws JOURNAL_DAMAGED
 */
export function recover(database: DatabaseSync, location: string): Recovered {
  const meta = database.prepare('SELECT value FROM meta WHERE key = ?');
  const value = (key: string) => row<{ value: number | string }>(meta, key)?.value;
  const watermark = Number(value('watermark') ?? 0);
  const recordOf = database.prepare('SELECT sequence, head AS n FROM instances WHERE number = ?');
  const chain = new ChainCheck(database, location, watermark);
  const tail = new Tail(watermark);
  const recorded = new Map<number, Head | undefined>();
  const unrecorded = new Set<number>();
  let lastTime = Number(value('time') ?? 0);
  let lastNumber =
    row<{ last: number | null }>(database.prepare('SELECT max(number) AS last FROM instances'))?.last ?? 0;

  const newer = database.prepare(`SELECT ${journalColumns} FROM journal WHERE n > ? ORDER BY n`);
  for (const found of newer.iterate(watermark)) {
    const line = found as unknown as JournalRow;
    chain.next(line);
    const { instance, sequence, at, tenant, name } = line;
    if (!recorded.has(instance)) recorded.set(instance, row<Head>(recordOf, instance));
    const record = recorded.get(instance);
    if (at > lastTime) lastTime = at;
    if (instance > lastNumber) lastNumber = instance;
    if (record !== undefined && sequence <= record.sequence) {
      tail.appendCovered();
      continue;
    }
    if (record === undefined) unrecorded.add(instance);
    tail.append(instance, record, tenant === null || name === null ? undefined : { tenant, name });
  }
  tail.advance();

  const count = row<{ count: number }>(database.prepare('SELECT count(*) AS count FROM instances'))?.count ?? 0;
  const newest = row<{ n: number | null }>(database.prepare('SELECT max(n) AS n FROM journal'))?.n ?? 0;
  if (newest !== tail.last) {
    throw journalDamaged(location, {
      what: `rows up to ${watermark} are said to be complete, but the newest one is ${newest}`,
      details: { watermark, newest },
    });
  }
  for (const [instance, record] of recorded) {
    const reached = chain.reached(instance)!;
    if (record !== undefined && record.sequence > reached.sequence) {
      throw journalDamaged(location, {
        what: `the record of instance ${instance} reflects line ${record.sequence}, but its newest is ${reached.sequence}`,
        details: { instance, record: record.sequence, newest: reached.sequence },
      });
    }
  }
  return {
    tail,
    lastTime,
    lastNumber,
    instances: count + unrecorded.size,
    storeId: String(value('id')),
    newest: placeOf(database, newest),
    watermark,
  };
}

/** Follows rows in order and refuses the first that does not continue the numbering or its instance's chain. */
export class ChainCheck {
  readonly #location: string;
  readonly #reached = new Map<number, Reached>();
  readonly #before: ReturnType<DatabaseSync['prepare']>;
  #n: number;

  constructor(database: DatabaseSync, location: string, after: number) {
    this.#location = location;
    this.#n = after;
    this.#before = database.prepare('SELECT n, instance, sequence, hash FROM journal WHERE n = ?');
  }

  reached(instance: number): Reached | undefined {
    return this.#reached.get(instance);
  }

  next(line: JournalRow): void {
    const { n, instance, sequence } = line;
    if (n !== this.#n + 1) {
      const missing = n - this.#n - 1;
      throw this.#damaged(`${missing === 1 ? 'row' : `${missing} rows from`} ${this.#n + 1} missing`, line);
    }
    const reached = this.#reached.get(instance) ?? this.#stored(line);
    if (reached.n !== line.previous || reached.sequence !== sequence - 1) {
      throw this.#damaged(`row ${n} (line ${sequence} of instance ${instance}) does not follow its line before`, line);
    }
    if (chainHash(reached.hash, line.text) !== line.hash) {
      throw this.#damaged(`the hash of row ${n} (line ${sequence} of instance ${instance}) does not match`, line);
    }
    if (sequence === 1 && (line.tenant === null || line.name === null)) {
      throw this.#damaged(`row ${n} creates instance ${instance} without its owner`, line);
    }
    this.#reached.set(instance, { n, sequence, hash: line.hash });
    this.#n = n;
  }

  #stored(line: JournalRow): Reached {
    const start = { n: 0, sequence: 0, hash: CHAIN_START };
    if (line.previous === 0) return start;
    const found = row<Reached & { instance: number }>(this.#before, line.previous);
    return found?.instance === line.instance ? found : { ...start, n: -1 };
  }

  #damaged(what: string, { n, instance, sequence }: JournalRow) {
    return journalDamaged(this.#location, { what, details: { n, instance, sequence } });
  }
}

/** A number that changes whenever another connection committed. */
export function dataVersion(database: DatabaseSync): number {
  return Number(pragma(database, 'data_version'));
}
