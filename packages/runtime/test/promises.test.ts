import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsmError, type MachineDefinition } from '@fsm/core';
import { createRegistry, defineFunction } from '@fsm/effects';
import { openRuntime, type Runtime, type RuntimeOptions, VirtualClock } from '@fsm/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../src/store/memory.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Commit, Store } from '../src/store/store.ts';

/** The promises of the runtime (DESIGN §6), each by its number, over every store. The seventh, crashes, has tests of its own: the simulation and the killed processes. */

const counter: MachineDefinition = {
  id: 'counter',
  context: { count: 0, seen: [] },
  initial: 'on',
  states: {
    on: {
      on: {
        ADD: { actions: { assign: { count: '{{ context.count + 1 }}', seen: '{{ [...context.seen, event.data] }}' } } },
        STOP: 'off',
      },
    },
    off: { type: 'final' },
  },
};

const payment: MachineDefinition = {
  id: 'payment',
  context: {},
  initial: 'waiting',
  states: {
    waiting: { on: { PAY: 'paying' } },
    paying: {
      effect: {
        type: 'sequence',
        effects: [
          { type: 'call', function: 'first' },
          { type: 'call', function: 'second', params: { first: '{{ result }}' } },
        ],
      },
      onDone: { target: 'paid', actions: { assign: { receipt: '{{ event.output }}' } } },
      onError: 'failed',
      on: { CANCEL: 'waiting' },
    },
    paid: { type: 'final' },
    failed: {},
  },
};

const reminder: MachineDefinition = {
  id: 'reminder',
  initial: 'waiting',
  states: { waiting: { after: { '30d': 'late' }, on: { ANSWER: 'answered' } }, late: {}, answered: {} },
};

interface Kind {
  readonly name: string;
  /** Opens the same store again each time. */
  open(directory: string, memory: MemoryStore): Store;
}

const kinds: readonly Kind[] = [
  { name: 'memory', open: (_, memory) => memory },
  { name: 'sqlite', open: (directory) => openStore(join(directory, 'store.db')) },
  { name: 'jsonl', open: (directory) => openStore(`${directory}/store/`) },
];

describe.each(kinds)('over the $name store', ({ open }) => {
  let directory: string;
  let memory: MemoryStore;
  let running: Runtime | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fsm-promises-'));
    memory = new MemoryStore();
  });

  afterEach(async () => {
    await running?.close();
    running = undefined;
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(options: Omit<RuntimeOptions, 'store'> = {}): Promise<{ runtime: Runtime; store: Store }> {
    await running?.close();
    const store = open(directory, memory);
    const runtime = await openRuntime({ store, ...options });
    running = runtime;
    return { runtime, store };
  }

  test('promise 1: an acknowledged event is in the store when its sender is told', async () => {
    const { runtime, store } = await start();
    const acme = runtime.tenant('acme');
    await acme.register(counter);
    await acme.create('counter', 'c');
    const { sequence, taken } = await acme.send('c', { type: 'ADD', data: 1 });
    const found = await store.find('acme', 'c');
    const lines = await store.lines(found!.number, 1, 100);
    expect(taken).toBe(true);
    expect(JSON.parse(lines[sequence - 1]!.text)).toMatchObject({ kind: 'event', type: 'ADD', data: 1, taken: true });
  });

  test("promise 2: one instance's events are handled one at a time, in the order they were sent", async () => {
    const { runtime } = await start();
    const acme = runtime.tenant('acme');
    await acme.register(counter);
    await Promise.all(['a', 'b', 'c'].map((name) => acme.create('counter', name)));
    const order = Array.from({ length: 200 }, (_, index) => index);
    await Promise.all(order.flatMap((data) => ['a', 'b', 'c'].map((name) => acme.send(name, { type: 'ADD', data }))));
    for (const name of ['a', 'b', 'c']) {
      const { snapshot } = await acme.get(name);
      expect(snapshot.context).toEqual({ count: 200, seen: order });
      const history = await acme.history(name, { limit: 1000 });
      expect(history.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 201 }, (_, index) => index + 1));
    }
  });

  test('promise 3: a decision and its commands are in the journal before any effect starts', async () => {
    let lineAtStart: unknown;
    const store = open(directory, memory);
    const first = async () => {
      const found = await store.find('acme', 'p');
      const lines = await store.lines(found!.number, 1, 100);
      lineAtStart = JSON.parse(lines.at(-1)!.text);
      return 1;
    };
    running = await openRuntime({ store, registry: createRegistry({ functions: { first, second: () => 2 } }) });
    const acme = running.tenant('acme');
    await acme.register(payment);
    await acme.create('payment', 'p');
    await acme.send('p', { type: 'PAY' });
    await running.settled();
    expect(lineAtStart).toMatchObject({ kind: 'event', type: 'PAY', commands: [{ type: 'start' }] });
    expect((await acme.get('p')).snapshot).toMatchObject({ status: 'done', context: { receipt: 2 } });
  });

  test('promise 4: a recorded step is not performed again after a restart, and unrecorded work runs with the same key', async () => {
    const calls: string[] = [];
    const keys: string[] = [];
    let release: () => void = () => undefined;
    const reached = Promise.withResolvers<void>();
    const functions = {
      first: () => {
        calls.push('first');
        return 41;
      },
      second: ({ first }: { first: number }, { key, signal }: { key: string; signal: AbortSignal }) => {
        calls.push('second');
        keys.push(key);
        reached.resolve();
        return new Promise<number>((resolve, reject) => {
          release = () => resolve(first + 1);
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    };
    const { runtime } = await start({ registry: createRegistry({ functions }) });
    const acme = runtime.tenant('acme');
    await acme.register(payment);
    await acme.create('payment', 'p');
    await acme.send('p', { type: 'PAY' });
    await reached.promise;
    await runtime.close();

    const { runtime: again } = await start({ registry: createRegistry({ functions }) });
    while (keys.length < 2) await new Promise((resolve) => setImmediate(resolve));
    release();
    await again.settled();
    expect(calls).toEqual(['first', 'second', 'second']);
    expect(keys[0]).toBe(keys[1]);
    expect((await again.tenant('acme').get('p')).snapshot).toMatchObject({ status: 'done', context: { receipt: 42 } });
  });

  test('promise 5: a timer fires once, never early, and after a restart', async () => {
    const month = 30 * 24 * 3600 * 1000;
    const clock = new VirtualClock(1_000);
    const { runtime } = await start({ clock });
    const acme = runtime.tenant('acme');
    await acme.register(reminder);
    for (const name of ['kept', 'answered']) await acme.create('reminder', name);
    await acme.send('answered', { type: 'ANSWER' });
    clock.advanceTo(1_000 + month - 1);
    await runtime.settled();
    expect((await acme.get('kept')).snapshot.configuration).toEqual(['waiting']);

    const later = new VirtualClock(1_000 + month - 1);
    const { runtime: again } = await start({ clock: later });
    expect((await again.tenant('acme').get('kept')).snapshot.configuration).toEqual(['waiting']);
    later.advanceTo(1_000 + month);
    await again.settled();
    later.advanceTo(1_000 + 3 * month);
    await again.settled();
    const history = await again.tenant('acme').history('kept');
    expect(history.map(({ kind, at }) => [kind, at])).toEqual([
      ['create', 1_000],
      ['timer', 1_000 + month],
    ]);
    expect((await again.tenant('acme').get('answered')).snapshot.configuration).toEqual(['answered']);
    expect((await again.status()).timersFired).toBe(1);
  });

  test('promise 6: the same event id twice has one effect and one answer, also after a restart', async () => {
    const { runtime } = await start();
    const acme = runtime.tenant('acme');
    await acme.register(counter);
    await acme.create('counter', 'c');
    const event = { type: 'ADD', data: 7, id: 'payment-1' };
    const [first, second] = await Promise.all([acme.send('c', event), acme.send('c', event)]);
    expect(first).toMatchObject({ sequence: 2, taken: true, duplicate: false });
    expect(second).toMatchObject({ sequence: 2, taken: true, duplicate: true });

    const { runtime: again } = await start();
    const acmeAgain = again.tenant('acme');
    expect(await acmeAgain.send('c', event)).toMatchObject({ sequence: 2, taken: true, duplicate: true });
    expect((await acmeAgain.get('c')).snapshot.context).toEqual({ count: 1, seen: [7] });
    await expect(acmeAgain.send('c', { ...event, data: 8 })).rejects.toMatchObject({ code: 'EVENT_ID_REUSED' });
  });

  test('promise 8: a tenant sees and touches only its own', async () => {
    const { runtime } = await start();
    const acme = runtime.tenant('acme');
    const globex = runtime.tenant('globex');
    const { hash } = await acme.register(counter);
    await acme.create('counter', 'order-77');
    const attempts = (name: string) => [
      globex.get(name),
      globex.send(name, { type: 'ADD' }),
      globex.history(name),
      globex.at(name, 1),
      globex.destroy(name),
    ];
    const refusals = async (name: string) =>
      (await Promise.allSettled(attempts(name))).map((result) =>
        result.status === 'rejected' ? JSON.stringify(result.reason).replaceAll(name, '<name>') : 'let in',
      );
    // The answer about a stranger's instance is the answer about no instance at all.
    expect(await refusals('order-77')).toEqual(await refusals('nowhere'));
    expect(await refusals('order-77')).not.toContain('let in');
    await expect(globex.create(hash, 'd')).rejects.toMatchObject({ code: 'MACHINE_UNKNOWN' });
    expect(await globex.list()).toEqual({ items: [] });
    expect(await globex.machines()).toEqual([]);

    await globex.register(counter);
    await globex.create('counter', 'order-77');
    await globex.send('order-77', { type: 'ADD', data: 'globex' });
    expect((await acme.get('order-77')).snapshot.context).toEqual({ count: 0, seen: [] });
  });

  test('promise 9: the state at any past line can be rebuilt, and replay performs nothing', async () => {
    let calls = 0;
    const count = () => {
      calls += 1;
      return calls;
    };
    const { runtime } = await start({
      registry: createRegistry({ functions: { first: count, second: defineFunction({ run: count }) } }),
    });
    const acme = runtime.tenant('acme');
    await acme.register(payment);
    await acme.create('payment', 'p');
    const before = (await acme.get('p')).snapshot;
    await acme.send('p', { type: 'PAY' });
    await runtime.settled();
    const after = (await acme.get('p')).snapshot;
    const last = (await acme.history('p')).length;
    expect(calls).toBe(2);
    expect(await acme.at('p', 1)).toEqual(before);
    expect((await acme.at('p', 2)).configuration).toEqual(['paying']);
    expect(await acme.at('p', last)).toEqual(after);
    expect(calls).toBe(2);
    await expect(acme.at('p', last + 1)).rejects.toMatchObject({ code: 'SEQUENCE_UNKNOWN' });
  });

  test('promise 10: bad input gets a coded error and changes nothing', async () => {
    const { runtime } = await start();
    const acme = runtime.tenant('acme');
    await acme.register(counter);
    await acme.create('counter', 'c');
    const before = await acme.get('c');
    await expect(acme.send('c', { type: 'ADD', data: 'x'.repeat(300_000) })).rejects.toMatchObject({
      code: 'EVENT_TOO_LARGE',
    });
    await expect(acme.send('c', { type: 'done.invoke.x' })).rejects.toMatchObject({ code: 'EVENT_RESERVED' });
    await expect(acme.send('c d', { type: 'ADD' })).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
    await expect(acme.create('counter', 'c d')).rejects.toMatchObject({ code: 'ID_INVALID' });
    await expect(acme.create('counter', 'c')).rejects.toMatchObject({ code: 'INSTANCE_EXISTS' });
    await expect(acme.create('cuonter', 'd')).rejects.toMatchObject({ code: 'MACHINE_UNKNOWN' });
    await expect(acme.register({ id: 'x', initial: 'nowhere', states: { a: {} } })).rejects.toMatchObject({
      code: 'MACHINE_INVALID',
    });
    expect(await acme.get('c')).toEqual(before);
    expect(await acme.send('c', { type: 'NEVER_HEARD_OF' })).toMatchObject({ taken: false });
    expect((await acme.get('c')).snapshot).toEqual(before.snapshot);
  });

  test('idle instances leave memory and come back as they were', async () => {
    const { runtime } = await start({ limits: { liveInstances: 3 } });
    const acme = runtime.tenant('acme');
    await acme.register(counter);
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    for (const name of names) await acme.create('counter', name);
    for (let round = 0; round < 3; round += 1) {
      for (const name of names) await acme.send(name, { type: 'ADD', data: round });
    }
    await runtime.settled();
    expect((await runtime.status()).liveInstances).toBeLessThanOrEqual(6);
    for (const name of names) expect((await acme.get(name)).snapshot.context).toEqual({ count: 3, seen: [0, 1, 2] });
    const listed = await acme.list({ limit: 7 });
    expect(listed.items.map(({ instance }) => instance)).toEqual([...names].sort().slice(0, 7));
    expect((await acme.list({ limit: 100, after: listed.next })).items).toHaveLength(13);
  });

  test('leaving a state aborts its running effect, and its late result is dropped', async () => {
    let aborted = false;
    const reached = Promise.withResolvers<void>();
    const first = (_: unknown, { signal }: { signal: AbortSignal }) => {
      const result = Promise.withResolvers<number>();
      signal.addEventListener('abort', () => {
        aborted = true;
        result.resolve(1);
      });
      reached.resolve();
      return result.promise;
    };
    const { runtime } = await start({ registry: createRegistry({ functions: { first, second: () => 2 } }) });
    const acme = runtime.tenant('acme');
    await acme.register(payment);
    await acme.create('payment', 'p');
    await acme.send('p', { type: 'PAY' });
    await reached.promise;
    await acme.send('p', { type: 'CANCEL' });
    await runtime.settled();
    expect(aborted).toBe(true);
    expect((await acme.get('p')).snapshot.configuration).toEqual(['waiting']);
    expect((await acme.history('p')).map(({ kind }) => kind)).toEqual(['create', 'event', 'event']);
  });

  test('two tenants may use the same names at the same time', async () => {
    const { runtime } = await start();
    const handles = ['acme', 'globex'].map((tenant) => runtime.tenant(tenant));
    for (const handle of handles) {
      await handle.register(counter);
      await handle.create('counter', 'same');
    }
    await Promise.all(
      handles.flatMap((handle) => [1, 2, 3].map((data) => handle.send('same', { type: 'ADD', data, id: `e${data}` }))),
    );
    for (const handle of handles) expect((await handle.get('same')).snapshot.context).toMatchObject({ count: 3 });
    expect(await runtime.tenants()).toEqual(['acme', 'globex']);
  });
});

test('a runtime whose store refuses its last commit still releases the store when it is closed', async () => {
  class FullStore extends MemoryStore {
    closed = 0;

    override commit(commit: Commit): void {
      if (commit.records.length > 0) throw new FsmError('STORE_FULL', 'full', { hint: 'Free some space.' });
      super.commit(commit);
    }

    override close(): void {
      this.closed += 1;
      super.close();
    }
  }
  const store = new FullStore();
  const runtime = await openRuntime({ store });
  await runtime.tenant('acme').register(counter);
  await runtime.tenant('acme').create('counter', 'c');
  await runtime.close();
  expect(store.closed).toBe(1);
  store.open();
  expect(store.status().lines).toBe(1);
});
