import type { EffectDefinition, MachineDefinition } from '@fsm/core';
import { createRegistry, defineFunction } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { openRuntime, type Tenant } from '../src/runtime.ts';

/** `deaf` never ends, whatever it is told; `polite` ends when it is told to stop; `end` settles both when the test says so. */
async function world(effect: EffectDefinition, more: object = {}) {
  const signals: AbortSignal[] = [];
  const ends: ((value: string) => void)[] = [];
  const detached: unknown[] = [];
  let now = 0;
  let wakes: { readonly due: number; readonly wake: () => void }[] = [];
  const registry = createRegistry({
    functions: {
      deaf: defineFunction({
        run: (_, { signal }) => {
          signals.push(signal);
          return new Promise<string>((resolve) => ends.push(resolve));
        },
      }),
      polite: defineFunction({
        run: (_, { signal }) => {
          signals.push(signal);
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      }),
    },
  });
  const runtime = await openRuntime({
    registry,
    limits: { stopTime: 5000 },
    clock: {
      virtual: false,
      now: () => now,
      wakeAt(due, wake) {
        const entry = { due, wake };
        wakes.push(entry);
        return () => {
          wakes = wakes.filter((other) => other !== entry);
        };
      },
    },
    observer: { detached: (leaf) => detached.push(leaf) },
  });
  const tenant = runtime.tenant('acme');
  const machine: MachineDefinition = {
    id: 'm',
    context: {},
    initial: 'busy',
    states: {
      busy: { effect, on: { LEAVE: 'away' }, onDone: 'done', onError: 'failed' },
      away: {},
      done: {},
      failed: {},
    },
    ...more,
  };
  await tenant.register(machine);
  await tenant.create('m', 'i');
  await turn();
  await turn();
  const pass = async (milliseconds: number) => {
    now += milliseconds;
    for (const { due, wake } of [...wakes]) {
      if (due > now) continue;
      wakes = wakes.filter((other) => other.wake !== wake);
      wake();
    }
    await turn();
    await turn();
  };
  return { runtime, tenant, signals, ends, detached, pass, waking: () => wakes.length };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const leaves = ['deaf', 'polite', 'deaf'].map((name) => ({ type: 'call', function: name }));
const nested = {
  type: 'parallel',
  effects: [leaves[0]!, { type: 'retry', attempts: 3, effect: leaves[1]! }, leaves[2]!],
};
const aborted = (signals: readonly AbortSignal[]) => signals.map((signal) => signal.aborted);

describe('every running leaf is told to stop as soon as it is on stable storage that', () => {
  const ways: readonly (readonly [string, (tenant: Tenant) => Promise<unknown>])[] = [
    ['the state was left', (tenant) => tenant.send('i', { type: 'LEAVE' })],
    ['the effect was cancelled', (tenant) => tenant.cancel('i', 'busy')],
    ['all effects were cancelled', (tenant) => tenant.cancel('i')],
    ['the instance was destroyed', (tenant) => tenant.destroy('i')],
  ];
  test.each(ways)('%s', async (_, cancel) => {
    const { runtime, tenant, signals } = await world(nested);
    expect(aborted(signals)).toEqual([false, false, false]);
    await cancel(tenant);
    await turn();
    expect(aborted(signals)).toEqual([true, true, true]);
    await runtime.close();
  });

  test('its time was up', async () => {
    const { runtime, signals, pass } = await world({ type: 'timeout', duration: '3s', effect: nested });
    await pass(2999);
    expect(aborted(signals)).toEqual([false, false, false]);
    await pass(1);
    expect(aborted(signals)).toEqual([true, true, true]);
    await runtime.close();
  });

  test('another one won the race', async () => {
    const { runtime, signals, pass, tenant } = await world({
      type: 'race',
      effects: [nested, { type: 'delay', duration: '1s' }],
    });
    await pass(1000);
    await turn();
    expect(aborted(signals)).toEqual([true, true, true]);
    expect((await tenant.get('i')).snapshot.configuration).toEqual(['done']);
    await runtime.close();
  });
});

describe('a leaf that goes on although it was told to stop', () => {
  test('is reported once it took too long, with its place and kind', async () => {
    const { runtime, tenant, detached, pass } = await world(nested);
    await tenant.send('i', { type: 'LEAVE' });
    await turn();
    await pass(4999);
    expect(detached).toEqual([]);
    await pass(1);
    const who = { tenant: 'acme', instance: 'i', invocation: 'busy', kind: 'call' };
    expect(detached).toEqual([
      { ...who, path: '0' },
      { ...who, path: '2' },
    ]);
    await pass(10_000);
    expect(detached).toHaveLength(2);
    await runtime.close();
  });

  test('is not reported when it stops in time, and then nobody is woken for it', async () => {
    const { runtime, tenant, ends, detached, pass, waking } = await world(nested);
    await tenant.send('i', { type: 'LEAVE' });
    await turn();
    expect(waking()).toBe(2);
    for (const end of ends) end('late');
    await turn();
    expect(waking()).toBe(0);
    await pass(60_000);
    expect(detached).toEqual([]);
    await runtime.close();
  });

  test('cannot write its result any more', async () => {
    const { runtime, tenant, ends, pass } = await world({
      type: 'sequence',
      effects: [leaves[0]!, { type: 'put_data', path: 'result', value: '{{ result }}' }],
    });
    await tenant.send('i', { type: 'LEAVE' });
    await turn();
    await pass(5000);
    const before = await tenant.history('i');
    for (const end of ends) end('late');
    await turn();
    await turn();
    expect(await tenant.history('i')).toEqual(before);
    expect((await tenant.get('i')).snapshot.context).toEqual({});
    await runtime.close();
  });

  test('keeps no process alive that closes its runtime', async () => {
    const { runtime, tenant, waking } = await world(nested);
    await tenant.send('i', { type: 'LEAVE' });
    await turn();
    expect(waking()).toBe(2);
    await runtime.close();
    expect(waking()).toBe(0);
  });
});

describe('cancelling from outside', () => {
  const two = {
    id: 'm',
    initial: 'busy',
    states: {
      busy: {
        invoke: [
          { id: 'first', effect: leaves[0], onError: { actions: { assign: { first: '{{ event.error.code }}' } } } },
          { id: 'second', effect: leaves[1], onError: 'failed' },
        ],
      },
      failed: {},
    },
  };

  test('ends one effect as failed and leaves the others alone', async () => {
    const { runtime, tenant, signals } = await world(nested, two);
    expect(await tenant.cancel('i', 'first')).toEqual(['first']);
    expect(aborted(signals)).toEqual([true, false]);
    const { snapshot, executions } = await tenant.get('i');
    expect(snapshot.context).toEqual({ first: 'EXECUTION_CANCELLED' });
    expect(executions).toMatchObject([{ invocation: 'second' }]);
    await runtime.close();
  });

  test('says which effects it ended: the failure of one may end another', async () => {
    const { runtime, tenant } = await world(nested, {
      ...two,
      states: { ...two.states, busy: { invoke: [...two.states.busy.invoke].reverse() } },
    });
    expect(await tenant.cancel('i')).toEqual(['second']);
    expect((await tenant.get('i')).snapshot.configuration).toEqual(['failed']);
    await runtime.close();
  });

  test('names what runs when there is no such effect', async () => {
    const { runtime, tenant } = await world(nested, two);
    await expect(tenant.cancel('i', 'third')).rejects.toMatchObject({
      code: 'INVOCATION_UNKNOWN',
      hint: 'It runs first, second.',
    });
    await expect(tenant.cancel('j')).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
    await runtime.close();
  });
});
