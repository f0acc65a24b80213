import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { repairStore } from '../repair.ts';
import type { Store } from '../store.ts';
import { contents, contentsOf, Filling, failure } from '../test-fill.ts';
import { copyFolder, temporaryFolder } from '../test-places.ts';
import { verifyStore } from '../verify.ts';
import { JsonlStore } from './jsonl.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);
vi.setConfig({ testTimeout: 20_000 });

const commits = 12;
/** The store right after its last commit, with a head record from before it. */
let image: string;
/** The same after closing. */
let closed: string;
let segment: string;
/** Where each commit ends in the only segment. */
const ends: number[] = [0];

beforeAll(async () => {
  const own = join(folder, 'original');
  const store = new JsonlStore(own, { headEvery: 1_000_000 });
  store.open();
  const filling = new Filling();
  for (let count = 0; count < commits; count += 1) {
    if (count === commits - 1) await store.close();
    if (count === commits - 1) store.open();
    await filling.commit(store, 1);
    ends.push(statSync(join(own, 'journal-00000001.jsonl')).size);
  }
  image = copyFolder(folder, own);
  await store.close();
  closed = copyFolder(folder, own);
  segment = readFileSync(join(image, 'journal-00000001.jsonl'), 'latin1');
});

async function prefix(count: number) {
  const filling = new Filling();
  await filling.commit({ commit: () => {} } as unknown as Store, count);
  return contentsOf(filling.model);
}

const scratch = () => join(folder, 'scratch');

/** A copy of a store whose only segment has these bytes, in a directory that is used again and again. */
function withSegment(bytes: Buffer, from: string): string {
  rmSync(scratch(), { recursive: true, force: true });
  execFileSync('cp', ['-r', from, scratch()]);
  writeFileSync(join(scratch(), 'journal-00000001.jsonl'), bytes);
  return scratch();
}

const bytesOf = (length?: number) => Buffer.from(segment.slice(0, length), 'latin1');

describe('a torn tail', () => {
  test('is cut back to the last complete commit, wherever in the last commit the write ended', {
    timeout: 20_000,
  }, async () => {
    const [last, end] = ends.slice(-2) as [number, number];
    const expected = await prefix(commits - 1);
    const path = withSegment(bytesOf(), image);
    const file = join(path, 'journal-00000001.jsonl');
    for (let cut = last; cut < end; cut += 1) {
      writeFileSync(file, bytesOf(cut));
      const reader = new JsonlStore(path, { readOnly: true });
      reader.open();
      expect(reader.status().lines, `cut at ${cut}`).toBe(3 * (commits - 1));
      await reader.close();
      if (cut % 10 !== 0) continue;
      const notices: string[] = [];
      const store = new JsonlStore(path, { onNotice: (notice) => notices.push(notice) });
      store.open();
      expect(await contents(store), `cut at ${cut}`).toEqual(expected);
      expect(notices.length).toBe(cut === last ? 0 : 1);
      expect(statSync(file).size).toBe(last);
      await store.close();
    }
  });

  test('with blocks that a power cut left as zeros is cut too, and the store continues', async () => {
    const [last, end] = ends.slice(-2) as [number, number];
    for (const [from, to] of [
      [last, end],
      [last + 30, last + 90],
      [end - 40, end],
      [last, last + 1],
    ]) {
      const bytes = bytesOf();
      bytes.fill(0, from, to);
      const path = withSegment(bytes, image);
      const store = new JsonlStore(path);
      store.open();
      const filling = new Filling();
      await filling.commit({ commit: () => {} } as unknown as Store, commits - 1);
      expect(await contents(store)).toEqual(contentsOf(filling.model));
      await filling.commit(store, 3);
      expect((await verifyStore(store)).problems).toEqual([]);
      await store.close();
    }
  });

  test('is left alone by a reader', async () => {
    const path = withSegment(bytesOf(ends.at(-1)! - 5), image);
    const reader = new JsonlStore(path, { readOnly: true });
    reader.open();
    expect(await contents(reader)).toEqual(await prefix(commits - 1));
    await reader.close();
    expect(statSync(join(path, 'journal-00000001.jsonl')).size).toBe(ends.at(-1)! - 5);
  });

  test('that reaches into what the head record says was there is damage', async () => {
    const path = withSegment(bytesOf(ends.at(-2)! + 5), closed);
    const error = await failure(() => new JsonlStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED', details: { missing: 3 } });
    expect(statSync(join(path, 'journal-00000001.jsonl')).size).toBe(ends.at(-2)! + 5);
  });
});

describe('damage', () => {
  test('of any byte is refused, even in the last commit', async () => {
    const path = withSegment(bytesOf(), image);
    const file = join(path, 'journal-00000001.jsonl');
    const last = ends.at(-2)!;
    // Every byte of the last commit, and a spread over all before it.
    for (let at = 0; at < segment.length; at += at < last ? 41 : 1) {
      const bytes = bytesOf();
      bytes[at]! ^= 0x04;
      writeFileSync(file, bytes);
      const error = await failure(() => new JsonlStore(path, { readOnly: true }).open());
      expect(error, `byte ${at}`).toMatchObject({ code: 'JOURNAL_DAMAGED', next: 'stop' });
    }
  });

  test.each([
    ['a commit taken out', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, ends[4]), bytes.subarray(ends[5])]), 4],
    ['a commit twice', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, ends[5]), bytes.subarray(ends[4])]), 5],
    ['an end cut at a commit', (bytes: Buffer) => bytes.subarray(0, ends[9]), 9],
    ['a changed byte', (bytes: Buffer) => flipped(bytes, ends[6]! + 20), 6],
    ['zeros in the middle', (bytes: Buffer) => Buffer.from(bytes).fill(0, ends[3]! + 10, ends[3]! + 60), 3],
    ['text behind the end', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('hello\n')]), 12],
  ])('%s: refused, repaired with the loss accepted, and what was behind it kept', async (_, change, good) => {
    const path = withSegment(change(bytesOf()), closed);
    const error = await failure(() => new JsonlStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(error.hint).toContain('--accept-loss');
    const plan = repairStore(path);
    expect(plan).toMatchObject({ kept: 3 * good, repaired: false });
    expect(plan.damage).not.toBeUndefined();
    const before = readFileSync(join(path, 'journal-00000001.jsonl'));

    const report = repairStore(path, { acceptLoss: true });
    expect(report).toEqual({ ...plan, repaired: true, saved: report.saved });
    if (report.saved !== undefined) expect(readFileSync(report.saved)).toEqual(before.subarray(ends[good]));
    const store = new JsonlStore(path);
    store.open();
    expect(await contents(store)).toEqual(await prefix(good));
    expect((await verifyStore(store)).problems).toEqual([]);
    await store.close();
    expect(repairStore(path)).toMatchObject({ damage: undefined, lost: 0 });
  });

  test('in one of several segments is refused and cut together with the later ones', async () => {
    const make = async () => {
      const path = join(folder, `segments-${readdirSync(folder).length}`);
      const store = new JsonlStore(path, { segmentBytes: 1500 });
      store.open();
      await new Filling().commit(store, 30);
      await store.close();
      return path;
    };
    const segmentOf = (path: string, number: number) => join(path, `journal-0000000${number}.jsonl`);
    const damages: ((path: string) => void)[] = [
      (path) => rmSync(segmentOf(path, 2)),
      (path) => {
        rmSync(segmentOf(path, 2));
        rmSync(join(path, 'head.json'));
      },
      (path) => truncateSync(segmentOf(path, 2), statSync(segmentOf(path, 2)).size - 7),
      (path) => appendFileSync(segmentOf(path, 2), '{"i":1'),
    ];
    for (const damage of damages) {
      const path = await make();
      damage(path);
      expect(await failure(() => new JsonlStore(path).open())).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      const { kept, saved, lost } = repairStore(path, { acceptLoss: true });
      expect(kept % 3).toBe(0);
      expect(lost).toBeGreaterThan(0);
      expect(statSync(saved!).size).toBeGreaterThan(0);
      const store = new JsonlStore(path);
      store.open();
      expect(await contents(store)).toEqual(await prefix(kept / 3));
      await store.close();
    }
  });

  test('of a machine file is refused', async () => {
    const path = join(folder, 'machines');
    const store = new JsonlStore(path);
    store.open();
    await store.commit({
      lines: [],
      records: [],
      machines: [{ tenant: 't', hash: 'h', id: 'm', version: '1', text: '{}' }],
    });
    await store.close();
    truncateSync(join(path, 'machines/t/h.json'), 20);
    const error = await failure(() => new JsonlStore(path).open());
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    expect(error.message).toContain('h.json');
  });

  test('that removed the whole journal is refused', async () => {
    const path = withSegment(bytesOf(), closed);
    rmSync(join(path, 'journal-00000001.jsonl'));
    expect(await failure(() => new JsonlStore(path).open())).toMatchObject({
      code: 'JOURNAL_DAMAGED',
      details: { missing: 36 },
    });
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 0x04;
  return bytes;
}
