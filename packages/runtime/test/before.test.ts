import { FsmError, type MachineDefinition } from '@fsm/core';
import { createRegistry, defineFunction } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../src/clock.ts';
import { defaultLimits, type Limits } from '../src/limits.ts';
import { openRuntime } from '../src/runtime.ts';
import { MemoryStore } from '../src/store/memory.ts';
import { faultStore } from '../src/testing/fault-store.ts';

const order: MachineDefinition = {
  id: 'order',
  context: { looks: 0, late: false },
  initial: 'open',
  states: {
    open: {
      on: {
        PAY: [
          {
            target: 'paid',
            before: { type: 'call', function: 'charge' },
            actions: { assign: { receipt: '{{ event.before.output }}' } },
          },
          { target: 'declined', actions: { assign: { why: '{{ event.before.error.code }}' } } },
        ],
        ASK: { target: 'paid', before: { type: 'wait_for_event', event: 'YES' } },
        NAP: { target: 'paid', before: { type: 'delay', duration: '20s' } },
        LONG: { target: 'paid', before: { type: 'delay', duration: '1h' } },
        OWN: { target: 'paid', before: { type: 'timeout', duration: '2h', effect: { type: 'delay', duration: '1h' } } },
      },
      after: { '10s': { actions: { assign: { late: true } } } },
    },
    paid: { on: { LOOK: { actions: { assign: { looks: '{{ context.looks + 1 }}' } } } } },
    declined: {},
  },
};

/** An outside world in which a charge ends when the test says so. */
async function world({ disk = new MemoryStore(), limits = {} }: { disk?: MemoryStore; limits?: Partial<Limits> } = {}) {
  const calls: { readonly key: string; resolve(value: string): void; reject(error: unknown): void }[] = [];
  const clock = { now: 1000 };
  const registry = createRegistry({
    functions: {
      charge: defineFunction({
        run: (_, { key }) => new Promise<string>((resolve, reject) => calls.push({ key, resolve, reject })),
      }),
    },
  });
  const runtime = await openRuntime({
    store: disk,
    registry,
    limits,
    clock: { virtual: false, now: () => clock.now, wakeAt: () => () => {} },
  });
  const tenant = runtime.tenant('acme');
  await tenant.register(order);
  return { runtime, tenant, calls, disk, settle: () => turns() };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('an effect before a transition', () => {
  test('is awaited: the event is acknowledged at once, and taken when the effect has succeeded', async () => {
    const { tenant, calls, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    expect(await tenant.send('o1', { type: 'PAY' })).toMatchObject({
      taken: true,
      pending: true,
      configuration: ['open'],
    });
    expect((await tenant.get('o1')).executions).toMatchObject([{ invocation: 'fsm.before#open' }]);
    await settle();
    calls[0]!.resolve('r1');
    await settle();
    const { snapshot } = await tenant.get('o1');
    expect(snapshot.configuration).toEqual(['paid']);
    expect(snapshot.context).toMatchObject({ receipt: 'r1' });
    await runtime.close();
  });

  test('lets the next candidate have the event when it fails', async () => {
    const { tenant, calls, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'PAY' });
    await settle();
    calls[0]!.reject(new FsmError('NO_MONEY', 'No money.'));
    await settle();
    const { snapshot } = await tenant.get('o1');
    expect(snapshot.configuration).toEqual(['declined']);
    expect(snapshot.context).toMatchObject({ why: 'NO_MONEY' });
    await runtime.close();
  });

  test('keeps later events waiting, in their order and unacknowledged until they were handled', async () => {
    const { tenant, calls, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'PAY' });
    const told: string[] = [];
    const looks = ['a', 'b'].map(async (id) => {
      const { taken, sequence } = await tenant.send('o1', { type: 'LOOK', id });
      told.push(`${id} ${taken} ${sequence}`);
    });
    await settle();
    expect(told).toEqual([]);
    expect((await tenant.history('o1')).filter(({ kind }) => kind === 'event')).toHaveLength(1);
    calls[0]!.resolve('r1');
    await Promise.all(looks);
    const { sequence, snapshot } = await tenant.get('o1');
    expect(told).toEqual([`a true ${sequence - 1}`, `b true ${sequence}`]);
    expect(snapshot.context).toMatchObject({ looks: 2 });
    await runtime.close();
  });

  test('keeps only so many waiting', async () => {
    const { tenant, calls, settle, runtime } = await world({ limits: { queue: 2 } });
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'PAY' });
    const waiting = [1, 2].map(() => tenant.send('o1', { type: 'LOOK' }));
    await expect(tenant.send('o1', { type: 'LOOK' })).rejects.toMatchObject({
      code: 'INSTANCE_QUEUE_FULL',
      next: 'retry',
    });
    await settle();
    calls[0]!.resolve('r1');
    expect(await Promise.all(waiting)).toMatchObject([{ taken: true }, { taken: true }]);
    await runtime.close();
  });

  test('goes on after a crash, with the same key, and then takes the transition', async () => {
    const first = await world();
    await first.tenant.create('order', 'o1');
    await first.tenant.send('o1', { type: 'PAY', id: 'pay' });
    await first.settle();
    const second = await world({ disk: first.disk });
    await second.settle();
    expect(second.calls.map(({ key }) => key)).toEqual(first.calls.map(({ key }) => key));
    const look = second.tenant.send('o1', { type: 'LOOK' });
    await second.settle();
    second.calls[0]!.resolve('r2');
    expect(await look).toMatchObject({ taken: true, configuration: ['paid'] });
    expect(await second.tenant.send('o1', { type: 'PAY', id: 'pay' })).toMatchObject({ duplicate: true, taken: true });
    await second.runtime.close();
  });

  test('may wait for an event itself, while the others wait for it', async () => {
    const { tenant, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'ASK' });
    const look = tenant.send('o1', { type: 'LOOK' });
    await settle();
    await tenant.send('o1', { type: 'YES' });
    expect(await look).toMatchObject({ taken: true, configuration: ['paid'] });
    await runtime.close();
  });

  test('ends with its instance, and who waited is told', async () => {
    const { tenant, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'PAY' });
    const look = tenant.send('o1', { type: 'LOOK' });
    look.catch(() => {});
    await settle();
    expect(await tenant.destroy('o1')).toMatchObject({ status: 'destroyed' });
    await expect(look).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
    await runtime.close();
  });

  test('can be cancelled from outside: the next candidate has the event', async () => {
    const { tenant, settle, runtime } = await world();
    await tenant.create('order', 'o1');
    await tenant.send('o1', { type: 'PAY' });
    await settle();
    expect(await tenant.cancel('o1')).toEqual(['fsm.before#open']);
    expect((await tenant.get('o1')).snapshot).toMatchObject({
      configuration: ['declined'],
      context: { why: 'EXECUTION_CANCELLED' },
    });
    await runtime.close();
  });
});

describe('in virtual time', () => {
  async function timed() {
    const clock = new VirtualClock(0);
    const runtime = await openRuntime({ clock });
    const tenant = runtime.tenant('acme');
    await tenant.register({ ...order, states: { ...order.states, open: withoutCall(order) } });
    await tenant.create('order', 'o1');
    const at = async (time: number) => {
      for (;;) {
        await runtime.settled();
        if (clock.nextDue > time) break;
        clock.advanceTo(clock.nextDue);
      }
      clock.advanceTo(time);
      return (await tenant.get('o1')).snapshot;
    };
    return { runtime, tenant, at };
  }

  function withoutCall({ states }: MachineDefinition) {
    const { PAY: _, ...on } = states!.open!.on!;
    return { ...states!.open!, on };
  }

  test('timers that come due meanwhile wait, and are over when the transition left their state', async () => {
    const { tenant, at, runtime } = await timed();
    await tenant.send('o1', { type: 'NAP' });
    expect(await at(19_999)).toMatchObject({ configuration: ['open'], context: { late: false } });
    expect(await at(20_000)).toMatchObject({ configuration: ['paid'], context: { late: false } });
    await runtime.close();
  });

  test('its time is limited by the runtime, unless it limits it itself', async () => {
    const { tenant, at, runtime } = await timed();
    await tenant.send('o1', { type: 'LONG' });
    expect((await at(defaultLimits.beforeTime - 1)).pending).toBeDefined();
    expect(await at(defaultLimits.beforeTime)).toMatchObject({ configuration: ['open'], context: { late: true } });
    await tenant.send('o1', { type: 'OWN' });
    expect((await at(3_600_000)).pending).toBeDefined();
    expect((await at(2 * 3_600_000)).configuration).toEqual(['paid']);
    await runtime.close();
  });
});

test('an effect of the state that ends meanwhile is not performed again after a crash', async () => {
  const disk = new MemoryStore();
  const calls = { work: 0 };
  const machine: MachineDefinition = {
    id: 'm',
    initial: 'a',
    states: {
      a: {
        effect: { type: 'call', function: 'work' },
        onDone: 'b',
        on: { GO: { actions: { log: 'gone' }, before: { type: 'wait_for_event', event: 'YES' } } },
      },
      b: {},
    },
  };
  const open = async (store: ReturnType<typeof faultStore> | MemoryStore, work: () => Promise<string>) => {
    const registry = createRegistry({ functions: { work: defineFunction({ repeat: 'once', run: work }) } });
    const runtime = await openRuntime({ store, registry });
    const tenant = runtime.tenant('acme');
    await tenant.register(machine);
    return { runtime, tenant };
  };
  let finish: (value: string) => void = () => {};
  const first = await open(
    faultStore(disk, () => undefined),
    () => {
      calls.work += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  );
  await first.tenant.create('m', 'i');
  await first.tenant.send('i', { type: 'GO' });
  await turns();
  finish('ok');
  await turns();
  expect((await first.tenant.get('i')).snapshot.configuration).toEqual(['a']);

  const second = await open(disk, async () => {
    calls.work += 1;
    return 'again';
  });
  await turns();
  await second.tenant.send('i', { type: 'YES' });
  await turns();
  expect((await second.tenant.get('i')).snapshot.configuration).toEqual(['b']);
  expect(calls.work).toBe(1);
  await second.runtime.close();
});
