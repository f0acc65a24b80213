import { type EffectDefinition, FsmError, type Json } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { execute } from './execute.ts';
import { defineFunction } from './function.ts';
import { createRegistry } from './registry.ts';
import { run } from './run.ts';
import { Manual, start } from './testing/start.ts';
import { TestHost } from './testing/test-host.ts';

const failing = () => {
  throw new Error('no answer');
};

describe('what is recorded', () => {
  test('nothing waits and nothing is recorded for a sequence of pure functions', () => {
    const one = defineFunction({ repeat: 'pure', run: () => 1 });
    const life = start({ type: 'sequence', effects: [call('one'), call('one')] }, { functions: { one } });
    expect(life.output()).toBe(1);
    expect(life.host.records).toEqual([]);
  });

  test('the outcome of a step is on record before the next one starts', async () => {
    const known: number[] = [];
    const count = () => known.push(life.host.records.length);
    const life = start(
      { type: 'sequence', effects: [call('one'), call('count'), call('count')] },
      { functions: { one: () => 1, count }, records: 'later' },
    );
    await life.host.rest();
    expect(known).toEqual([1, 2]);
    expect(life.host.records.map(({ path }) => path)).toEqual(['0', '1', '2']);
  });

  test('a pure function that takes time is recorded, so that it is not computed again', async () => {
    const manual = new Manual();
    const slow = defineFunction({ repeat: 'pure', run: manual.run });
    const life = start(
      { type: 'sequence', effects: [call('slow'), { type: 'delay', duration: 1 }] },
      { functions: { slow } },
    );
    manual.calls[0]!.resolve(7);
    await life.host.rest();
    expect(life.host.facts.get('0')).toEqual({ output: 7 });
    const next = life.restart();
    await next.host.finish();
    expect(next.output()).toBe(7);
    expect(manual.calls).toHaveLength(1);
  });

  test('a leaf that is the whole execution records no outcome, because the host keeps that itself', async () => {
    expect(start(call('one'), { functions: { one: () => 1 } }).host.records).toEqual([]);
    expect(start(call('failing'), { functions: { failing } }).host.records).toEqual([]);
  });

  test('put_data that is the whole execution records its patch', () => {
    const life = start({ type: 'put_data', path: 'a', value: 1 });
    expect(life.host.records).toEqual([{ path: '', step: { output: 1, patch: { a: 1 } } }]);
  });

  test('a recorded error is thrown again with its code, path, hint and details, and the step is not performed', async () => {
    const error = new FsmError('SCORE_LOW', 'Too low.', { hint: 'Wait.', details: { score: 3 } });
    let calls = 0;
    const score = () => {
      calls += 1;
      throw error;
    };
    const life = start({ type: 'sequence', effects: [call('score')] }, { functions: { score } });
    const again = life.restart();
    expect(calls).toBe(1);
    expect(life.error().toJSON()).toEqual({
      code: 'SCORE_LOW',
      message: 'Too low.',
      hint: 'Wait.',
      path: '0',
      details: { score: 3, kind: 'call' },
    });
    expect(again.error().toJSON()).toEqual(life.error().toJSON());
  });

  test('a step that fails records an error that fits into the journal, whatever its details hold', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const odd = () => {
      throw new FsmError('ODD', 'x'.repeat(100_000), { details: { circle } });
    };
    const life = start({ type: 'sequence', effects: [call('odd')] }, { functions: { odd } });
    const { error } = life.host.records[0]!.step;
    expect(error!.message.length).toBeLessThan(10_000);
    expect(error).not.toHaveProperty('details');
  });

  test('a resumed execution sees what its first life wrote into the context', () => {
    const effect = {
      type: 'sequence',
      effects: [
        { type: 'put_data', path: 'n', value: '{{ context.n + 1 }}' },
        { type: 'put_data', path: 'm', value: '{{ context.n * 10 }}' },
      ],
    };
    const life = start(effect, { context: { n: 1 }, crashAfter: 1 });
    expect(life.host.dead).toBe(true);
    const next = life.restart();
    expect(next.output()).toBe(20);
    expect(next.host.records).toEqual([{ path: '1', step: { output: 20, patch: { m: 20 } } }]);
  });
});

describe('a step that must not be performed twice', () => {
  const once = (run: () => unknown) => defineFunction({ repeat: 'once', run });

  test('records that it is about to start before it starts', async () => {
    const known: unknown[] = [];
    const pay = once(() => {
      known.push(...life.host.records);
      return 'paid';
    });
    const life = start({ type: 'sequence', effects: [call('pay')] }, { functions: { pay }, records: 'later' });
    await life.host.rest();
    expect(known).toEqual([{ path: '0', step: { intent: true } }]);
    expect(life.host.facts.get('0')).toEqual({ intent: true, output: 'paid' });
    expect(life.output()).toBe('paid');
  });

  test('ends as EFFECT_UNKNOWN when the process died in the middle of it, now and in every later life', async () => {
    const manual = new Manual();
    const pay = defineFunction({ repeat: 'once', run: manual.run });
    const life = start({ type: 'sequence', effects: [call('pay')] }, { functions: { pay } });
    const next = life.restart();
    expect(next.error()).toMatchObject({ code: 'EFFECT_UNKNOWN', path: '0' });
    expect(next.restart().error()).toMatchObject({ code: 'EFFECT_UNKNOWN', path: '0' });
    expect(manual.calls).toHaveLength(1);
  });

  test('ends as EFFECT_UNKNOWN also when it is the whole execution', () => {
    const manual = new Manual();
    const pay = defineFunction({ repeat: 'once', run: manual.run });
    const life = start(call('pay'), { functions: { pay } });
    expect(life.host.records).toEqual([{ path: '', step: { intent: true } }]);
    expect(life.restart().error()).toMatchObject({ code: 'EFFECT_UNKNOWN', path: '' });
  });

  test('is not repeated when its outcome is on record', () => {
    let calls = 0;
    const pay = once(() => (calls += 1));
    const life = start(
      { type: 'sequence', effects: [call('pay'), call('pay')] },
      { functions: { pay }, crashAfter: 3 },
    );
    const next = life.restart();
    expect(calls).toBe(2);
    expect(next.error()).toMatchObject({ code: 'EFFECT_UNKNOWN', path: '1' });
  });
});

describe('errors', () => {
  test('an error without a code becomes EFFECT_FAILED with message, path and cause', () => {
    const { host: _, ...life } = start({ type: 'sequence', effects: [call('failing')] }, { functions: { failing } });
    expect(life.error()).toMatchObject({ code: 'EFFECT_FAILED', message: 'no answer', path: '0', next: 'retry' });
    expect(life.error().cause).toMatchObject({ message: 'no answer' });
  });

  test('anything may be thrown', () => {
    for (const thrown of [undefined, null, 'text', 42, Object.create(null), { toString: null }]) {
      const odd = () => {
        throw thrown;
      };
      expect(start(call('odd'), { functions: { odd } }).error().code).toBe('EFFECT_FAILED');
    }
  });

  test('an error inside a nested tree names the effect that raised it, attempt included', async () => {
    const effect = {
      type: 'sequence',
      effects: [
        { type: 'retry', attempts: 2, delay: 0, effect: { type: 'parallel', effects: { a: call('failing') } } },
      ],
    };
    expect(start(effect, { functions: { failing } }).error().path).toBe('0#2.0.a');
  });

  test('an expression that fails names the step and the place of the expression', () => {
    const effect = { type: 'sequence', effects: [{ type: 'log', message: { deep: '{{ context.a.b.c }}' } }] };
    const error = start(effect).error();
    expect(error.path).toBe('0');
    expect(error.details).toMatchObject({ kind: 'log', at: '$.effects[0].message.deep' });
  });

  test.each([
    ['a Date', new Date(0), 'class Date'],
    ['a Map', new Map(), 'class Map'],
    ['NaN inside', { a: [Number.NaN] }, '$.a[0]'],
    ['a function', () => 1, 'function'],
    ['a bigint', 1n, 'bigint'],
  ])('a result that is not JSON is EFFECT_RESULT: %s', (_, result, words) => {
    const error = start(call('odd'), { functions: { odd: () => result } }).error();
    expect(error.code).toBe('EFFECT_RESULT');
    expect(error.message).toContain(words);
  });

  test('a result of more than 256 KB is EFFECT_RESULT', () => {
    const large = (length: number) => start(call('large'), { functions: { large: () => 'x'.repeat(length) } });
    expect(large(262_000).output()).toHaveLength(262_000);
    expect(large(262_145).error().code).toBe('EFFECT_RESULT');
    const many = start(call('many'), { functions: { many: () => Array.from({ length: 100_000 }, () => 'xx') } });
    expect(many.error().code).toBe('EFFECT_RESULT');
  });

  test('when the host cannot record, the execution ends and nothing is tried again', async () => {
    let calls = 0;
    const effect = {
      type: 'retry',
      attempts: 5,
      delay: 0,
      effect: { type: 'sequence', effects: [call('count'), call('count')] },
    };
    const life = start(effect, { functions: { count: () => (calls += 1) }, crashAfter: 1 });
    await life.host.finish();
    expect(calls).toBe(2);
    expect(life.host.violations).toEqual([]);
    expect(life.error()).toMatchObject({ code: 'HOST_FAILED', cause: { name: 'Crash' } });
  });
});

test('when a record cannot become durable, the execution ends with the error of the host and nothing is tried again', async () => {
  class FullHost extends TestHost {
    override record() {
      return Promise.reject(new FsmError('STORE_FULL', 'The disk is full.'));
    }
  }
  let calls = 0;
  const registry = createRegistry({ functions: { count: () => (calls += 1) } });
  const effect = registry.prepare({ type: 'retry', attempts: 5, delay: 0, effect: call('count') });
  const host = new FullHost();
  const watched = host.outcome(() => execute(effect, host));
  await host.finish();
  expect(watched.settled).toMatchObject({ error: { code: 'STORE_FULL' } });
  expect(calls).toBe(1);
});

describe('what a function is called with', () => {
  test('a copy of its parameters, which it may change', () => {
    const sorted = ({ list }: { list: number[] }) => list.sort();
    const life = start(
      { type: 'sequence', effects: [call('sorted', { list: '{{ context.list }}' }), call('sorted', { list: [3, 1] })] },
      { functions: { sorted }, context: { list: [2, 1] } },
    );
    expect(life.output()).toEqual([1, 3]);
    expect(life.host.scope.context).toEqual({ list: [2, 1] });
    expect(life.restart().output()).toEqual([1, 3]);
  });

  test('a key that stays the same across attempts and lives', async () => {
    const manual = new Manual();
    const effect = { type: 'sequence', effects: [{ type: 'retry', attempts: 3, delay: 0, effect: call('ask') }] };
    const life = start(effect, { functions: { ask: manual.run } });
    manual.calls[0]!.reject(new Error('busy'));
    await life.host.rest();
    life.restart();
    expect(manual.calls.map(({ key, attempt }) => [key, attempt])).toEqual([
      ['test:0.0', 1],
      ['test:0.0', 2],
      ['test:0.0', 2],
    ]);
  });

  test('a log of its own, instance and tenant', () => {
    const ask = (
      _: unknown,
      call: { instance: string; tenant: string; log: (message: Json, level?: 'warn') => void },
    ) => {
      const { log } = call;
      log({ hello: call.instance });
      log(call.tenant, 'warn');
    };
    const life = start(call('ask'), { functions: { ask } });
    expect(life.output()).toBe(null);
    expect(life.host.logs).toEqual([
      { level: 'info', message: { hello: 'one' } },
      { level: 'warn', message: 'acme' },
    ]);
  });
});

describe('watching', () => {
  test('every node says what it does, with its path and attempt', async () => {
    let calls = 0;
    const flaky = () => {
      calls += 1;
      if (calls === 1) throw new Error('busy');
      return calls;
    };
    const effect = { type: 'retry', attempts: 2, delay: '5s', jitter: 0, effect: call('flaky') };
    const life = start(effect, { functions: { flaky }, watched: true });
    await life.host.advance(5_000);
    expect(life.host.reports.map(({ path, kind, phase, at, attempt }) => [phase, kind, path, at, attempt])).toEqual([
      ['started', 'retry', '', 0, undefined],
      ['started', 'call', '#1.0', 0, 1],
      ['failed', 'call', '#1.0', 0, 1],
      ['retrying', 'retry', '', 0, 2],
      ['started', 'call', '#2.0', 5_000, 2],
      ['finished', 'call', '#2.0', 5_000, 2],
      ['finished', 'retry', '', 5_000, undefined],
    ]);
  });

  test('a lost race is reported as cancelled, and steps on record are not reported', async () => {
    const manual = new Manual();
    const effect = {
      type: 'sequence',
      effects: [call('one'), { type: 'race', effects: [call('slow'), { type: 'delay', duration: 5 }] }],
    };
    const life = start(effect, { functions: { slow: manual.run, one: () => 1 } });
    await life.host.rest();
    const next = life.restart({ watched: true });
    await next.host.finish();
    const phases = next.host.reports.map(({ path, phase }) => `${phase} ${path}`);
    expect(phases).not.toContain('started 0');
    expect(phases).toContain('cancelled 1.0');
  });

  test('a watcher that throws changes nothing', () => {
    const progress = () => {
      throw new Error('watcher broke');
    };
    expect(run({ type: 'sequence', effects: [{ type: 'log', message: 'x' }] }, { progress })).toBe(null);
  });
});

function call(name: string, params?: Json): EffectDefinition {
  return params === undefined ? { type: 'call', function: name } : { type: 'call', function: name, params };
}
