import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { repairStore } from '../repair.ts';
import { contents, contentsOf, Filling, failure } from '../test-fill.ts';
import { copyFolder, temporaryFolder } from '../test-places.ts';
import { verifyStore } from '../verify.ts';
import { SqliteStore } from './sqlite.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);
vi.setConfig({ testTimeout: 20_000 });

const commits = 40;
/** What a crash left: the last half of the commits in the log, and a head record that names the newest line. */
let crashed: string;
/** The same store, closed. */
let closed: string;
const filling = new Filling();

beforeAll(async () => {
  const own = join(folder, 'original');
  mkdirSync(own);
  const path = join(own, 'fsm.db');
  const first = new SqliteStore(path);
  first.open();
  await filling.commit(first, commits / 2);
  first.close();
  const second = new SqliteStore(path);
  second.open();
  await filling.commit(second, commits / 2);
  crashed = copyFolder(folder, own);
  second.close();
  closed = copyFolder(folder, own);
  // The head record of a process that had time to write it before it died.
  execFileSync('cp', [`${path}.head`, join(crashed, 'fsm.db.head')]);
});

function damaged(image: string, damage: (path: string) => void): string {
  const path = join(copyFolder(folder, image), 'fsm.db');
  damage(path);
  return path;
}

const sql =
  (...statements: string[]) =>
  (path: string) => {
    const database = new DatabaseSync(path);
    database.exec(statements.join(';'));
    database.close();
  };

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 0x40;
  writeFileSync(path, bytes);
}

/** The histories after the first `lines` lines of the journal. */
async function prefix(lines: number) {
  const shorter = new Filling();
  const store = { commit: () => {} } as unknown as SqliteStore;
  await shorter.commit(store, lines / 3);
  return contentsOf(shorter.model);
}

describe('a store that a crash left', () => {
  test('is whole', async () => {
    const path = damaged(crashed, () => {});
    expect(repairStore(path)).toMatchObject({ damage: undefined, kept: 120, lost: 0, repaired: false });
    const store = new SqliteStore(path);
    store.open();
    expect(await contents(store)).toEqual(contentsOf(filling.model));
    store.close();
  });
});

describe('a store whose log was damaged, which SQLite does not report', () => {
  const cases: [string, (path: string) => void][] = [
    ['one byte in the middle of it', (path) => flip(`${path}-wal`, Math.floor(statSync(`${path}-wal`).size / 2))],
    ['one byte of its header', (path) => flip(`${path}-wal`, 10)],
    ['one byte of its last frame', (path) => flip(`${path}-wal`, statSync(`${path}-wal`).size - 100)],
    ['its end was cut', (path) => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 5000)],
    [
      'it was deleted',
      (path) => {
        rmSync(`${path}-wal`);
        rmSync(`${path}-shm`);
      },
    ],
  ];

  test.each(cases)('%s: refused, and repaired with the loss accepted', async (_, damage) => {
    const path = damaged(crashed, damage);
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED', next: 'stop' });
    expect(error.message).toMatch(/\d+ lines? (is|are) missing at its end/);
    expect(error.hint).toContain(`fsm repair ${path} --accept-loss`);
    expect(await failure(() => new SqliteStore(path, { readOnly: true }).open())).toMatchObject({
      code: 'JOURNAL_DAMAGED',
    });

    const plan = repairStore(path);
    expect(plan.damage).toContain('missing at its end');
    expect(plan.lost).toBe(120 - plan.kept);
    expect(plan).toMatchObject({ repaired: false, lost: error.details?.missing });
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });

    expect(repairStore(path, { acceptLoss: true })).toEqual({ ...plan, repaired: true });
    const store = new SqliteStore(path);
    store.open();
    expect(await contents(store)).toEqual(await prefix(plan.kept));
    expect((await verifyStore(store)).problems).toEqual([]);
    store.close();
  });
});

describe('a store whose rows were changed', () => {
  test.each([
    ['a text', "UPDATE journal SET text = replace(text, 'round', 'ROUND') WHERE n = 110", 109],
    ['a hash', "UPDATE journal SET hash = 'x' || substr(hash, 2) WHERE n = 111", 110],
    ['a removed row', 'DELETE FROM journal WHERE n = 112', 111],
    ['a removed end', 'DELETE FROM journal WHERE n > 115', 115],
    ['a pointer', 'UPDATE journal SET previous = previous - 1 WHERE n = 113', 112],
    ['a sequence', 'UPDATE journal SET sequence = sequence + 1 WHERE n = 114', 113],
  ])('%s: refused, cut before it, and the rest kept in a file', async (_, statement, good) => {
    const path = damaged(closed, sql("UPDATE meta SET value = 0 WHERE key = 'watermark'", statement));
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    const report = repairStore(path, { acceptLoss: true });
    expect(report).toMatchObject({ kept: good, repaired: true });
    if (report.saved !== undefined) {
      const saved = readFileSync(report.saved, 'utf8').trimEnd().split('\n');
      expect(saved.map((text) => JSON.parse(text).n).every((n) => n > good)).toBe(true);
      expect(report.instances.reduce((sum, { lines }) => sum + lines, 0)).toBe(saved.length);
    }
    const store = new SqliteStore(path);
    store.open();
    expect(store.status().lines).toBe(good);
    expect((await verifyStore(store)).problems).toEqual([]);
    for (const [number, texts] of Object.entries(await contents(store))) {
      expect(contentsOf(filling.model)[Number(number)]!.slice(0, texts.length)).toEqual(texts);
    }
    store.close();
  });

  test('far behind what opening looks at: found by verifying, and by reading that history', async () => {
    const path = damaged(closed, sql("UPDATE journal SET text = replace(text, 'round', 'ROUND') WHERE n = 4"));
    const store = new SqliteStore(path);
    store.open();
    const { problems } = await verifyStore(store);
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining('does not match') })]);
    store.close();

    const hole = damaged(closed, sql('DELETE FROM journal WHERE n = 4'));
    const holed = new SqliteStore(hole);
    holed.open();
    const { instance } = problems[0]!;
    expect(await failure(() => holed.lines(instance!, 1, 100))).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect((await verifyStore(holed)).problems[0]).toMatchObject({ instance });
    holed.close();

    const bent = damaged(closed, sql('UPDATE journal SET previous = previous + 1 WHERE n = 14'));
    const crooked = new SqliteStore(bent);
    crooked.open();
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(async (number) => crooked.lines(number, 1, 100)));
    const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(reasons).toEqual([expect.objectContaining({ code: 'JOURNAL_DAMAGED' })]);
    crooked.close();
  });

  test('a line that belongs to nobody is noticed', async () => {
    const path = damaged(closed, sql('DELETE FROM instances WHERE number = 1'));
    const store = new SqliteStore(path);
    store.open();
    const { problems } = await verifyStore(store);
    expect(problems.map(({ message }) => message).join()).toMatch(/The journal has 120 lines|is not where/);
    store.close();
  });

  test('a record that claims more than the journal holds is refused', async () => {
    const path = damaged(closed, (path) =>
      sql(
        "UPDATE meta SET value = 0 WHERE key = 'watermark'",
        'UPDATE instances SET sequence = 999, head = 5000 WHERE number = 2',
      )(path),
    );
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(repairStore(path, { acceptLoss: true })).toMatchObject({ kept: 120, lost: 0, repaired: true });
    const store = new SqliteStore(path);
    store.open();
    expect(await contents(store)).toEqual(contentsOf(filling.model));
    expect(store.load(2)?.record).toBeUndefined();
    store.close();
  });

  test('a record that carries another hash than its line is found by verifying, and dropped by repairing', async () => {
    const path = damaged(closed, sql("UPDATE instances SET hash = 'other' WHERE number = 3"));
    const store = new SqliteStore(path);
    store.open();
    const { problems, records } = await verifyStore(store);
    expect(problems).toEqual([
      expect.objectContaining({ name: 'i3', message: expect.stringContaining('another hash') }),
    ]);
    expect(records).toBe(4);
    store.close();
    expect(repairStore(path, { acceptLoss: true })).toMatchObject({ lost: 0, repaired: true });
    store.open();
    expect(store.load(3)).toMatchObject({ record: undefined });
    expect((await verifyStore(store)).problems).toEqual([]);
    store.close();
  });

  test('a watermark beyond the journal is refused', async () => {
    const path = damaged(closed, sql("UPDATE meta SET value = 5000 WHERE key = 'watermark'"));
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });
});

describe('a database that is gone or was replaced', () => {
  test('is not silently made anew while its head record is there', async () => {
    const path = damaged(closed, (gone) => rmSync(gone));
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED', details: { missing: 120 } });
    expect(error.message).toContain(`${path}.head`);
    expect(existsSync(path)).toBe(false);
    rmSync(`${path}.head`);
    const store = new SqliteStore(path);
    store.open();
    store.close();
  });

  test('is not made anew while its log is there', async () => {
    const path = damaged(crashed, (gone) => {
      rmSync(gone);
      rmSync(`${gone}.head`);
    });
    const size = statSync(`${path}-wal`).size;
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(statSync(`${path}-wal`).size).toBe(size);
  });

  test('is recognised as another one', async () => {
    const path = damaged(closed, (old) => {
      const other = `${old}.other`;
      const store = new SqliteStore(other);
      store.open();
      store.close();
      execFileSync('mv', [other, old]);
    });
    const error = await failure(() => new SqliteStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(error.message).toContain('of another store');
    repairStore(path, { acceptLoss: true });
    const store = new SqliteStore(path);
    store.open();
    expect(store.status().lines).toBe(0);
    store.close();
  });

  test('an older copy of the database under a newer head record is refused', async () => {
    const path = damaged(
      closed,
      sql(
        'DELETE FROM journal WHERE n > 60',
        'DELETE FROM instances',
        "UPDATE meta SET value = 0 WHERE key = 'watermark'",
      ),
    );
    expect(await failure(() => new SqliteStore(path).open())).toMatchObject({
      code: 'JOURNAL_DAMAGED',
      details: { missing: 60, lines: 60 },
    });
  });
});

test('a malformed database file is refused as damaged, with the advice to restore a backup', async () => {
  const path = damaged(closed, (file) => {
    const bytes = readFileSync(file);
    bytes.fill(0x55, 4096, 4096 * 3);
    writeFileSync(file, bytes);
  });
  const error = await failure(() => new SqliteStore(path).open());
  expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  expect(error.hint).toContain('Restore a backup');
});
