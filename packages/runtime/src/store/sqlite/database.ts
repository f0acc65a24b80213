import { randomUUID } from 'node:crypto';
import { existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { FsmError } from '@fsm/core';
import { journalDamaged, storeForeign, storeNotAFile, storeNotFound, storeReadOnly, storeVersion } from '../errors.ts';
import { syncDirectory } from '../files.ts';

/** `FSM1`, in the header of every database of ours. */
const applicationId = 0x46534d31;
const format = 1;

/** How long SQLite waits for a lock of another program, such as its own shell, in milliseconds. */
export const busyTimeout = 5000;

const schema = `
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${format};
  CREATE TABLE journal (
    n INTEGER PRIMARY KEY,      -- position in the whole journal, dense from 1
    instance INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    previous INTEGER NOT NULL,  -- n of the instance's previous line, 0 before its first
    at INTEGER NOT NULL,
    tenant TEXT,                -- owner, on first lines only
    name TEXT,
    text TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE TABLE instances (
    number INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    machine TEXT NOT NULL,
    sequence INTEGER NOT NULL,  -- of the line the record reflects
    hash TEXT NOT NULL,
    head INTEGER NOT NULL,      -- n of that line
    status TEXT NOT NULL,
    wake INTEGER,
    busy INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    at INTEGER NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (tenant, name)
  ) STRICT;
  CREATE INDEX instances_wake ON instances (wake) WHERE wake IS NOT NULL;
  CREATE INDEX instances_busy ON instances (number) WHERE busy = 1;
  CREATE TABLE machines (
    tenant TEXT NOT NULL,
    hash TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (tenant, hash)
  ) STRICT;
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
`;

/**
 * The path without symbolic links: the log, the head record and the lock lie beside the file itself, so that two names of
 * one database are one database.
 */
export function canonicalPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const absolute = resolve(path);
    return existsSync(dirname(absolute)) ? join(realpathSync(dirname(absolute)), basename(absolute)) : absolute;
  }
}

/**
 * Refuses a place where no database of ours is or can be made, without writing anything.
 *
 * @throws STORE_NOT_A_FILE, STORE_NOT_FOUND, STORE_FOREIGN, STORE_VERSION
 */
export function checkPlace(path: string): void {
  if (!isMissingOrEmpty(path)) openForReading(path).database.close();
  else if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) throw storeNotFound(path);
}

/**
 * Opens a database of ours for the one writer, making it when it does not exist.
 *
 * @throws STORE_READ_ONLY, STORE_FULL
 */
export function openForWriting(path: string): DatabaseSync {
  if (isMissingOrEmpty(path)) create(path);
  const database = new DatabaseSync(path, { timeout: busyTimeout });
  try {
    // SQLite falls back to reading when it may not write, and says so only at the first write.
    database.exec('BEGIN IMMEDIATE; ROLLBACK');
    configure(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Settings of every connection that writes or checkpoints. */
export function configure(database: DatabaseSync): void {
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA cache_size = -32768;
    PRAGMA temp_store = MEMORY;
  `);
}

/** A reading connection; `still` when it relies on nobody writing the file. */
export interface Reading {
  readonly database: DatabaseSync;
  readonly still: boolean;
}

/**
 * Opens a database of ours for reading only, beside a live writer or after a crash.
 *
 * The caller of a still one looks out for a writer that starts later (see {@link fingerprint}).
 *
 * @throws STORE_NOT_A_FILE, STORE_NOT_FOUND, STORE_FOREIGN, STORE_VERSION
 */
export function openForReading(path: string): Reading {
  if (isMissingOrEmpty(path)) throw storeNotFound(path);
  const reading = openReader(path);
  try {
    identify(reading.database, path);
    return reading;
  } catch (error) {
    reading.database.close();
    throw error;
  }
}

/** Changes whenever somebody wrote, or is about to write, a database that is read as immutable. */
export function fingerprint(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return `${existsSync(`${path}-wal`)} ${ino} ${mtimeMs} ${size}`;
}

function isMissingOrEmpty(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return true;
  if (!found.isFile()) throw storeNotAFile(path);
  return found.size === 0;
}

/**
 * Refuses a file of another program or a newer format. Only reads, so that a foreign log is neither copied nor removed;
 * not by reading the file itself, because closing it would drop the locks that this process may hold on it.
 */
function identify(database: DatabaseSync, path: string): void {
  const application = pragma(database, 'application_id');
  if (application !== applicationId) {
    throw storeForeign(path, `it is an SQLite database with application id ${application}`);
  }
  const found = Number(pragma(database, 'user_version'));
  if (found > format) throw storeVersion(path, found, format);
}

/**
 * Without a log beside the file it is opened as immutable: that needs no files of its own and works on read-only media.
 * With one, the file alone may be half of a checkpoint.
 */
function openReader(path: string): Reading {
  const still = !existsSync(`${path}-wal`);
  const url = pathToFileURL(path);
  if (still) url.searchParams.set('immutable', '1');
  return { still, database: new DatabaseSync(url, { readOnly: true, timeout: busyTimeout }) };
}

/**
 * Builds the database beside its final name and renames it, so that a crash leaves either nothing or a whole one whose
 * identity is in the file itself and not only in its log.
 */
function create(path: string): void {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0) {
    throw journalDamaged(path, { what: `the database is missing while its log ${path}-wal is there` });
  }
  const building = `${path}.new`;
  try {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(building + suffix, { force: true });
    const database = new DatabaseSync(building);
    try {
      database.exec('PRAGMA synchronous = FULL; BEGIN');
      database.exec(schema);
      const meta = database.prepare('INSERT INTO meta VALUES (?, ?)');
      meta.run('id', randomUUID());
      meta.run('watermark', 0);
      meta.run('time', 0);
      database.exec('COMMIT; PRAGMA journal_mode = WAL');
    } finally {
      database.close();
    }
    renameSync(building, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(building, { force: true });
    const code = (error as { errcode?: number }).errcode;
    throw code === 14 || code === 8 ? storeReadOnly(path, error) : error;
  }
}

export function pragma(database: DatabaseSync, name: string): number | string | undefined {
  const found = row<Record<string, number | string>>(database.prepare(`PRAGMA ${name}`));
  return found?.[name];
}

/** The first row of a query, with the shape that its columns have. */
export function row<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | undefined {
  return statement.get(...values) as Row | undefined;
}

/** All rows of a query. */
export function rows<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] {
  return statement.all(...values) as Row[];
}

/** @throws STORE_UNSUPPORTED when SQLite is older than the fix of its log-reset corruption (3.51.3, March 2026) */
export function checkSqliteVersion(version: string = process.versions.sqlite ?? '0'): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  if (major * 1_000_000 + minor * 1000 + patch >= 3_051_003) return;
  throw new FsmError('STORE_UNSUPPORTED', `SQLite ${version} may corrupt a database; 3.51.3 or newer is needed.`, {
    hint: 'Run on the Node version that package.json pins.',
    details: { version },
  });
}
