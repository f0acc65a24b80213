import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FsmError, MachineDefinition, SubscriptionDefinition } from '@fsm/core';
import { createRegistry, defineFunction } from '@fsm/effects';
import { openRuntime, type Runtime, type RuntimeOptions, systemClock, type Tenant, VirtualClock } from '@fsm/runtime';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../src/store/memory.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';
import { mortal } from '../src/store/test-mortal.ts';

/** A house: somebody arms it, something trips it. */
const house: MachineDefinition = {
  id: 'house',
  context: { zone: 'hall', trips: 0 },
  initial: 'off',
  states: {
    off: { on: { ARM: 'armed' } },
    armed: {
      initial: 'quiet',
      on: { DISARM: 'off', CHIME: {}, RING: { actions: { emit: { type: 'BELL', data: { loud: true } } } } },
      states: {
        quiet: { on: { TRIP: { target: 'alarm', actions: { assign: { trips: '{{ context.trips + 1 }}' } } } } },
        alarm: { on: { TRIP: {}, CALM: 'quiet' }, after: { '1m': 'quiet' } },
      },
    },
  },
};

/** A door that keeps what it is told. */
function door(id: string, ...subscriptions: SubscriptionDefinition[]): MachineDefinition {
  return {
    id,
    context: { told: [], of: 'home' },
    initial: 'on',
    states: {
      on: {
        on: {
          TOLD: { actions: { assign: { told: '{{ [...context.told, event.data] }}' } } },
          LOCK: { actions: { assign: { told: "{{ [...context.told, 'lock'] }}" } } },
          BREAK: { actions: { assign: { told: '{{ context.nothing.there }}' } } },
          LEAVE: 'gone',
        },
      },
      gone: { type: 'final' },
    },
    subscriptions,
  };
}

const onAlarm: SubscriptionDefinition = { machine: 'house', entered: 'armed.alarm', send: 'LOCK' };

const kinds = [
  { name: 'memory', open: (_: string, memory: Store): Store => memory },
  { name: 'sqlite', open: (directory: string): Store => openStore(join(directory, 'store.db')) },
  { name: 'jsonl', open: (directory: string): Store => openStore(`${directory}/store/`) },
];

describe.each(kinds)('subscriptions over the $name store', ({ open }) => {
  let directory: string;
  let memory: MemoryStore;
  let runtime: Runtime | undefined;
  let acme: Tenant;
  let unheard: FsmError[];

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'fsm-subscriptions-'));
    memory = new MemoryStore();
    unheard = [];
    await start();
  });

  afterEach(async () => {
    await runtime?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function start(options: Omit<RuntimeOptions, 'store'> = {}): Promise<void> {
    await runtime?.close();
    runtime = undefined;
    runtime = await openRuntime({
      store: open(directory, memory),
      observer: { unheard: ({ error }) => unheard.push(error) },
      ...options,
    });
    acme = runtime.tenant('acme');
  }

  async function populate(listener: MachineDefinition, ...names: string[]): Promise<void> {
    await acme.register(house);
    await acme.register(listener);
    await acme.create('house', 'home');
    for (const name of names) await acme.create(listener.id, name);
  }

  async function send(instance: string, ...types: string[]): Promise<void> {
    for (const type of types) await acme.send(instance, { type });
    await runtime!.settled();
  }

  async function told(instance: string, tenant = acme): Promise<unknown> {
    return (await tenant.get(instance)).snapshot.context.told;
  }

  test('entering the state reaches every active subscriber once, and staying in it reaches none', async () => {
    await populate(door('door', onAlarm), 'front', 'back');
    await send('home', 'ARM', 'TRIP', 'TRIP');
    expect(await told('front')).toEqual(['lock']);
    expect(await told('back')).toEqual(['lock']);
    await send('home', 'CALM', 'TRIP');
    expect(await told('front')).toEqual(['lock', 'lock']);
  });

  test('entering a compound state counts once, however its children change', async () => {
    await populate(door('door', { ...onAlarm, entered: 'armed' }), 'front');
    await send('home', 'ARM', 'TRIP', 'CALM', 'DISARM', 'ARM');
    expect(await told('front')).toEqual(['lock', 'lock']);
  });

  test('the initial state of a new publisher is entered too', async () => {
    await populate(door('door', { ...onAlarm, entered: 'off' }), 'front');
    await acme.create('house', 'annex');
    await runtime!.settled();
    expect(await told('front')).toEqual(['lock']);
  });

  test('an event counts when it is taken or emitted, not when it is ignored', async () => {
    await populate(
      door(
        'door',
        { machine: 'house', event: 'TRIP', send: 'LOCK' },
        { machine: 'house', event: 'BELL', send: { type: 'TOLD', data: '{{ event }}' } },
      ),
      'front',
    );
    await send('home', 'TRIP', 'ARM', 'TRIP', 'RING');
    expect(await told('front')).toEqual(['lock', { type: 'BELL', data: { loud: true } }]);
  });

  test('a timer that enters the state counts like an event', async () => {
    const clock = new VirtualClock(0);
    await start({ clock });
    await populate(door('door', { ...onAlarm, entered: 'armed.quiet' }), 'front');
    await send('home', 'ARM', 'TRIP');
    clock.advanceTo(61_000);
    await runtime!.settled();
    expect(await told('front')).toEqual(['lock', 'lock']);
  });

  test("templates see the publisher's context after the decision, its event, its name and its tenant", async () => {
    const data = '{{ { zone: context.zone, trips: context.trips, by: event.data.by, who: instance, tenant } }}';
    await populate(door('door', { ...onAlarm, send: { type: 'TOLD', data } }), 'front');
    await send('home', 'ARM');
    await acme.send('home', { type: 'TRIP', data: { by: 'cat' } });
    await runtime!.settled();
    expect(await told('front')).toEqual([{ zone: 'hall', trips: 1, by: 'cat', who: 'home', tenant: 'acme' }]);
  });

  test('`instance` is evaluated when the subscriber is created, and stays after a restart', async () => {
    await populate(door('door', { ...onAlarm, instance: '{{ context.of }}' }), 'front');
    await acme.create('house', 'annex');
    await acme.create('door', 'side', { context: { of: 'annex' } });
    await send('annex', 'ARM', 'TRIP', 'CALM');
    await start();
    await send('annex', 'TRIP');
    await send('home', 'ARM', 'TRIP');
    expect(await told('side')).toEqual(['lock', 'lock']);
    expect(await told('front')).toEqual(['lock']);
  });

  test('the journal says who was told and who has it', async () => {
    await populate(door('door', onAlarm), 'front', 'back');
    await send('home', 'ARM', 'TRIP');
    const history = await acme.history('home');
    expect(history[2]).toMatchObject({ type: 'TRIP', notices: [{ event: { type: 'LOCK' }, to: ['front', 'back'] }] });
    expect(history.slice(3)).toMatchObject([{ kind: 'heard', id: 'home/3.n0', by: ['front', 'back'] }]);
    expect((await acme.history('front'))[1]).toMatchObject({ type: 'LOCK', id: 'home/3.n0', from: 'home', hops: 1 });
  });

  test('a subscriber that is created later gets nothing of the past', async () => {
    await populate(door('door', onAlarm));
    await send('home', 'ARM', 'TRIP');
    await acme.create('door', 'late');
    await start();
    await runtime!.settled();
    expect(await told('late')).toEqual([]);
  });

  test('a machine may listen to one that does not exist yet', async () => {
    await acme.register(door('door', onAlarm));
    await acme.create('door', 'early');
    await start();
    await acme.register(house);
    await acme.create('house', 'home');
    await send('home', 'ARM', 'TRIP');
    expect(await told('early')).toEqual(['lock']);
  });

  test('another tenant is told nothing', async () => {
    await populate(door('door', onAlarm), 'front');
    const globex = runtime!.tenant('globex');
    await globex.register(door('door', onAlarm));
    await globex.create('door', 'front');
    await send('home', 'ARM', 'TRIP');
    expect(await told('front', globex)).toEqual([]);
    expect(await told('front')).toEqual(['lock']);
  });

  test('one that has ended or was destroyed is not told, and the publisher does not notice', async () => {
    await populate(door('door', onAlarm), 'done', 'destroyed', 'active');
    await send('done', 'LEAVE');
    await acme.destroy('destroyed');
    await send('home', 'ARM', 'TRIP');
    expect(await told('active')).toEqual(['lock']);
    expect((await acme.history('home'))[2]).toMatchObject({ notices: [{ to: ['active'] }] });
    await start();
    await send('home', 'CALM', 'TRIP');
    expect((await acme.history('home')).findLast(({ kind }) => kind === 'event')).toMatchObject({
      notices: [{ to: ['active'] }],
    });
    expect(await acme.history('done')).toHaveLength(2);
    expect(unheard).toEqual([]);
  });

  test('one that ends in the moment it is told has nothing of it in its journal', async () => {
    await populate(door('door', onAlarm), 'front');
    await send('home', 'ARM');
    const tripped = acme.send('home', { type: 'TRIP' });
    await Promise.all([tripped, acme.send('front', { type: 'LEAVE' })]);
    await runtime!.settled();
    expect((await acme.history('front')).map(({ kind }) => kind)).toEqual(['create', 'event']);
    expect((await acme.get('home')).snapshot.status).toBe('active');
  });

  test('a subscriber that fails on the event stays as it is, and the publisher does not notice', async () => {
    await populate(door('door', { ...onAlarm, send: 'BREAK' }), 'front');
    await send('home', 'ARM', 'TRIP');
    expect((await acme.history('front'))[1]).toMatchObject({ kind: 'refused', type: 'BREAK' });
    expect((await acme.history('home')).at(-1)).toMatchObject({ kind: 'heard', by: ['front'] });
  });

  test('a template that fails costs its listeners the event and nobody else anything', async () => {
    await populate(door('door', { ...onAlarm, send: { type: 'TOLD', data: '{{ context.a.b }}' } }, onAlarm), 'front');
    await send('home', 'ARM', 'TRIP');
    expect(await told('front')).toEqual(['lock']);
    expect(unheard).toMatchObject([{ code: 'EXPRESSION_FAILED', details: { machine: 'house', subscription: 0 } }]);
  });

  test('running instances stay on the subscriptions of their version', async () => {
    await populate(door('door', onAlarm), 'old');
    await acme.register(door('door', { machine: 'house', event: 'CHIME', send: 'LOCK' }));
    await acme.create('door', 'new');
    await start();
    await acme.register(door('door'));
    await send('home', 'ARM', 'TRIP');
    expect([await told('old'), await told('new')]).toEqual([['lock'], []]);
    await send('home', 'CALM');
  });

  test('instances of one machine may listen to each other, and none to itself', async () => {
    const peer: MachineDefinition = {
      ...door('peer', { machine: 'peer', event: 'LOCK', send: { type: 'TOLD', data: '{{ instance }}' } }),
    };
    await acme.register(peer);
    for (const name of ['a', 'b', 'c']) await acme.create('peer', name);
    await send('b', 'LOCK');
    expect([await told('a'), await told('b'), await told('c')]).toEqual([['b'], ['lock'], ['b']]);
  });

  test('machines that listen to each other in a circle come to rest', async () => {
    const player = (id: string, other: string): MachineDefinition => ({
      id,
      context: { hits: 0 },
      initial: 'on',
      states: { on: { on: { BALL: { actions: { assign: { hits: '{{ context.hits + 1 }}' } } } } } },
      subscriptions: [{ machine: other, event: 'BALL', send: 'BALL' }],
    });
    await start({ limits: { hops: 9 } });
    for (const [id, other] of [
      ['ping', 'pong'],
      ['pong', 'ping'],
    ] as const) {
      await acme.register(player(id, other));
      await acme.create(id, id);
    }
    await send('ping', 'BALL');
    const hits = await Promise.all(['ping', 'pong'].map(async (name) => (await acme.get(name)).snapshot.context.hits));
    expect(hits).toEqual([5, 5]);
    expect(unheard).toMatchObject([{ code: 'SUBSCRIPTION_LOOP' }]);
  });

  test('a circle that goes through sends comes to rest, too', async () => {
    await start({ limits: { hops: 6 } });
    await acme.register({
      id: 'asker',
      initial: 'on',
      states: { on: { on: { ASK: { actions: { send: 'ANSWER', to: 'answerer' } } } } },
      subscriptions: [{ machine: 'answerer', event: 'ANSWER', send: 'ASK' }],
    });
    await acme.register({
      id: 'answerer',
      initial: 'on',
      states: { on: { on: { ANSWER: { target: 'on', reenter: true } } } },
    });
    await acme.create('asker', 'asker');
    await acme.create('answerer', 'answerer');
    await send('asker', 'ASK');
    expect((await acme.history('answerer')).filter(({ kind }) => kind === 'event')).toHaveLength(7);
    expect(unheard).toMatchObject([{ code: 'SUBSCRIPTION_LOOP' }]);
  });

  test('one subscriber too many is refused, and one that has ended makes room', async () => {
    await start({ limits: { subscribers: 2 } });
    await populate(door('door', onAlarm), 'a', 'b');
    await expect(acme.create('door', 'c')).rejects.toMatchObject({ code: 'SUBSCRIBERS_EXCEEDED' });
    await send('a', 'LEAVE');
    await acme.create('door', 'c');
    await send('home', 'ARM', 'TRIP');
    expect([await told('b'), await told('c')]).toEqual([['lock'], ['lock']]);
  });

  test('one decision reaches so many listeners and no more, which is told', async () => {
    await start({ limits: { notices: 3 } });
    await populate(door('door', onAlarm, { ...onAlarm, send: 'TOLD' }), 'a', 'b');
    await send('home', 'ARM', 'TRIP');
    expect([await told('a'), await told('b')]).toEqual([['lock'], ['lock']]);
    expect(unheard).toMatchObject([{ code: 'NOTICES_EXCEEDED', details: { receivers: 2 } }]);
  });

  test('an event that would be too large is not made, which is told', async () => {
    await start({ limits: { eventSize: 200 } });
    const data = "{{ context.zone.padEnd(500, 'x') }}";
    await populate(door('door', { ...onAlarm, send: { type: 'TOLD', data } }), 'a');
    await send('home', 'ARM', 'TRIP');
    expect(await told('a')).toEqual([]);
    expect(unheard).toMatchObject([{ code: 'EVENT_TOO_LARGE' }]);
  });

  test('an instance that names nobody to listen to is refused with what to try', async () => {
    await acme.register(door('door', { ...onAlarm, instance: '{{ context.of }}' }));
    for (const named of [7, '', 'two words', null, { a: 1 }]) {
      const error = await acme.create('door', 'x', { context: { of: named } }).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'SUBSCRIPTION_INVALID', hint: expect.stringContaining('context') });
    }
    await expect(acme.get('x')).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
  });

  test('a listener that must be loaded first is loaded, many of them in little memory', async () => {
    await start({ limits: { liveInstances: 3, unrecordedLines: 1 } });
    const names = Array.from({ length: 40 }, (_, index) => `d${index}`);
    await populate(door('door', onAlarm), ...names);
    await send('home', 'ARM', 'TRIP');
    for (const name of names) expect(await told(name)).toEqual(['lock']);
    await start();
    expect((await acme.get('home')).notices).toEqual([]);
  });

  test('hundreds of listeners are told in turns, and each of them once', async () => {
    const names = Array.from({ length: 600 }, (_, index) => `d${index}`);
    await acme.register(house);
    await acme.register(door('door', onAlarm));
    await acme.create('house', 'home');
    await Promise.all(names.map((name) => acme.create('door', name)));
    await send('home', 'ARM', 'TRIP');
    expect(await told('d599')).toEqual(['lock']);
    const heard = (await acme.history('home')).flatMap((entry) => (entry.kind === 'heard' ? entry.by : []));
    expect(heard.toSorted()).toEqual(names.toSorted());
    expect((await acme.history('d0')).length).toBe(2);
  });

  test('a listener whose code is not registered yet has it once it is', async () => {
    const listener = { ...door('door', onAlarm), entry: [] };
    const registry = createRegistry({ functions: { noop: defineFunction({ run: () => 1 }) } });
    const withFunction: MachineDefinition = {
      ...listener,
      states: { ...listener.states, on: { ...listener.states!.on, exit: { assign: () => ({}) } } },
    };
    await populate(withFunction, 'front');
    await start({ registry });
    await send('home', 'ARM');
    await acme.send('home', { type: 'TRIP' });
    await acme.register(withFunction);
    await expect.poll(() => told('front'), { timeout: 5000 }).toEqual(['lock']);
    expect(systemClock.virtual).toBe(false);
  });

  test('a runtime that only reads sees what is under way', async () => {
    await populate(door('door', onAlarm), 'front');
    await send('home', 'ARM', 'TRIP');
    await start({ readOnly: true });
    expect(await told('front')).toEqual(['lock']);
    expect(acme.listening).toBe(false);
  });
});

describe('a process that dies right after the decision was committed', () => {
  test.each([{ unrecordedLines: 0 }, { unrecordedLines: 1000 }])(
    'tells the listeners when it starts again, with %j',
    async (limits) => {
      const disk = new MemoryStore();
      const store = mortal(disk);
      const first = (await openRuntime({ store, limits })).tenant('acme');
      await first.register(house);
      await first.register(door('door', onAlarm));
      await first.create('house', 'home');
      for (const name of ['front', 'back']) await first.create('door', name);
      await first.send('home', { type: 'ARM' });
      store.kill();
      void first.send('home', { type: 'TRIP' }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await disk.find('acme', 'front'))?.record?.sequence ?? 1).toBe(1);

      const runtime = await openRuntime({ store: disk });
      await runtime.settled();
      for (const name of ['front', 'back']) {
        const lines = await runtime.tenant('acme').history(name);
        expect(lines.map(({ kind }) => kind)).toEqual(['create', 'event']);
      }
      await runtime.close();
    },
  );
});
