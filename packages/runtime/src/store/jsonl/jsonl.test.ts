import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { chainHash } from '../chain.ts';
import type { Commit } from '../store.ts';
import { contents, contentsOf, Filling, failure } from '../test-fill.ts';
import { temporaryFolder } from '../test-places.ts';
import { JsonlStore } from './jsonl.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);
vi.setConfig({ testTimeout: 20_000 });

let places = 0;

function place(): string {
  places += 1;
  return join(folder, `${places}/`);
}

describe('the files', () => {
  test('are lines of JSON that a person can read and a program can check without us', async () => {
    const path = place();
    const store = new JsonlStore(path);
    store.open();
    const text = '{ "kind":"event",  "n": 1.0 }';
    const owner = { tenant: 'acme', name: 'door-1' };
    const line = { instance: 4, sequence: 1, at: 1_700_000_000_000, text, hash: chainHash('', text), owner };
    const machine = { tenant: 'acme', hash: 'h-1', id: 'door', version: '1.0.0', text: '{"id":"door"}' };
    await store.commit({ lines: [line], records: [], machines: [machine] });
    await store.close();

    const [written, closing] = readFileSync(join(path, 'journal-00000001.jsonl'), 'utf8').split('\n');
    expect(written).toBe(
      `{"i":4,"s":1,"at":1700000000000,"tenant":"acme","name":"door-1","h":"${line.hash}","line":${text}}`,
    );
    const hash = createHash('sha256').update(`${written}\n`).digest('base64url');
    expect(JSON.parse(closing!)).toEqual({ commit: 1, lines: 1, hash });
    expect(readFileSync(join(path, 'machines/acme/h-1.json'), 'utf8')).toBe(
      '{"tenant":"acme","id":"door","version":"1.0.0","hash":"h-1","definition":{"id":"door"}}\n',
    );
    expect(JSON.parse(readFileSync(join(path, 'head.json'), 'utf8'))).toMatchObject({ lines: 1, hash: line.hash });
    expect(JSON.parse(readFileSync(join(path, 'store.json'), 'utf8'))).toMatchObject({
      format: 'fsm-jsonl',
      version: 1,
    });
  });

  test('start anew once a segment is full, and are read as one journal', async () => {
    const path = place();
    const filling = new Filling();
    for (let life = 0; life < 3; life += 1) {
      const store = new JsonlStore(path, { segmentBytes: 2000 });
      store.open();
      expect(await contents(store)).toEqual(contentsOf(filling.model));
      await filling.commit(store, 20);
      await store.close();
    }
    expect(readdirSync(path).filter((name) => name.startsWith('journal-')).length).toBeGreaterThan(5);
  });

  test('hold nothing of a tenant outside its own directory', async () => {
    const path = place();
    const store = new JsonlStore(path);
    store.open();
    const machine = { tenant: '../..', hash: '../../x', id: 'evil', version: undefined, text: '{}' };
    await store.commit({ lines: [], records: [], machines: [machine] });
    expect(store.machine('../..', '../../x')).toEqual(machine);
    expect(readdirSync(join(path, 'machines'))).toEqual(['%2E.%2F..']);
    await store.close();
  });

  test('a line break inside a line is refused, for it would make two of one', async () => {
    const store = new JsonlStore(place());
    store.open();
    const line = { instance: 1, sequence: 1, at: 1, text: '{\n}', hash: 'h', owner: { tenant: 't', name: 'n' } };
    const error = await failure(() => store.commit({ lines: [line], records: [], machines: [] }));
    expect(error).toMatchObject({ code: 'STORE_CONFLICT' });
    await store.close();
  });
});

describe('commits', () => {
  test('that arrive during a sync share the next one, and each is acknowledged only after its own', async () => {
    const store = new JsonlStore(place());
    store.open();
    const filling = new Filling();
    const commits: Commit[] = [];
    for (let count = 0; count < 200; count += 1) {
      const commit = filling.next();
      filling.model.apply(commit);
      commits.push(commit);
    }
    const order: number[] = [];
    await Promise.all(
      commits.map(async (commit, index) => {
        await store.commit(commit);
        order.push(index);
        expect(store.status().lines).toBeGreaterThanOrEqual(3 * (index + 1));
      }),
    );
    expect(order).toEqual(order.toSorted((one, other) => one - other));
    expect(store.syncs).toBe(2);
    expect(await contents(store)).toEqual(contentsOf(filling.model));
    await store.close();
  });

  test('under way are finished by closing', async () => {
    const path = place();
    const store = new JsonlStore(path);
    store.open();
    const filling = new Filling();
    const done = [filling.next()].map((commit) => {
      filling.model.apply(commit);
      return store.commit(commit);
    });
    await store.close();
    await Promise.all(done);
    const again = new JsonlStore(path);
    again.open();
    expect(await contents(again)).toEqual(contentsOf(filling.model));
    await again.close();
  });
});

describe('what is not a store of ours', () => {
  test('a file is refused', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'text');
    const error = await failure(() => new JsonlStore(`${path}/`).open());
    expect(error).toMatchObject({ code: 'STORE_NOT_A_DIRECTORY', next: 'reject' });
    expect(readFileSync(path, 'utf8')).toBe('text');
  });

  test('a directory with other files is refused and stays as it is', async () => {
    const path = place();
    mkdirSync(path);
    writeFileSync(join(path, 'holiday.jpg'), 'sun');
    const error = await failure(() => new JsonlStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_FOREIGN' });
    expect(error.message).toContain('holiday.jpg');
    expect(readdirSync(path)).toEqual(['holiday.jpg']);
  });

  test.each(['{"format":"other","version":1,"id":"x"}', 'null', '[]', 'no json'])(
    'a store.json that says %s is refused',
    async (text) => {
      const path = place();
      mkdirSync(path);
      writeFileSync(join(path, 'store.json'), text);
      expect(await failure(() => new JsonlStore(path).open())).toMatchObject({ code: 'STORE_FOREIGN' });
      expect(readdirSync(path)).toEqual(['store.json']);
    },
  );

  test('a newer format is refused', async () => {
    const path = place();
    mkdirSync(path);
    writeFileSync(join(path, 'store.json'), '{"format":"fsm-jsonl","version":9,"id":"x"}');
    const error = await failure(() => new JsonlStore(path).open());
    expect(error).toMatchObject({ code: 'STORE_VERSION', details: { found: 9, known: 1 } });
    expect(readdirSync(path)).toEqual(['store.json']);
  });

  test('a directory in one that does not exist is refused, and none is made for reading', async () => {
    expect(await failure(() => new JsonlStore(join(folder, 'a/b/')).open())).toMatchObject({ code: 'STORE_NOT_FOUND' });
    const path = place();
    expect(await failure(() => new JsonlStore(path, { readOnly: true }).open())).toMatchObject({
      code: 'STORE_NOT_FOUND',
    });
    expect(readdirSync(folder)).not.toContain('a');
  });
});

describe('one writer', () => {
  test('a second one is refused by name; readers are welcome and see what is committed', async () => {
    const path = place();
    const store = new JsonlStore(path, { segmentBytes: 1000 });
    store.open();
    const filling = new Filling();
    expect(await failure(() => new JsonlStore(path).open())).toMatchObject({
      code: 'STORE_LOCKED',
      details: { pid: process.pid },
    });
    const reader = new JsonlStore(path, { readOnly: true });
    reader.open();
    for (let round = 0; round < 5; round += 1) {
      expect(await contents(reader)).toEqual(contentsOf(filling.model));
      await filling.commit(store, 5);
    }
    const machine = { tenant: 'other', hash: 'h', id: 'm', version: undefined, text: '{}' };
    await store.commit({ lines: [], records: [], machines: [machine] });
    expect(reader.tenants()).toEqual(['acme', 'other']);
    expect(await failure(() => reader.commit(filling.next()))).toMatchObject({ code: 'STORE_READ_ONLY' });
    await reader.close();
    await store.close();
  });
});
