import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { contents, contentsOf, Filling, failure } from '../test-fill.ts';
import { copyFolder, temporaryFolder } from '../test-places.ts';
import { Checkpoints, checkpointLimits } from './checkpoints.ts';
import { checkSqliteVersion, openForWriting } from './database.ts';
import { Reads } from './reads.ts';
import { recover } from './recover.ts';
import { SqliteStore } from './sqlite.ts';
import { Writer } from './writer.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);
vi.setConfig({ testTimeout: 20_000 });

let places = 0;

/** A path in a directory of its own. */
function place(): string {
  places += 1;
  const own = join(folder, String(places));
  mkdirSync(own);
  return join(own, 'fsm.db');
}

/** Every file beside a path with its content's hash. */
function files(path: string): Readonly<Record<string, string>> {
  const own = join(path, '..');
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(own, name)))
      .digest('hex');
  return Object.fromEntries(readdirSync(own).map((name) => [name, hashOf(name)]));
}

describe('what is not a store of ours', () => {
  test('a directory is refused with a path that would do', async () => {
    const path = place();
    mkdirSync(path);
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_NOT_A_FILE', next: 'reject' });
    expect(error.hint).toContain(`${path}/fsm.db`);
  });

  test('a path in a directory that does not exist is refused, and nothing is made', async () => {
    const path = join(folder, 'nowhere', 'deep', 'fsm.db');
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'STORE_NOT_FOUND' });
    expect(readdirSync(folder)).not.toContain('nowhere');
  });

  test('a file that is no database is refused and stays as it is', async () => {
    const path = place();
    writeFileSync(path, 'a diary, and nothing for SQLite. '.repeat(100));
    const before = files(path);
    for (const readOnly of [false, true]) {
      const error = await failure(() => new SqliteStore(path, { readOnly }).open());
      expect(error).toMatchObject({ code: 'STORE_FOREIGN' });
    }
    expect(files(path)).toEqual(before);
  });

  test.each(['DELETE', 'WAL'])('a database of another program in mode %s stays as it is', async (mode) => {
    const path = place();
    const other = new DatabaseSync(path);
    other.exec(
      `PRAGMA journal_mode = ${mode}; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1)`,
    );
    const copy = join(copyFolder(folder, join(path, '..')), 'fsm.db');
    other.close();
    const before = files(copy);
    const error = await failure(() => new SqliteStore(copy).open());
    expect(error).toMatchObject({ code: 'STORE_FOREIGN', details: { location: copy } });
    // Readers of a log may write to SQLite's own memory of it.
    const { 'fsm.db-shm': _, ...kept } = before;
    const { 'fsm.db-shm': __, ...left } = files(copy);
    expect(left).toEqual(kept);
  });

  test('a newer format is refused and stays as it is', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    store.close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 7');
    database.close();
    const before = files(path);
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_VERSION', details: { found: 7, known: 1 } });
    expect(files(path)).toEqual(before);
  });

  test('an empty file becomes a store', () => {
    const path = place();
    writeFileSync(path, '');
    const store = new SqliteStore(path);
    store.open();
    expect(store.status().lines).toBe(0);
    store.close();
  });

  test('an SQLite with the log-reset corruption is refused', async () => {
    expect(() => checkSqliteVersion()).not.toThrow();
    expect(() => checkSqliteVersion('3.51.3')).not.toThrow();
    expect(() => checkSqliteVersion('4.0.0')).not.toThrow();
    for (const version of ['3.51.2', '3.45.1', '2.99.99']) {
      expect(await failure(() => checkSqliteVersion(version))).toMatchObject({ code: 'STORE_UNSUPPORTED' });
    }
  });
});

describe('durability', () => {
  test('a commit that SQLite would not sync is not acknowledged', async () => {
    const path = place();
    const database = openForWriting(path);
    const recovered = recover(database, path);
    const reads = new Reads(database, recovered.tail, path);
    const writer = new Writer(database, path, recovered, reads, new Checkpoints(database, path, checkpointLimits));
    database.exec('PRAGMA synchronous = NORMAL');
    const error = await failure(() => writer.commit(new Filling().next()));
    expect(error).toMatchObject({ code: 'STORE_FAILED', next: 'stop' });
    expect(error.message).toContain('synchronous=1');
    database.close();
  });

  test('an open store syncs each commit', () => {
    const path = place();
    const database = openForWriting(path);
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    database.close();
  });

  test('closing leaves the database, the head record and the lock, and no log', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    await new Filling().commit(store, 20);
    expect(Object.keys(files(path))).toContain('fsm.db-wal');
    store.close();
    expect(Object.keys(files(path)).sort()).toEqual(['fsm.db', 'fsm.db.head', 'fsm.db.lock']);
  });

  test('after an input or output error nothing is accepted any more', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    const filling = new Filling();
    await filling.commit(store, 3);
    // The schema changes under the store, which SQLite can only report as a plain error: an unknown outcome.
    const other = new DatabaseSync(path);
    other.exec('ALTER TABLE journal RENAME TO elsewhere');
    other.close();
    const first = await failure(() => store.commit(filling.next()));
    expect(first).toMatchObject({ code: 'STORE_FAILED', next: 'stop' });
    const repaired = new DatabaseSync(path);
    repaired.exec('ALTER TABLE elsewhere RENAME TO journal');
    repaired.close();
    expect(await failure(() => store.commit(filling.next()))).toBe(first);
    store.close();
    const again = new SqliteStore(path);
    again.open();
    expect(await contents(again)).toEqual(contentsOf(filling.model));
    await filling.commit(again);
    again.close();
  });
});

describe('one writer', () => {
  test('a second one in the same process is refused by name, and one after closing is not', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_LOCKED', details: { pid: process.pid } });
    expect(error.message).toContain('this process');
    await new Filling().commit(store);
    store.close();
    const next = new SqliteStore(path);
    next.open();
    next.close();
  });

  test('a failed opening leaves no lock behind', async () => {
    const path = place();
    writeFileSync(path, 'no database '.repeat(100));
    await failure(() => new SqliteStore(path).open());
    writeFileSync(path, '');
    const store = new SqliteStore(path);
    store.open();
    store.close();
  });
});

describe('reading beside a writer', () => {
  test('sees what the writer has committed meanwhile, and takes nothing', async () => {
    const path = place();
    const writer = new SqliteStore(path);
    writer.open();
    const filling = new Filling();
    await filling.commit(writer, 2);
    const reader = new SqliteStore(path, { readOnly: true });
    reader.open();
    for (let round = 0; round < 5; round += 1) {
      expect(await contents(reader)).toEqual(contentsOf(filling.model));
      expect(reader.unsettled()).toEqual(filling.model.unsettled());
      await filling.commit(writer, 3);
    }
    expect(await failure(() => reader.commit(filling.next()))).toMatchObject({ code: 'STORE_READ_ONLY' });
    reader.close();
    await filling.commit(writer);
    writer.close();
  });

  test('of a store that is closed leaves no trace, and follows a writer that comes later', async () => {
    const path = place();
    const filling = new Filling();
    const first = new SqliteStore(path);
    first.open();
    await filling.commit(first, 4);
    first.close();
    const before = files(path);
    const reader = new SqliteStore(path, { readOnly: true });
    reader.open();
    expect(await contents(reader)).toEqual(contentsOf(filling.model));
    expect(files(path)).toEqual(before);

    const writer = new SqliteStore(path);
    writer.open();
    await filling.commit(writer, 4);
    expect(await contents(reader)).toEqual(contentsOf(filling.model));
    writer.close();
    expect(await contents(reader)).toEqual(contentsOf(filling.model));
    reader.close();
    // A reader that met a log leaves its empty files to the next writer.
    expect(statSync(`${path}-wal`).size).toBe(0);
    const next = new SqliteStore(path);
    next.open();
    next.close();
    expect(Object.keys(files(path)).sort()).toEqual(Object.keys(before).sort());
  });

  test('works on what a crash left', async () => {
    const path = place();
    const filling = new Filling();
    const writer = new SqliteStore(path);
    writer.open();
    await filling.commit(writer, 7);
    const left = copyFolder(folder, join(path, '..'));
    await filling.commit(writer, 1);
    writer.close();
    const reader = new SqliteStore(join(left, 'fsm.db'), { readOnly: true });
    reader.open();
    expect(reader.status().lines).toBe(21);
    reader.close();
  });

  test('does not make a store', async () => {
    const path = place();
    expect(await failure(() => new SqliteStore(path, { readOnly: true }).open())).toMatchObject({
      code: 'STORE_NOT_FOUND',
    });
    expect(files(path)).toEqual({});
  });
});

describe('opening', () => {
  test('looks only at rows that no record covers, however many there are', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    const filling = new Filling();
    for (let round = 0; round < 300; round += 1) {
      const { lines } = filling.next();
      const newest = new Map(lines.map(({ instance, sequence }) => [instance, sequence]));
      const records = [...newest].map(([number, sequence]) => filling.model.record(number, sequence, lines));
      store.commit({ lines, records, machines: [] });
      filling.model.apply({ lines, records, machines: [] });
    }
    store.close();
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare("SELECT value FROM meta WHERE key = 'watermark'").get()).toEqual({ value: 900 });
    database.close();
    const again = new SqliteStore(path);
    again.open();
    expect(again.unsettled()).toEqual([]);
    expect(again.status()).toMatchObject(filling.model.status());
    again.close();
  });

  test('takes a symbolic link for what it points to: one lock, one log, one head record', async () => {
    const path = place();
    const link = join(folder, 'link.db');
    execFileSync('ln', ['-s', path, link]);
    const store = new SqliteStore(path);
    store.open();
    const filling = new Filling();
    await filling.commit(store, 2);
    expect(await failure(() => new SqliteStore(link).open())).toMatchObject({ code: 'STORE_LOCKED' });
    const linked = new SqliteStore(link, { readOnly: true });
    linked.open();
    expect(await contents(linked)).toEqual(contentsOf(filling.model));
    await filling.commit(store, 2);
    expect(await contents(linked)).toEqual(contentsOf(filling.model));
    linked.close();
    store.close();
    const through = new SqliteStore(link);
    through.open();
    await filling.commit(through, 1);
    through.close();
    expect(readdirSync(folder).filter((name) => name.startsWith('link'))).toEqual(['link.db']);
    expect(Object.keys(files(path)).sort()).toEqual(['fsm.db', 'fsm.db.head', 'fsm.db.lock']);
  });

  test('takes any name of a file', async () => {
    const own = join(place(), '..', 'a b ? # %41 é');
    mkdirSync(own);
    const path = join(own, 'file:x?mode=ro.db');
    for (const readOnly of [false, true]) {
      const store = new SqliteStore(path, { readOnly });
      store.open();
      if (!readOnly) await new Filling().commit(store, 2);
      expect(store.status().lines).toBe(6);
      store.close();
    }
  });

  test('tells of a head record that is missing or unreadable', async () => {
    const path = place();
    const store = new SqliteStore(path);
    store.open();
    await new Filling().commit(store, 2);
    store.close();
    const notices: string[] = [];
    const reopen = () => {
      const next = new SqliteStore(path, { onNotice: (notice) => notices.push(notice) });
      next.open();
      next.close();
    };
    renameSync(`${path}.head`, `${path}.gone`);
    reopen();
    writeFileSync(`${path}.head`, 'not json');
    reopen();
    reopen();
    expect(notices).toEqual([expect.stringContaining('is missing'), expect.stringContaining('is unreadable')]);
    expect(statSync(`${path}.head`).size).toBeGreaterThan(50);
  });
});
