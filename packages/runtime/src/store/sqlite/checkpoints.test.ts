import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { contents, contentsOf, Filling, failure } from '../test-fill.ts';
import { temporaryFolder } from '../test-places.ts';
import { SqliteStore } from './sqlite.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

vi.setConfig({ testTimeout: 20_000 });

let places = 0;

function place(): string {
  places += 1;
  const own = join(folder, String(places));
  mkdirSync(own);
  return join(own, 'fsm.db');
}

const small = { startPages: 16, waitPages: 100, stopPages: 600, patience: 2000 };
const page = 4096;

describe('the log', () => {
  test('stays short under a writer that never pauses, and is gone after closing', async () => {
    const path = place();
    const store = new SqliteStore(path, { checkpoints: small });
    store.open();
    const filling = new Filling();
    for (let count = 0; count < 600; count += 1) {
      const commit = filling.next();
      store.commit(commit);
      filling.model.apply(commit);
    }
    const { longestPages } = store.log;
    // One commit may pass the limit before the next one waits; a commit here has a handful of pages.
    expect(longestPages).toBeLessThan(small.waitPages + 20);
    expect(statSync(`${path}-wal`).size).toBeLessThan((small.waitPages + 20) * (page + 24) + 100);
    store.close();
    expect(readdirSync(join(path, '..')).sort()).toEqual(['fsm.db', 'fsm.db.head', 'fsm.db.lock']);
    const again = new SqliteStore(path);
    again.open();
    expect(await contents(again)).toEqual(contentsOf(filling.model));
    again.close();
  });

  test('is copied by the worker alone when there is time', async () => {
    const path = place();
    const store = new SqliteStore(path, { checkpoints: { ...small, waitPages: 100_000 } });
    store.open();
    const before = statSync(path).size;
    const filling = new Filling();
    // Each turn of the event loop is time for the worker; the writing connection never copies by itself here.
    for (let turns = 0; turns < 20_000 && statSync(path).size === before; turns += 1) {
      await filling.commit(store, 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(statSync(path).size).toBeGreaterThan(before);
    expect(store.log.waits).toBe(0);
    store.close();
  });

  test('that a reader holds is bounded: commits are refused, and accepted again once it has gone', async () => {
    const path = place();
    const store = new SqliteStore(path, { checkpoints: { ...small, patience: 20 } });
    store.open();
    const filling = new Filling();
    await filling.commit(store, 5);
    const reader = new DatabaseSync(path, { readOnly: true });
    reader.exec('BEGIN; SELECT count(*) FROM journal');
    const refused = await failure(async () => {
      for (let count = 0; count < 2000; count += 1) await filling.commit(store, 1);
    });
    expect(refused).toMatchObject({ code: 'STORE_FULL', next: 'reject' });
    expect(refused.message).toContain('a reader has been holding it');
    expect(store.log.longestPages).toBeLessThan(small.stopPages + 20);
    expect(await failure(() => store.commit({ lines: [], records: [], machines: [] }))).toMatchObject({
      code: 'STORE_FULL',
    });
    reader.exec('COMMIT');
    reader.close();
    expect(await contents(store)).toEqual(contentsOf(filling.model));
    const { instances } = filling.model;
    const number = [...instances.keys()][0]!;
    const line = filling.model.line(number, '{"after":true}');
    store.commit({ lines: [line], records: [], machines: [] });
    filling.model.apply({ lines: [line], records: [], machines: [] });
    expect(await contents(store)).toEqual(contentsOf(filling.model));
    store.close();
  });
});

describe('the worker', () => {
  const script = (path: string, commits: number, last: string) => `
    import { SqliteStore } from ${JSON.stringify(join(import.meta.dirname, 'sqlite.ts'))};
    const store = new SqliteStore(${JSON.stringify(path)}, { checkpoints: ${JSON.stringify(small)} });
    store.open();
    for (let n = 1; n <= ${commits}; n += 1) {
      const owner = { tenant: 't', name: 'i' + n };
      store.commit({ lines: [{ instance: n, sequence: 1, at: n, text: '{}', hash: String(n), owner }], records: [], machines: [] });
    }
    ${last}`;

  const run = (name: string, source: string, flags: readonly string[] = []) => {
    const file = join(folder, `${name}.ts`);
    writeFileSync(file, source);
    return spawnSync(process.execPath, [...flags, file], { timeout: 10_000, encoding: 'utf8' });
  };

  test('does not keep a process alive that forgets to close', () => {
    const path = place();
    const ended = run('forgets', script(path, 400, ''));
    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' });
  });

  test('has no effect on a process that closes at once, and leaves no files', () => {
    const path = place();
    const ended = run('closes', script(path, 17, 'store.close();'));
    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(readdirSync(join(path, '..')).sort()).toEqual(['fsm.db', 'fsm.db.head', 'fsm.db.lock']);
  });

  test('is done without where threads are forbidden: the writer copies the log itself', () => {
    const path = place();
    const made = new SqliteStore(path);
    made.open();
    made.close();
    const flags = ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'];
    const report = 'console.log(store.log.longestPages); store.close();';
    const ended = run('forbidden', script(path, 400, report), flags);
    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(Number(ended.stdout)).toBeGreaterThan(50);
    expect(Number(ended.stdout)).toBeLessThan(small.waitPages + 20);
  });
});
