import type { MachineDefinition } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../clock.ts';
import { openRuntime, type Runtime } from '../runtime.ts';
import { type FeedEvent, feedLog, talksToOthers } from './feed.ts';

const door: MachineDefinition = {
  id: 'door',
  initial: 'closed',
  states: {
    closed: { on: { OPEN: 'open' } },
    open: { after: { '10s': 'closing' } },
    closing: { effect: { type: 'delay', duration: '2s' }, onDone: 'closed', on: { PERSON: 'open' } },
  },
};

const asking: MachineDefinition = {
  id: 'asking',
  context: { answers: [] },
  initial: 'idle',
  states: {
    idle: { on: { ASK: 'waiting', NOTE: { actions: { assign: { answers: "{{ [...context.answers, 'early'] }}" } } } } },
    waiting: {
      effect: { type: 'call', function: 'ask' },
      onDone: { target: 'told', actions: { assign: { answers: '{{ [...context.answers, event.output] }}' } } },
    },
    told: { on: { NOTE: { actions: { assign: { answers: "{{ [...context.answers, 'late'] }}" } } } } },
  },
};

const relay: MachineDefinition = {
  id: 'relay',
  context: { heard: [] },
  initial: 'on',
  states: {
    on: {
      on: {
        PASS: { actions: { send: { type: 'HEAR', data: '{{ now }}' }, to: '{{ event.data }}' } },
        HEAR: { actions: { assign: { heard: '{{ [...context.heard, event.data] }}' } } },
        SAY: { actions: { assign: { heard: '{{ [...context.heard, event.data] }}' } } },
      },
    },
  },
};

async function feed(
  definition: MachineDefinition,
  events: readonly Omit<FeedEvent, 'id'>[],
  ask: () => unknown = () => 'answer',
): Promise<{ runtime: Runtime; rejected: [number, string][]; counts: object }> {
  const clock = new VirtualClock(events[0]!.at);
  const runtime = await openRuntime({ clock, registry: createRegistry({ functions: { ask } }) });
  const tenant = runtime.tenant('acme');
  const rejected: [number, string][] = [];
  const feed = feedLog({
    runtime,
    tenant,
    definition,
    clock,
    machine: await tenant.register(definition),
    rejected: (position, { code }) => rejected.push([position, code]),
  });
  for (const [index, event] of events.entries()) await feed.push({ ...event, id: `e${index}` }, index);
  await feed.finish();
  return { runtime, rejected, counts: feed.counts };
}

async function story(runtime: Runtime, instance: string): Promise<[number, string][]> {
  const history = await runtime.tenant('acme').history(instance);
  return history.map((entry) => [entry.at, entry.kind === 'event' ? entry.type : entry.kind]);
}

describe('a log with times', () => {
  test('fires timers and ends delays at their own times, between the events they fall between', async () => {
    const { runtime } = await feed(door, [
      { instance: 'd', type: 'OPEN', at: 0 },
      { instance: 'd', type: 'PERSON', at: 11_000 },
      { instance: 'd', type: 'NOISE', at: 60_000 },
    ]);
    expect(await story(runtime, 'd')).toEqual([
      [0, 'create'],
      [0, 'OPEN'],
      [10_000, 'timer'],
      [10_000, 'step'],
      [11_000, 'PERSON'],
      [21_000, 'timer'],
      [21_000, 'step'],
      [23_000, 'done'],
      [60_000, 'NOISE'],
    ]);
    await runtime.close();
  });

  test('lets an effect finish before the next event of its instance, however long it really takes', async () => {
    const slow = () => new Promise((resolve) => setImmediate(() => setImmediate(() => resolve('answer'))));
    const { runtime } = await feed(
      asking,
      [
        { instance: 'a', type: 'ASK', at: 0 },
        { instance: 'a', type: 'NOTE', at: 1 },
      ],
      slow,
    );
    expect((await runtime.tenant('acme').get('a')).snapshot.context).toEqual({ answers: ['answer', 'late'] });
    await runtime.close();
  });

  test('keeps the order of time between instances that talk to each other', async () => {
    const { runtime } = await feed(relay, [
      { instance: 'b', type: 'NOISE', at: 0 },
      { instance: 'a', type: 'PASS', data: 'b', at: 10 },
      { instance: 'b', type: 'SAY', data: 20, at: 20 },
      { instance: 'a', type: 'PASS', data: 'b', at: 30 },
      { instance: 'b', type: 'SAY', data: 40, at: 40 },
    ]);
    expect((await runtime.tenant('acme').get('b')).snapshot.context).toEqual({ heard: [10, 20, 30, 40] });
    await runtime.close();
  });
});

test('the lines of an instance that cannot be created are rejected with the reason why', async () => {
  const { runtime, rejected, counts } = await feed(door, [
    { instance: 'Case 7', type: 'OPEN', at: 0 },
    { instance: 'd', type: 'OPEN', at: 1 },
    { instance: 'Case 7', type: 'OPEN', at: 2 },
  ]);
  expect(rejected).toEqual([
    [0, 'ID_INVALID'],
    [2, 'ID_INVALID'],
  ]);
  expect(counts).toEqual({ events: 3, taken: 1, ignored: 0, rejected: 2, repeated: 0 });
  await runtime.close();
});

test('a machine talks to others when it sends, or when an effect of it does', () => {
  expect(talksToOthers(door)).toBe(false);
  expect(talksToOthers(relay)).toBe(true);
  expect(talksToOthers({ states: { a: { effect: { type: 'retry', effect: { type: 'send_event' } } } } })).toBe(true);
});
