import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { defineFunction } from '../function.ts';
import { createRegistry } from '../registry.ts';
import { Manual, start } from '../testing/start.ts';

const ask = { type: 'call', function: 'ask' };

/** Fails so often, then succeeds. */
function failing(times: number, code = 'BUSY') {
  let calls = 0;
  return () => {
    calls += 1;
    if (calls <= times) throw new FsmError(code, `call ${calls} failed`, { next: 'retry' });
    return calls;
  };
}

async function waits(parameters: object, attempts: number, id = 'test'): Promise<number[]> {
  const retry = { type: 'retry', attempts, jitter: 0, ...parameters, effect: ask };
  const life = start(retry as never, { functions: { ask: failing(attempts) }, id });
  await life.host.finish();
  const dues = life.host.records.flatMap(({ step }) => (step.due === undefined ? [] : [step.due]));
  return dues.map((due, index) => due - (dues[index - 1] ?? 0));
}

test('tries again until it succeeds', async () => {
  const life = start({ type: 'retry', attempts: 3, delay: 0, effect: ask }, { functions: { ask: failing(2) } });
  expect(life.output()).toBe(3);
});

test('ends with the last error when no attempt is left', () => {
  const life = start({ type: 'retry', attempts: 3, delay: 0, effect: ask }, { functions: { ask: failing(9) } });
  expect(life.error()).toMatchObject({ code: 'BUSY', message: 'call 3 failed', path: '#3.0' });
});

test('what would fail the same way again is not tried again, unless it is asked for', () => {
  const refuse = () => {
    throw new FsmError('WRONG_ORDER', 'There is no such order.');
  };
  const retry = { type: 'retry', attempts: 3, delay: 0, effect: ask };
  const once = start(retry, { functions: { ask: refuse } });
  expect(once.error().path).toBe('#1.0');
  const asked = start({ ...retry, on: ['WRONG_ORDER'] }, { functions: { ask: refuse } });
  expect(asked.error().path).toBe('#3.0');
});

test('waits as long as what was asked said it should, in the next life too', async () => {
  let calls = 0;
  const ask = () => {
    calls += 1;
    if (calls === 1) throw new FsmError('BUSY', 'later', { next: 'retry', details: { retryAfter: 90_000 } });
    return 'now';
  };
  const life = start(
    { type: 'retry', attempts: 2, delay: '1s', jitter: 0, effect: { type: 'call', function: 'ask' } },
    { functions: { ask } },
  );
  await life.host.advance(60_000);
  expect(calls).toBe(1);
  const next = life.restart();
  await next.host.advance(31_000);
  expect(next.output()).toBe('now');
});

test('an error that a later life only reads may be tried again all the same', async () => {
  const busy = start(
    { type: 'retry', attempts: 2, delay: 0, effect: { type: 'saga', steps: [{ effect: ask }] } },
    { functions: { ask: failing(1) }, crashAfter: 2 },
  );
  expect(busy.host.dead).toBe(true);
  const next = busy.restart({});
  await next.host.finish();
  expect(next.output()).toEqual([2]);
});

test('tries again only after the errors it was given', async () => {
  const retry = { type: 'retry', attempts: 3, delay: 0, on: ['BUSY', 'EFFECT_TIMEOUT'], effect: ask };
  expect(start(retry, { functions: { ask: failing(2) } }).output()).toBe(3);
  expect(start(retry, { functions: { ask: failing(1, 'DECLINED') } }).error().code).toBe('DECLINED');
});

test('every attempt starts with the result that the retry was given', () => {
  const seen: unknown[] = [];
  const functions = {
    see: (params: unknown) => {
      seen.push(params);
      if (seen.length < 3) throw new Error('again');
      return 'seen';
    },
  };
  const effects = [
    { type: 'put_data', path: 'a', value: 'given' },
    {
      type: 'retry',
      attempts: 3,
      delay: 0,
      effect: {
        type: 'sequence',
        effects: [{ type: 'call', function: 'see', params: ['{{ result }}', '{{ results }}'] }],
      },
    },
  ];
  expect(start({ type: 'sequence', effects }, { functions }).output()).toBe('seen');
  expect(seen).toEqual(Array.from({ length: 3 }, () => ['given', []]));
});

describe('waits', () => {
  test('double from one second on, up to five minutes', async () => {
    expect(await waits({}, 11)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((seconds) => seconds * 1_000));
  });

  test('stay the same with a fixed backoff', async () => {
    expect(await waits({ backoff: 'fixed', delay: '3s' }, 4)).toEqual([3_000, 3_000, 3_000]);
  });

  test('never exceed a day', async () => {
    expect(await waits({ delay: '20h', maxDelay: '30d' }, 3)).toEqual([72_000_000, 86_400_000]);
  });

  test('may come from expressions', async () => {
    expect(await waits({ delay: '2 * 50', maxDelay: '{{ 300 }}' }, 4)).toEqual([100, 200, 300]);
  });

  test('are shortened by chance that is the same in every life and differs between executions', async () => {
    const first = await waits({ jitter: 0.5, backoff: 'fixed', delay: '10s' }, 6);
    expect(await waits({ jitter: 0.5, backoff: 'fixed', delay: '10s' }, 6)).toEqual(first);
    expect(await waits({ jitter: 0.5, backoff: 'fixed', delay: '10s' }, 6, 'other')).not.toEqual(first);
    expect(new Set(first).size).toBe(5);
    for (const wait of first) {
      expect(wait).toBeGreaterThanOrEqual(5_000);
      expect(wait).toBeLessThanOrEqual(10_000);
    }
  });
});

describe('after a restart', () => {
  const retry = { type: 'retry', attempts: 3, delay: '10s', jitter: 0, effect: ask };

  test('the wait goes on with the time that is left, and the attempts used count', async () => {
    const life = start(retry, { functions: { ask: failing(9) } });
    await life.host.advance(4_000);
    const next = life.restart();
    expect(next.host.nextDue).toBe(10_000);
    await next.host.finish();
    expect(next.error()).toMatchObject({ message: 'call 3 failed', path: '#3.0' });
    expect(next.host.now()).toBe(30_000);
  });

  test('the attempt that was running runs again under the same number', async () => {
    const manual = new Manual();
    const life = start(retry, { functions: { ask: manual.run } });
    manual.calls[0]!.reject(new Error('busy'));
    await life.host.advance(10_000);
    const next = life.restart();
    await next.host.rest();
    expect(manual.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
  });

  test('what failed attempts wrote is still seen', async () => {
    const effects = [{ type: 'put_data', path: 'tries', value: '{{ context.tries + 1 }}' }, ask];
    const functions = { ask: failing(2) };
    const whole = {
      type: 'sequence',
      effects: [
        { ...retry, effect: { type: 'sequence', effects } },
        { type: 'log', message: '{{ context.tries }}' },
      ],
    };
    const life = start(whole, { functions, context: { tries: 0 } });
    await life.host.advance(15_000);
    const next = life.restart();
    await next.host.finish();
    expect(next.host.logs).toEqual([{ level: 'info', message: 3 }]);
  });

  test('what the attempts of a lost retry wrote is still seen', async () => {
    const effects = [{ type: 'put_data', path: 'tries', value: '{{ context.tries + 1 }}' }, ask];
    const race = {
      type: 'race',
      effects: [
        { ...retry, effect: { type: 'sequence', effects } },
        { type: 'delay', duration: '25s' },
      ],
    };
    const whole = {
      type: 'sequence',
      effects: [race, { type: 'delay', duration: '1h' }, { type: 'log', message: '{{ context.tries }}' }],
    };
    const life = start(whole, { functions: { ask: failing(9) }, context: { tries: 0 } });
    await life.host.advance(26_000);
    const next = life.restart();
    await next.host.finish();
    expect(next.host.logs).toEqual([{ level: 'info', message: 2 }]);
  });
});

test('cancelling while it waits leaves no attempt', async () => {
  const manual = new Manual();
  const life = start({ type: 'retry', attempts: 3, effect: ask }, { functions: { ask: manual.run } });
  manual.calls[0]!.reject(new Error('busy'));
  await life.host.rest();
  life.host.abort();
  await life.host.finish();
  expect(life.error().code).toBe('EXECUTION_CANCELLED');
  expect(manual.calls).toHaveLength(1);
});

test('an effect that must not be performed twice may not stand inside', () => {
  const registry = createRegistry({
    functions: { pay: defineFunction({ repeat: 'once', run: () => 1 }), ask: () => 1 },
  });
  const pay = { type: 'call', function: 'pay' };
  expect(
    registry.check({ type: 'retry', attempts: 2, effect: { type: 'parallel', effects: { a: ask, b: pay } } }),
  ).toMatchObject([{ code: 'RETRY_ONCE', severity: 'error', path: '$.effect' }]);
  expect(registry.check({ type: 'sequence', effects: [pay, { type: 'retry', attempts: 2, effect: ask }] })).toEqual([]);
});
