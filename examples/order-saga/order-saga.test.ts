import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Json, parseMachine, validate } from '@fsm/core';
import { createRegistry, type EffectFunction } from '@fsm/effects';
import { openRuntime, VirtualClock } from '@fsm/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogLine } from '../rehearsal.ts';
import { functions } from './functions.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const { definition, locate } = parseMachine(read('machine.json'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fsm-order-saga-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The functions of the example, noting what they did and with which key. */
function watched(diary: string[]): Record<string, EffectFunction> {
  const notes: Record<string, EffectFunction> = {};
  for (const [name, perform] of Object.entries<EffectFunction>(functions)) {
    notes[name] = (params, call) => {
      const output = perform(params, call);
      diary.push(`${name} ${call.key}`);
      return output;
    };
  }
  return notes;
}

const names = (diary: readonly string[]) => diary.map((line) => line.split(' ')[0]);

/** One order on a clock of its own, long enough for every retry. */
async function place(trouble: Json) {
  const diary: string[] = [];
  const clock = new VirtualClock(0);
  const runtime = await openRuntime({ clock, registry: createRegistry({ functions: watched(diary) }) });
  const shop = runtime.tenant('shop');
  await shop.register(definition);
  await shop.create('order-saga', 'order');
  const data = { item: 'piano', quantity: 1, amount: 8200, ...(trouble === null ? undefined : { trouble }) };
  await shop.send('order', { type: 'PLACE', data });
  await runtime.settled();
  clock.advanceTo(60_000);
  await runtime.settled();
  return { diary: names(diary), shop, runtime, ...(await shop.get('order')) };
}

test('the machine has neither errors nor warnings', () => {
  const registry = createRegistry({ functions });
  expect(validate(definition, { checkEffect: (effect, path) => registry.check(effect, path), locate })).toEqual([]);
});

describe('an order', () => {
  test('without trouble is reserved, charged and shipped', async () => {
    const { diary, snapshot, runtime } = await place(null);
    expect(diary).toEqual(['warehouse.reserve', 'bank.charge', 'carrier.ship']);
    expect(snapshot).toMatchObject({ configuration: ['shipped'], context: { undone: [] } });
    await runtime.close();
  });

  test.each([
    ['out of stock', 'There are no 1 × piano left.', []],
    ['card declined', 'The bank declined the card.', ['warehouse.release']],
    ['no carrier', 'No carrier goes there.', ['bank.refund', 'warehouse.release']],
  ])('with %s is cancelled, and what was done is undone, the last first', async (trouble, reason, undone) => {
    const { diary, snapshot, runtime } = await place(trouble);
    expect(snapshot).toMatchObject({ status: 'done', configuration: ['cancelled'], output: { reason, undone } });
    expect(diary.slice(-undone.length || diary.length)).toEqual(undone);
    await runtime.close();
  });

  test('whose carrier is busy is shipped at the third attempt, and charged once', async () => {
    const { diary, snapshot, runtime } = await place('carrier busy');
    expect(snapshot.configuration).toEqual(['shipped']);
    expect(diary.filter((name) => name === 'bank.charge')).toHaveLength(1);
    await runtime.close();
  });

  test('whose refund is refused gives the goods back all the same, and waits for somebody', async () => {
    const { snapshot, shop, runtime } = await place('refund refused');
    expect(snapshot).toMatchObject({
      configuration: ['stuck'],
      context: { undone: ['warehouse.release'], reason: 'The bank refused the refund.' },
    });
    expect((await shop.send('order', { type: 'SETTLED' })).configuration).toEqual(['cancelled']);
    await runtime.close();
  });
});

test('the orders of the log end where their trouble leads', async () => {
  const clock = new VirtualClock(0);
  const runtime = await openRuntime({ clock, registry: createRegistry({ functions }) });
  const shop = runtime.tenant('shop');
  await shop.register(definition);
  for (const line of read('events.ndjson').trim().split('\n')) {
    const { instance, type, at, data } = JSON.parse(line) as LogLine;
    clock.advanceTo(Date.parse(at));
    await runtime.settled();
    await shop.create('order-saga', instance, { whenExists: 'keep' });
    expect((await shop.send(instance, data === undefined ? { type } : { type, data })).taken).toBe(true);
  }
  await runtime.settled();
  clock.advanceTo(clock.now() + 60_000);
  await runtime.settled();
  const ends = (await shop.list()).items.map(({ instance, configuration }) => `${instance} ${configuration}`);
  expect(ends).toEqual([
    'order-1 shipped',
    'order-2 cancelled',
    'order-3 cancelled',
    'order-4 shipped',
    'order-5 cancelled',
    'order-6 stuck',
    'order-7 cancelled',
  ]);
  await runtime.close();
});

describe('a process that dies', () => {
  test.each([
    ['bank.refund', 'before', 1],
    ['bank.refund', 'after', 2],
    ['warehouse.release', 'before', 1],
    ['warehouse.release', 'after', 2],
  ])('in %s, %s it did it, leaves an order that the next process undoes to the end', async (lethal, moment, times) => {
    const db = join(folder, `${lethal}-${moment}.db`);
    const file = `${db}.diary`;
    const script = fileURLToPath(new URL('dying-shop.ts', import.meta.url));
    const died = spawnSync(process.execPath, [script, db, file, lethal, moment], { encoding: 'utf8' });
    expect(died.signal, died.stderr).toBe('SIGKILL');

    const diary = readFileSync(file, 'utf8').trim().split('\n');
    const runtime = await openRuntime({ store: db, registry: createRegistry({ functions: watched(diary) }) });
    await runtime.settled();
    const { snapshot } = await runtime.tenant('shop').get('order');
    expect(snapshot).toMatchObject({
      configuration: ['cancelled'],
      context: { undone: ['bank.refund', 'warehouse.release'], reason: 'No carrier goes there.' },
    });
    // what was in flight is done again, with the same key; nothing else is
    expect(diary.filter((line) => line.startsWith(lethal))).toHaveLength(times);
    expect(names([...new Set(diary)])).toEqual([
      'warehouse.reserve',
      'bank.charge',
      'bank.refund',
      'warehouse.release',
    ]);
    expect(new Set(diary).size).toBe(4);
    await runtime.close();

    const again = await openRuntime({ store: db, registry: createRegistry({ functions: watched(diary) }) });
    await again.settled();
    expect(diary).toHaveLength(3 + times);
    await again.close();
  });
});

test('closing in the middle of a compensation is like a crash: the next opening goes on with it', async () => {
  const db = join(folder, 'closed.db');
  const diary: string[] = [];
  const { promise: refunding, resolve: asked } = Promise.withResolvers<void>();
  const hanging = {
    ...watched(diary),
    'bank.refund': () => {
      asked();
      return new Promise(() => undefined);
    },
  };
  const first = await openRuntime({ store: db, registry: createRegistry({ functions: hanging }) });
  const shop = first.tenant('shop');
  await shop.register(definition);
  await shop.create('order-saga', 'order');
  await shop.send('order', {
    type: 'PLACE',
    data: { item: 'piano', quantity: 1, amount: 8200, trouble: 'no carrier' },
  });
  await refunding;
  await first.close();

  const second = await openRuntime({ store: db, registry: createRegistry({ functions: watched(diary) }) });
  await second.settled();
  expect((await second.tenant('shop').get('order')).snapshot.output).toEqual({
    reason: 'No carrier goes there.',
    undone: ['bank.refund', 'warehouse.release'],
  });
  expect(names(diary)).toEqual(['warehouse.reserve', 'bank.charge', 'bank.refund', 'warehouse.release']);
  await second.close();
});
