// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { EffectDefinition, Json } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { Manual, start } from '../testing/start.ts';

const ask: EffectDefinition = { type: 'call', function: 'ask', params: { of: '{{ params.item }}' } };
const forEach = (items: Json, effect: EffectDefinition, more: object = {}): EffectDefinition =>
  ({ type: 'for_each', items, effect, ...more }) as EffectDefinition;
const sequence = (...effects: EffectDefinition[]): EffectDefinition =>
  ({ type: 'sequence', effects }) as EffectDefinition;

test('gives the outputs in the order of the items; an item is `params.item` and the first `result`', () => {
  const log = { type: 'log', message: '{{ [result, params.item, params.index, params.given] }}' };
  const life = start(forEach(['a', 'b'], log), { params: { given: 1 } });
  expect(life.output()).toEqual(['a', 'b']);
  expect(life.host.logs.map(({ message }) => message)).toEqual([
    ['a', 'a', 0, 1],
    ['b', 'b', 1, 1],
  ]);
});

test('takes a list, a template or an expression, and nothing else', () => {
  const item = { type: 'log', message: '' };
  const context = { list: [1, 2], no: 'text' };
  for (const items of [[1, 2], '{{ context.list }}', 'context.list', ['{{ context.list[0] }}', 2]]) {
    expect(start(forEach(items, item), { context }).output()).toEqual([1, 2]);
  }
  expect(start(forEach('context.no', item), { context }).error()).toMatchObject({
    code: 'EFFECT_PARAMETERS',
    path: '',
  });
  expect(start(forEach('context.missing', item), { context }).error().code).toBe('EFFECT_PARAMETERS');
  expect(start(forEach(Array(10_001).fill(0), item)).error().code).toBe('TOO_MANY_ITEMS');
});

test('an empty list is done at once, and "none" keeps no outputs', () => {
  expect(start(forEach([], ask)).output()).toEqual([]);
  expect(start(forEach([], ask, { collect: 'none' })).output()).toBe(null);
  expect(start(forEach([1], { type: 'log', message: '' }, { collect: 'none' })).output()).toBe(null);
});

test('how many items there are is on record before the first begins', () => {
  const life = start(forEach([1, 2], { type: 'log', message: '' }), { crashAfter: 0 });
  expect(life.host.logs).toEqual([]);
  const next = life.restart();
  expect(next.output()).toEqual([1, 2]);
  expect(next.host.records[0]).toEqual({ path: '', step: { count: 2 } });
});

test('runs as many at the same time as it may, and a failure stops the others', async () => {
  const manual = new Manual();
  const life = start(forEach([1, 2, 3, 4], ask, { concurrency: 2 }), { functions: { ask: manual.run } });
  expect(manual.calls.map(({ params }) => params)).toEqual([{ of: 1 }, { of: 2 }]);
  manual.calls[1]!.resolve('two');
  await life.host.rest();
  expect(manual.calls).toHaveLength(3);
  manual.calls[2]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.error()).toMatchObject({ message: 'no', path: '@2.0' });
  expect(manual.calls[0]!.signal.aborted).toBe(true);
  expect(manual.calls).toHaveLength(3);
});

test('one after the other, a failure keeps the rest from starting', () => {
  const asked: Json[] = [];
  const functions = {
    ask: ({ of }: { of: number }) => {
      asked.push(of);
      if (of === 2) throw new Error('no');
    },
  };
  expect(start(forEach([1, 2, 3], ask), { functions }).error().path).toBe('@1.0');
  expect(asked).toEqual([1, 2]);
});

test('idempotency keys differ from item to item and are the same in every attempt', async () => {
  const manual = new Manual();
  const once = { type: 'retry', attempts: 2, delay: 10, jitter: 0, effect: forEach([1, 2], ask, { concurrency: 2 }) };
  const life = start(once, { functions: { ask: manual.run } });
  manual.calls[0]!.reject(new Error('no'));
  await life.host.advance(10);
  const keys = manual.calls.map(({ key }) => key);
  expect(keys).toEqual(['test:0@0.0', 'test:0@1.0', 'test:0@0.0', 'test:0@1.0']);
});

describe('what items write', () => {
  const add = { type: 'update_data', path: 'sum', expression: '(params.value ?? 0) + params.item' };

  test('those after see, when they run one after the other', () => {
    expect(start(sequence(forEach([1, 2, 3], add), { type: 'get_data', path: 'sum' })).output()).toBe(6);
  });

  test('others do not see, when they run side by side, and what comes after sees in the order of the items', async () => {
    const slowest = sequence(
      { type: 'delay', duration: '{{ 10 - params.item }}' },
      { type: 'put_data', path: 'last', value: '{{ [params.item, context.last] }}' },
    );
    const life = start(sequence(forEach([1, 2, 3], slowest, { concurrency: 3 }), { type: 'get_data', path: 'last' }));
    await life.host.finish();
    expect(life.output()).toEqual([3, null]);
    expect(life.restart().output()).toEqual([3, null]);
  });

  test('is seen also when the items do not start again, because a failure is on record before them', async () => {
    const manual = new Manual();
    const put = { type: 'put_data', path: 'seen', value: '{{ params.item }}' };
    const item = {
      type: 'choose',
      branches: [{ when: 'params.index == 0', then: ask }],
      otherwise: put,
    };
    const all = forEach(['a', 'b'], item, { concurrency: 2 });
    const race = { type: 'race', first: 'success', effects: [all, { type: 'delay', duration: '1h' }] };
    const whole = sequence(race, { type: 'get_data', path: 'seen' });
    const life = start(whole, { functions: { ask: manual.run } });
    manual.calls[0]!.reject(new Error('no'));
    await life.host.rest();
    const crashed = new Map(life.host.facts);
    // the failure of the item is durable, that of the list is not
    crashed.set('0.0', { count: 2 });
    const next = start(whole, { functions: { ask: manual.run }, known: crashed });
    await next.host.finish();
    expect(next.output()).toBe('b');
    expect(manual.calls).toHaveLength(1);
  });
});

test('a crash at any record repeats no item that is on record', async () => {
  const kinds: object[] = [{}, { concurrency: 2 }, { concurrency: 9 }];
  for (const more of kinds) {
    for (let crashAfter = 0; ; crashAfter += 1) {
      const done: Json[] = [];
      const functions = {
        ask: ({ of }: { of: number }) => {
          done.push(of);
          return of * 10;
        },
      };
      const item = sequence(ask, { type: 'put_data', path: 'sum.x', value: '{{ result }}' });
      const whole = sequence(forEach([1, 2, 3], item, more), { type: 'get_data', path: 'sum.x' });
      const first = start(whole, { functions, crashAfter });
      const crashed = first.host.dead;
      const life = crashed ? first.restart({}) : first;
      await life.host.rest();
      expect(life.output()).toBe(30);
      expect(life.host.violations).toEqual([]);
      expect(done.length).toBeLessThanOrEqual(crashed ? 4 : 3);
      if (!crashed) break;
    }
  }
});

test('lists inside lists keep their items apart', () => {
  const inner = forEach('params.item', { type: 'log', message: '{{ params.index }}' });
  const life = start(forEach([[1, 2], [3]], inner));
  expect(life.output()).toEqual([[1, 2], [3]]);
  expect(life.host.records.map(({ path }) => path)).toEqual(['', '@0.0', '@0.0@0.0', '@0.0@1.0', '@1.0', '@1.0@0.0']);
});
