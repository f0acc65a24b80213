import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkHead, HeadKeeper, type HeadRecord, headText, readHead } from './head.ts';
import { failure } from './test-fill.ts';
import { temporaryFolder } from './test-places.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const head: HeadRecord = { format: 1, store: 's', lines: 5, instance: 2, sequence: 3, hash: 'h5' };

const check = (lines: number, hash = 'h5', store = 's') => ({
  location: 'fsm.db',
  path: 'fsm.db.head',
  store,
  lines,
  line: (number: number) => (number === 5 && lines >= 5 ? { instance: 2, sequence: 3, hash } : undefined),
});

describe('comparing a head record with the journal', () => {
  test('accepts a journal that has the line, and one that has grown since', () => {
    expect(checkHead(head, check(5))).toBeUndefined();
    expect(checkHead(head, check(90))).toBeUndefined();
    expect(checkHead({ ...head, lines: 0, hash: '' }, check(0))).toBeUndefined();
  });

  test.each([
    ['lacks lines', check(3), '2 lines are missing at its end'],
    ['lacks one line', check(4), '1 line is missing at its end'],
    ['has another line there', check(7, 'other'), 'line 5 is not the one that was written'],
    ['is another store', check(7, 'h5', 'other'), 'of another store'],
  ])('refuses a journal that %s', async (_, facts, message) => {
    const error = await failure(() => checkHead(head, facts));
    expect(error).toMatchObject({ code: 'JOURNAL_DAMAGED', next: 'stop' });
    expect(error.message).toContain(message);
  });

  test('notices one that is missing or unreadable, except of an empty journal', () => {
    expect(checkHead('missing', check(0))).toBeUndefined();
    expect(checkHead('missing', check(5))).toContain('is missing');
    expect(checkHead('unreadable', check(5))).toContain('is unreadable');
  });
});

test.each(['', '{', 'null', '[]', '{"format":2,"lines":1,"hash":"h"}', '{"format":1,"lines":"1","hash":"h"}'])(
  'a head record that says %j is unreadable',
  (text) => {
    const path = join(folder, 'odd.head');
    writeFileSync(path, text);
    expect(readHead(path)).toBe('unreadable');
    expect(readHead(join(folder, 'none.head'))).toBe('missing');
    writeFileSync(path, headText(head));
    expect(readHead(path)).toEqual(head);
  },
);

describe('keeping a head record', () => {
  const until = async (done: () => boolean) => {
    for (let turns = 0; turns < 100_000 && !done(); turns += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  test('follows the journal in the background, and never goes back when it is closed meanwhile', async () => {
    const path = join(folder, 'kept.head');
    let lines = 0;
    const keeper = new HeadKeeper(path, 0, () => ({ ...head, lines }));
    for (lines = 1; lines <= 50; lines += 1) {
      keeper.changed();
      await until(() => (readHead(path) as HeadRecord).lines === lines);
      expect(readHead(path)).toMatchObject({ lines });
    }
    for (let turns = 0; turns < 30; turns += 1) {
      const own = join(folder, `closing-${turns}.head`);
      const closing = new HeadKeeper(own, 0, () => ({ ...head, lines: turns + 1000 * Number(closed) }));
      let closed = false;
      closing.changed();
      for (let wait = 0; wait < turns; wait += 1) await new Promise((resolve) => setImmediate(resolve));
      closed = true;
      closing.close();
      expect(readHead(own)).toMatchObject({ lines: turns + 1000 });
    }
    await until(() => !readdirSync(folder).some((name) => name.endsWith('.next')));
    for (let turns = 0; turns < 30; turns += 1) {
      expect(JSON.parse(readFileSync(join(folder, `closing-${turns}.head`), 'utf8'))).toMatchObject({
        lines: turns + 1000,
      });
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.next') || name.endsWith('.new'))).toEqual([]);
  });

  test('writes even when a busy process never comes to its timers, or to the end of a write that has begun', async () => {
    const path = join(folder, 'busy.head');
    let lines = 1;
    // An interval so negative that the process counts as busy at once.
    const keeper = new HeadKeeper(path, -2000, () => ({ ...head, lines }));
    keeper.changed();
    expect(readHead(path)).toBe('missing');
    lines = 2;
    keeper.changed();
    expect(readHead(path)).toMatchObject({ lines: 2 });
    await until(() => readdirSync(folder).includes('busy.head.next'));
    lines = 3;
    keeper.changed();
    expect(readHead(path)).toMatchObject({ lines: 3 });
    await until(() => !readdirSync(folder).includes('busy.head.next'));
    expect(readHead(path)).toMatchObject({ lines: 3 });
    keeper.close();
  });
});
