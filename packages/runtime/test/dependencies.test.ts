import { FsmError, type MachineDefinition } from '@fsm/core';
import { createRegistry, createServices } from '@fsm/effects';
import { openRuntime, type Runtime, type Tenant, VirtualClock } from '@fsm/runtime';
import { afterEach, expect, test } from 'vitest';

const open: Runtime[] = [];

afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close();
});

/** A machine that performs one effect. */
function performing(effect: object): MachineDefinition {
  return {
    id: 'worker',
    context: {},
    initial: 'working',
    states: {
      working: {
        effect: effect as never,
        onDone: { target: 'done', actions: { assign: { output: '{{ event.output }}' } } },
        onError: { target: 'failed', actions: { assign: { error: '{{ event.error }}' } } },
        on: { LEAVE: 'left' },
      },
      done: {},
      failed: {},
      left: {},
    },
  };
}

async function running(effect: object, functions: Parameters<typeof createRegistry>[0] = {}) {
  const clock = new VirtualClock();
  const runtime = await openRuntime({ registry: createRegistry(functions), clock });
  open.push(runtime);
  const acme = runtime.tenant('acme');
  await acme.register(performing(effect));
  return { clock, runtime, acme };
}

async function states(tenant: Tenant, count: number): Promise<string[]> {
  const views = Array.from({ length: count }, (_, index) => tenant.get(`w${index}`));
  return (await Promise.all(views)).map(({ snapshot }) => snapshot.configuration.at(-1)!);
}

async function create(tenant: Tenant, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await tenant.create('worker', `w${index}`);
}

const delay = { type: 'delay', duration: '1h' };

test('instances share slots, and a virtual clock goes on while some wait for others', async () => {
  const { clock, runtime, acme } = await running({ type: 'bulkhead', name: 'printer', slots: 1, effect: delay });
  await create(acme, 3);
  await runtime.settled();
  expect(acme.dependencies()).toMatchObject([{ kind: 'bulkhead', name: 'printer', slots: 1, used: 1, waiting: 2 }]);
  const seen: string[][] = [];
  for (let hour = 1; hour <= 3; hour += 1) {
    clock.advanceTo(hour * 3_600_000);
    await runtime.settled();
    seen.push(await states(acme, 3));
  }
  expect(seen).toEqual([
    ['done', 'working', 'working'],
    ['done', 'done', 'working'],
    ['done', 'done', 'done'],
  ]);
});

test('an instance that leaves its state gives up its slot and its place', async () => {
  const { runtime, acme } = await running({ type: 'bulkhead', name: 'printer', slots: 1, effect: delay });
  await create(acme, 3);
  await runtime.settled();
  await acme.send('w1', { type: 'LEAVE' });
  await acme.send('w0', { type: 'LEAVE' });
  await runtime.settled();
  expect(acme.dependencies()).toMatchObject([{ used: 1, waiting: 0 }]);
});

test('instances keep a common pace', async () => {
  const { clock, runtime, acme } = await running({
    type: 'rate_limit',
    name: 'mailer',
    limit: 1,
    per: '1m',
    effect: { type: 'log', message: 'sent' },
  });
  await create(acme, 3);
  await runtime.settled();
  expect(await states(acme, 3)).toEqual(['done', 'working', 'working']);
  clock.advanceTo(60_000);
  await runtime.settled();
  expect(await states(acme, 3)).toEqual(['done', 'done', 'working']);
  clock.advanceTo(120_000);
  await runtime.settled();
  expect(await states(acme, 3)).toEqual(['done', 'done', 'done']);
});

test('instances that ask for the same share one call, and calls of several become one', async () => {
  const calls: unknown[] = [];
  const functions = {
    look: async () => {
      calls.push('look');
      return 1;
    },
    all: async (list: unknown[]) => {
      calls.push(list);
      return list;
    },
  };
  const { clock, runtime, acme } = await running(
    {
      type: 'sequence',
      effects: [
        { type: 'cache', key: 1, ttl: '1h', effect: { type: 'call', function: 'look' } },
        { type: 'batch', function: 'all', input: '{{ instance }}', window: '5s' },
      ],
    },
    { functions },
  );
  await create(acme, 3);
  await runtime.settled();
  clock.advanceTo(5_000);
  await runtime.settled();
  expect(await states(acme, 3)).toEqual(['done', 'done', 'done']);
  expect(calls).toEqual(['look', ['w0', 'w1', 'w2']]);
});

test('an operator opens and releases a circuit, of the own tenant only', async () => {
  const { runtime, acme } = await running({
    type: 'circuit_breaker',
    name: 'payments',
    effect: { type: 'log', message: 'paid' },
  });
  const other = runtime.tenant('other');
  await other.register(performing({ type: 'circuit_breaker', name: 'payments', effect: { type: 'log', message: 1 } }));
  await acme.create('worker', 'w0');
  await runtime.settled();
  expect(acme.override('payments', { circuit: 'open' })).toMatchObject([{ state: 'open', forced: true }]);
  await acme.create('worker', 'w1');
  await other.create('worker', 'w0');
  acme.override('payments', { circuit: 'automatic' });
  await acme.create('worker', 'w2');
  await runtime.settled();
  expect(await states(acme, 3)).toEqual(['done', 'failed', 'done']);
  expect(await states(other, 1)).toEqual(['done']);
  expect((await acme.get('w1')).snapshot.context).toMatchObject({ error: { code: 'CIRCUIT_OPEN' } });
  expect(runtime.tenant('third').dependencies()).toEqual([]);
  expect(() => acme.override('payment', { circuit: 'open' })).toThrow(FsmError);
});

test('services that were given are shared by runtimes and outlive them', async () => {
  const services = createServices();
  const disposed: number[] = [];
  services.resource({ make: () => 1, dispose: (pool) => void disposed.push(pool) });
  const runtime = await openRuntime({ services });
  services.of('acme').bulkhead('printer');
  expect(runtime.tenant('acme').dependencies()).toMatchObject([{ name: 'printer' }]);
  await runtime.close();
  expect(disposed).toEqual([]);
  await services.close();
  expect(disposed).toEqual([1]);
});
