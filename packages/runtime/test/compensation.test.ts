import type { MachineDefinition } from '@fsm/core';
import { createRegistry, defineFunction } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../src/clock.ts';
import { openRuntime } from '../src/runtime.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { type ExploreOptions, exploreCrashes } from '../src/testing/crash-explorer.ts';

const step = (name: string) => ({
  type: 'with_compensation',
  effect: { type: 'call', function: name },
  compensate: {
    type: 'call',
    function: `undo.${name}`,
    params: { was: '{{ result }}', because: '{{ params.error.code }}' },
  },
});

const trip: MachineDefinition = {
  id: 'trip',
  context: { notes: 0 },
  initial: 'idle',
  states: {
    idle: { on: { GO: 'booking' } },
    booking: {
      effect: { type: 'sequence', effects: [step('hotel'), step('flight'), { type: 'delay', duration: '1h' }] },
      onDone: 'booked',
      onError: 'failed',
      on: { LEAVE: 'idle', AGAIN: { target: 'booking', reenter: true }, END: 'ended' },
    },
    booked: {},
    failed: {},
    ended: { type: 'final' },
  },
};

interface World {
  readonly disk?: MemoryStore;
  /** What a compensation does instead of succeeding. */
  readonly undo?: (name: string) => unknown;
}

async function world({ disk = new MemoryStore(), undo = () => 'undone' }: World = {}) {
  const clock = new VirtualClock(0);
  const calls: unknown[] = [];
  const logs: unknown[] = [];
  const functions = Object.fromEntries(
    ['hotel', 'flight'].flatMap((name) => [
      [name, defineFunction({ run: () => `${name}-1` })],
      [
        `undo.${name}`,
        defineFunction({
          run: async (params) => {
            calls.push([name, params]);
            return (await undo(name)) as string;
          },
        }),
      ],
    ]),
  );
  const runtime = await openRuntime({
    store: disk,
    clock,
    registry: createRegistry({ functions }),
    observer: { log: ({ message }) => logs.push(message) },
  });
  const tenant = runtime.tenant('acme');
  await tenant.register(trip);
  return { runtime, tenant, calls, logs, clock, disk };
}

async function booking(options?: World) {
  const all = await world(options);
  await all.tenant.create('trip', 't1');
  await all.tenant.send('t1', { type: 'GO' });
  await all.runtime.settled();
  return all;
}

const bothUndone = [
  ['flight', { was: 'flight-1', because: 'EXECUTION_CANCELLED' }],
  ['hotel', { was: 'hotel-1', because: 'EXECUTION_CANCELLED' }],
];

describe('a cancelled effect undoes what it did, the last first', () => {
  test.each([
    ['its state is left', 'LEAVE', 'idle', 'active'],
    ['the machine is done', 'END', 'ended', 'done'],
  ])('when %s', async (_, type, state, status) => {
    const { runtime, tenant, calls } = await booking();
    await tenant.send('t1', { type });
    await runtime.settled();
    expect(calls).toEqual(bothUndone);
    const view = await tenant.get('t1');
    expect(view).toMatchObject({ status, compensations: [], executions: [] });
    expect(view.snapshot.configuration).toEqual([state]);
    const history = await tenant.history('t1');
    expect(history.at(-1)).toMatchObject({
      kind: 'compensated',
      invocation: 'booking',
      compensated: ['1', '0'],
      failed: [],
    });
    expect(history.filter(({ kind }) => kind === 'compensating').length).toBeGreaterThanOrEqual(2);
    await runtime.close();
  });

  test('when the instance is destroyed', async () => {
    const { runtime, tenant, calls } = await booking();
    await tenant.destroy('t1');
    await runtime.settled();
    expect(calls).toEqual(bothUndone);
    expect(await tenant.get('t1')).toMatchObject({ status: 'destroyed', compensations: [] });
    await runtime.close();
  });

  test('when it is cancelled from outside, and the machine meets a failure', async () => {
    const { runtime, tenant, calls } = await booking();
    expect(await tenant.cancel('t1', 'booking')).toEqual(['booking']);
    await tenant.compensated('t1');
    expect(calls).toEqual(bothUndone);
    expect((await tenant.get('t1')).snapshot.configuration).toEqual(['failed']);
    await expect(tenant.cancel('t1', 'booking')).rejects.toMatchObject({ code: 'INVOCATION_UNKNOWN' });
    expect(await tenant.cancel('t1')).toEqual([]);
    await runtime.close();
  });

  test('while the next run of the same effect is under way', async () => {
    const { runtime, tenant, calls } = await booking();
    await tenant.send('t1', { type: 'AGAIN' });
    await runtime.settled();
    expect(calls).toEqual(bothUndone);
    expect(await tenant.get('t1')).toMatchObject({ executions: [{ invocation: 'booking' }] });
    await runtime.close();
  });

  test('but not when it did nothing that has a compensation', async () => {
    const { runtime, tenant } = await world();
    const { booking, ...states } = trip.states!;
    const nap = { ...booking!, effect: { type: 'delay', duration: '1h' } };
    await tenant.register({ ...trip, id: 'nap', states: { ...states, booking: nap } });
    await tenant.create('nap', 't1');
    await tenant.send('t1', { type: 'GO' });
    await runtime.settled();
    await tenant.send('t1', { type: 'LEAVE' });
    await runtime.settled();
    const kinds = (await tenant.history('t1')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind.startsWith('compens'))).toEqual([]);
    await runtime.close();
  });
});

test('what could not be undone is in the journal and in the log, and the rest is undone', async () => {
  const failing = (name: string) => {
    if (name === 'flight') throw new Error('no way back');
    return 'undone';
  };
  const { runtime, tenant, calls, logs } = await booking({ undo: failing });
  await tenant.send('t1', { type: 'LEAVE' });
  await runtime.settled();
  expect(calls).toEqual(bothUndone);
  const failed = [{ path: '1', error: { message: 'no way back' } }];
  expect((await tenant.history('t1')).at(-1)).toMatchObject({ kind: 'compensated', compensated: ['0'], failed });
  expect(logs).toMatchObject([{ invocation: 'booking', failed }]);
  await runtime.close();
});

test('a view shows what is being undone, and another life of the process goes on with it', async () => {
  const first = await booking({ undo: (name) => (name === 'hotel' ? new Promise(() => {}) : 'undone') });
  await first.tenant.send('t1', { type: 'LEAVE' });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(first.calls).toEqual(bothUndone);
  expect((await first.tenant.get('t1')).compensations).toMatchObject([{ invocation: 'booking', state: 'booking' }]);
  await first.runtime.close();

  const second = await world({ disk: first.disk });
  await second.runtime.settled();
  expect(second.calls).toEqual([bothUndone[1]]);
  expect((await second.tenant.get('t1')).compensations).toEqual([]);
  await second.runtime.close();
});

describe('a crash at any write', () => {
  const functions = {
    hotel: [{ takes: '1s', returns: 'h' }],
    flight: [{ takes: '2s', returns: 'f' }],
    'undo.hotel': [{ takes: '3s', returns: 'no h' }],
    'undo.flight': [{ takes: '4s', returns: 'no f' }],
  };
  const scenarios: readonly (readonly [string, ExploreOptions['scenario']])[] = [
    ['its state is left', [{ send: 'GO' }, { after: '10s', send: 'LEAVE' }]],
    ['its state is left while it works', [{ send: 'GO' }, { after: '2s', send: 'LEAVE' }]],
    ['it is entered again', [{ send: 'GO' }, { after: '10s', send: 'AGAIN' }, { after: '9s', send: 'LEAVE' }]],
    ['the machine is done', [{ send: 'GO' }, { after: '10s', send: 'END' }]],
    ['the instance is destroyed', [{ send: 'GO' }, { after: '10s', destroy: true }]],
  ];

  test.each(scenarios)('loses and repeats no compensation, when %s', async (_, scenario) => {
    const report = await exploreCrashes({ machine: trip, functions, scenario, crashes: 2 });
    expect(report.problems).toEqual([]);
    expect(report.runs).toBeGreaterThan(15);
  });

  test('takes a transition with an effect before it, once', async () => {
    const machine: MachineDefinition = {
      id: 'm',
      context: { looks: 0 },
      initial: 'a',
      states: {
        a: { on: { GO: [{ target: 'b', before: { type: 'call', function: 'hotel' } }, 'c'] } },
        b: { entry: { effect: { type: 'call', function: 'flight' } }, on: { LOOK: looks, GO: 'a' } },
        c: {},
      },
    };
    const scenario = [{ send: 'GO' }, { send: 'LOOK' }, { after: '1m', send: 'LOOK' }, { send: 'GO' }];
    const report = await exploreCrashes({ machine, functions, scenario, crashes: 2 });
    expect(report.problems).toEqual([]);
  });
});

const looks = { actions: { assign: { looks: '{{ context.looks + 1 }}' } } };
