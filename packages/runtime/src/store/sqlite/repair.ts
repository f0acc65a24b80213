import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FsmError } from '@fsm/core';
import { syncDirectory, writeAtomically } from '../files.ts';
import { checkHead, type HeadRecord, headText, readHead } from '../head.ts';
import { acquireLock } from '../lock.ts';
import type { LostLines, RepairReport } from '../repair.ts';
import { canonicalPath, checkPlace, openForReading, openForWriting, row, rows } from './database.ts';
import { readFailure, sqliteOpenFailure } from './failure.ts';
import { ChainCheck, type JournalRow, journalColumns, placeOf } from './recover.ts';

interface Diagnosis {
  readonly damage: string | undefined;
  /** The newest row before the damage. */
  readonly good: number;
  readonly lost: number;
  readonly instances: readonly LostLines[];
}

/** See {@link repairStore}. The lines taken out are kept as JSON lines beside the database. */
export function repairSqlite(location: string, accept: boolean): RepairReport {
  const path = canonicalPath(location);
  try {
    if (!accept) {
      const { database } = openForReading(path);
      try {
        return report(location, diagnose(database, path, location), undefined, false);
      } finally {
        database.close();
      }
    }
    checkPlace(path);
    const lock = acquireLock(`${path}.lock`, location);
    try {
      const database = openForWriting(path);
      try {
        const diagnosis = diagnose(database, path, location);
        if (diagnosis.damage === undefined) return report(location, diagnosis, undefined, false);
        const saved = cut(database, path, diagnosis.good);
        writeAtomically(`${path}.head`, headText(headOf(database, diagnosis.good)));
        return report(location, diagnosis, saved, true);
      } finally {
        database.close();
      }
    } finally {
      lock.release();
    }
  } catch (error) {
    throw sqliteOpenFailure(location, error);
  }
}

function report(
  location: string,
  { damage, good, lost, instances }: Diagnosis,
  saved: string | undefined,
  repaired: boolean,
) {
  return { location, damage, kept: good, lost, instances, saved, repaired };
}

/** Checks every row from the first, then the end against the head record. */
function diagnose(database: DatabaseSync, path: string, location: string): Diagnosis {
  const chain = new ChainCheck(database, location, 0);
  let good = 0;
  let damage: string | undefined;
  try {
    for (const found of database.prepare(`SELECT ${journalColumns} FROM journal ORDER BY n`).iterate()) {
      const line = found as unknown as JournalRow;
      chain.next(line);
      good = line.n;
    }
    damage = recordDamage(database);
  } catch (error) {
    damage = damageOf(readFailure(location, error));
  }
  const head = readHead(`${path}.head`);
  const newest = row<{ n: number | null }>(database.prepare('SELECT max(n) AS n FROM journal'))?.n ?? 0;
  const missing = typeof head === 'string' ? 0 : Math.max(0, head.lines - newest);
  damage ??= headDamage(head, database, path, location, newest);
  const instances = rows<LostLines>(
    database.prepare(`
      SELECT instance, min(sequence) AS "from", count(*) AS lines FROM journal WHERE n > ? GROUP BY instance
      ORDER BY instance`),
    good,
  );
  return { damage, good, lost: instances.reduce((sum, { lines }) => sum + lines, missing), instances };
}

function headDamage(
  head: ReturnType<typeof readHead>,
  database: DatabaseSync,
  path: string,
  location: string,
  lines: number,
): string | undefined {
  const store = storeId(database);
  try {
    checkHead(head, { location, path: `${path}.head`, store, lines, line: (n) => placeOf(database, n) });
    return undefined;
  } catch (error) {
    return damageOf(error);
  }
}

function recordDamage(database: DatabaseSync): string | undefined {
  const wrong = row<{ number: number }>(database.prepare(`SELECT number FROM instances WHERE ${unfounded} LIMIT 1`));
  return wrong === undefined
    ? undefined
    : `the record of instance ${wrong.number} does not reflect a line of its journal`;
}

/** Records that do not reflect the line they name. */
const unfounded = `NOT EXISTS (
  SELECT 1 FROM journal
  WHERE n = instances.head AND instance = instances.number AND sequence = instances.sequence AND hash = instances.hash)`;

/** Takes out all rows after `good`, and the records that rest on them. */
function cut(database: DatabaseSync, path: string, good: number): string | undefined {
  const saved = save(database, path, good);
  database.exec('BEGIN IMMEDIATE');
  database.prepare('DELETE FROM journal WHERE n > ?').run(good);
  database.prepare(`DELETE FROM instances WHERE ${unfounded}`).run();
  // Instances whose records went have lines that no record covers, anywhere in the journal.
  database.prepare("UPDATE meta SET value = 0 WHERE key = 'watermark'").run();
  database.exec('COMMIT');
  return saved;
}

function save(database: DatabaseSync, path: string, good: number): string | undefined {
  const after = database.prepare(`SELECT ${journalColumns} FROM journal WHERE n > ? ORDER BY n`);
  let saved: string | undefined;
  let file: number | undefined;
  try {
    for (const line of after.iterate(good)) {
      saved ??= freeName(path);
      file ??= openSync(saved, 'wx');
      writeSync(file, `${JSON.stringify(line)}\n`);
    }
    if (file !== undefined) fsyncSync(file);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  if (saved !== undefined) syncDirectory(dirname(path));
  return saved;
}

function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = `${path}.lost-${number}.jsonl`;
    if (!existsSync(name)) return name;
  }
}

function headOf(database: DatabaseSync, lines: number): HeadRecord {
  const { instance, sequence, hash } = placeOf(database, lines) ?? { instance: 0, sequence: 0, hash: '' };
  return { format: 1, store: storeId(database), lines, instance, sequence, hash };
}

function storeId(database: DatabaseSync): string {
  const found = row<{ value: string }>(database.prepare("SELECT value FROM meta WHERE key = 'id'"));
  return String(found?.value);
}

/** The sentence part of a damage. */
function damageOf(error: unknown): string {
  if (!FsmError.is(error) || error.code !== 'JOURNAL_DAMAGED') throw error;
  return String(error.details?.damage ?? error.message);
}
