import type { MachineDefinition } from '@fsm/core';
import { createRegistry, type FunctionCall } from '@fsm/effects';
import { type ExecutionProgress, openRuntime, type Runtime, type RuntimeOptions, VirtualClock } from '@fsm/runtime';
import { afterEach, expect, test } from 'vitest';

const machine: MachineDefinition = {
  id: 'order',
  initial: 'open',
  states: {
    open: { on: { PAY: 'paying' } },
    paying: {
      effect: {
        type: 'sequence',
        effects: [
          { type: 'call', function: 'score' },
          { type: 'parallel', effects: { a: { type: 'delay', duration: '3s' }, b: { type: 'delay', duration: '5s' } } },
          { type: 'retry', attempts: 2, delay: '1m', jitter: 0, effect: { type: 'call', function: 'charge' } },
        ],
      },
      onDone: 'paid',
      on: { CANCEL: 'open' },
    },
    paid: {},
  },
};

const registry = createRegistry({
  functions: {
    score: (_: unknown, { progress }: FunctionCall) => {
      progress('half way');
      return 700;
    },
    charge: (_: unknown, { attempt }: FunctionCall) => {
      if (attempt === 1) throw new Error('no answer');
      return 'c1';
    },
  },
});

let runtime: Runtime | undefined;
afterEach(() => runtime?.close());

async function open(options: RuntimeOptions = {}) {
  const clock = new VirtualClock(1_000);
  runtime = await openRuntime({ clock, registry, ...options });
  const acme = runtime.tenant('acme');
  await acme.register(machine);
  for (const name of ['one', 'two']) await acme.create('order', name);
  const advanceTo = async (time: number) => {
    clock.advanceTo(time);
    await runtime!.settled();
  };
  return { runtime, acme, advanceTo };
}

async function all(progress: AsyncIterable<ExecutionProgress>): Promise<ExecutionProgress[]> {
  const reports: ExecutionProgress[] = [];
  for await (const report of progress) reports.push(report);
  return reports;
}

const brief = ({ instance, path, phase }: ExecutionProgress) => `${instance} ${phase} ${path || '·'}`;

test('running executions are listed with the nodes that work or wait, since when, and in which attempt', async () => {
  const { acme, runtime, advanceTo } = await open();
  expect(await acme.executions()).toEqual([]);
  await acme.send('one', { type: 'PAY' });
  await runtime.settled();
  const execution = { instance: 'one', invocation: 'paying', state: 'paying', since: 1_000, kind: 'sequence' };
  const node = (path: string, kind: string, since: number) => ({ path, kind, since, attempt: 1 });
  expect(await acme.executions()).toMatchObject([
    { ...execution, nodes: [node('1.a', 'delay', 1_000), node('1.b', 'delay', 1_000)] },
  ]);
  await advanceTo(4_500);
  expect(await acme.executions('one')).toMatchObject([{ nodes: [node('1.b', 'delay', 1_000)] }]);
  expect(await acme.executions('two')).toEqual([]);
  await advanceTo(6_500);
  // between two attempts it is the retry that waits
  expect(await acme.executions()).toMatchObject([{ nodes: [node('2', 'retry', 6_000)] }]);
  await advanceTo(70_000);
  expect(await acme.executions()).toEqual([]);
  await expect(acme.executions('three')).rejects.toMatchObject({ code: 'INSTANCE_UNKNOWN' });
});

test('what nodes do is told to whoever watches the instance or the tenant, and to no other tenant', async () => {
  const { acme, runtime, advanceTo } = await open();
  const one = acme.watch('one');
  const tenant = acme.watch();
  const other = runtime.tenant('other').watch();
  for (const name of ['one', 'two']) await acme.send(name, { type: 'PAY' });
  await runtime.settled();
  await advanceTo(100_000);
  await runtime.close();
  const reports = await all(one);
  expect(reports.map(brief)).toEqual([
    'one started ·',
    'one started 0',
    'one progressed 0',
    'one finished 0',
    'one started 1',
    'one started 1.a',
    'one started 1.b',
    'one finished 1.a',
    'one finished 1.b',
    'one finished 1',
    'one started 2',
    'one started 2#1.0',
    'one failed 2#1.0',
    'one retrying 2',
    'one started 2#2.0',
    'one finished 2#2.0',
    'one finished 2',
    'one finished ·',
  ]);
  expect(reports[8]).toMatchObject({
    tenant: 'acme',
    invocation: 'paying',
    kind: 'delay',
    parent: '1',
    at: 6_000,
    duration: 5_000,
  });
  const ofBoth = await all(tenant);
  expect(ofBoth.filter(({ instance }) => instance === 'one')).toEqual(reports);
  expect(ofBoth).toHaveLength(2 * reports.length);
  expect(await all(other)).toEqual([]);
});

test.each(['its state is left', 'the runtime is closed'])('when %s, an execution is seen to end', async (why) => {
  const { acme, runtime } = await open();
  const progress = acme.watch('two');
  await acme.send('two', { type: 'PAY' });
  await runtime.settled();
  if (why === 'its state is left') await acme.send('two', { type: 'CANCEL' });
  await runtime.close();
  expect((await all(progress)).slice(-4).map(brief)).toEqual([
    'two cancelled 1.a',
    'two cancelled 1.b',
    'two cancelled 1',
    'two cancelled ·',
  ]);
});

test('what began before somebody watched is not told, what begins then is', async () => {
  const { acme, runtime, advanceTo } = await open();
  await acme.send('one', { type: 'PAY' });
  await runtime.settled();
  const progress = acme.watch('one');
  await advanceTo(6_500);
  await runtime.close();
  expect((await all(progress)).slice(0, 2).map(brief)).toEqual(['one started 2', 'one started 2#1.0']);
});

test('whoever stops reading stops watching, and a slow reader does not hold anything up', async () => {
  const { acme, runtime, advanceTo } = await open();
  const slow = acme.watch('one', { buffer: 3 });
  const brief = acme.watch('one');
  await acme.send('one', { type: 'PAY' });
  await runtime.settled();
  for await (const { phase } of brief) {
    expect(phase).toBe('started');
    break;
  }
  await advanceTo(100_000);
  expect(await brief.next()).toEqual({ done: true, value: undefined });
  expect((await acme.get('one')).snapshot.configuration).toEqual(['paid']);
  expect(await slow.next()).toMatchObject({ value: { path: '2#2.0', phase: 'finished', missed: 15 } });
});

test('watching is refused for a name that cannot be one, and once the runtime is closed', async () => {
  const { acme, runtime } = await open();
  expect(() => acme.watch('no such name')).toThrow(expect.objectContaining({ code: 'ID_INVALID' }));
  await runtime.close();
  expect(() => acme.watch()).toThrow(expect.objectContaining({ code: 'RUNTIME_CLOSED' }));
});
