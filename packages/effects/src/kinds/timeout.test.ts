import { expect, test } from 'vitest';
import { defineFunction } from '../function.ts';
import { Manual, start } from '../testing/start.ts';

const ask = { type: 'call', function: 'ask' };
const limited = { type: 'timeout', duration: '10s', effect: ask };

test('gives the output of an effect that ends in time, and stops the clock', async () => {
  const manual = new Manual();
  const life = start(limited, { functions: { ask: manual.run } });
  await life.host.advance(9_999);
  manual.calls[0]!.resolve('in time');
  await life.host.rest();
  expect(life.output()).toBe('in time');
  expect(life.host.nextDue).toBeUndefined();
});

test('stops an effect that does not', async () => {
  const manual = new Manual();
  const life = start(limited, { functions: { ask: manual.run } });
  await life.host.advance(10_000);
  expect(life.error()).toMatchObject({ code: 'EFFECT_TIMEOUT', path: '' });
  expect(manual.calls[0]!.signal.aborted).toBe(true);
  manual.calls[0]!.resolve('too late');
  await life.host.rest();
  expect(life.host.records.map(({ step }) => step)).toEqual([{ due: 10_000 }]);
});

test('an error of the effect is the error', async () => {
  const manual = new Manual();
  const life = start(limited, { functions: { ask: manual.run } });
  manual.calls[0]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.error()).toMatchObject({ message: 'no', path: '0' });
});

test('the time runs on while the process is down', async () => {
  const manual = new Manual();
  const life = start(limited, { functions: { ask: manual.run } });
  await life.host.advance(4_000);
  const next = life.restart();
  await next.host.advance(5_999);
  expect(next.watched.settled).toBeUndefined();
  await next.host.advance(1);
  expect(next.error().code).toBe('EFFECT_TIMEOUT');
});

test('an effect whose time was up before the restart is not performed again', () => {
  const manual = new Manual();
  const life = start(limited, { functions: { ask: manual.run } });
  expect(life.restart({ now: 10_000 }).error()).toMatchObject({ code: 'EFFECT_TIMEOUT', path: '' });
  expect(manual.calls).toHaveLength(1);
});

test('an effect that had ended in time counts, however late the restart is', async () => {
  let computed = 0;
  const pure = defineFunction({ repeat: 'pure', run: () => (computed += 1) });
  const manual = new Manual();
  const inner = { type: 'sequence', effects: [ask, { type: 'call', function: 'pure' }] };
  const effects = [
    { type: 'timeout', duration: '10s', effect: inner },
    { type: 'delay', duration: '1h' },
  ];
  const life = start({ type: 'sequence', effects }, { functions: { ask: manual.run, pure } });
  manual.calls[0]!.resolve('in time');
  await life.host.rest();
  expect(life.restart({ now: 10_000_000 }).output()).toBe(2);
  expect(manual.calls).toHaveLength(1);
});

test('a timeout inside a retry starts anew with each attempt', async () => {
  const manual = new Manual();
  const life = start(
    { type: 'retry', attempts: 2, delay: '1s', jitter: 0, on: ['EFFECT_TIMEOUT'], effect: limited },
    { functions: { ask: manual.run } },
  );
  await life.host.advance(11_000);
  expect(manual.calls).toHaveLength(2);
  await life.host.advance(10_000);
  expect(life.error()).toMatchObject({ code: 'EFFECT_TIMEOUT', path: '#2.0' });
});

test('what the effect wrote before its time was up is seen by the next attempt, in this life and the next', async () => {
  const inner = {
    type: 'sequence',
    effects: [
      { type: 'put_data', path: 'n', value: '{{ context.n + 1 }}' },
      { type: 'delay', duration: '30s' },
    ],
  };
  const retry = {
    type: 'retry',
    attempts: 2,
    delay: '1s',
    jitter: 0,
    effect: { type: 'timeout', duration: '10s', effect: inner },
  };
  const life = start(retry, { context: { n: 0 } });
  await life.host.advance(12_000);
  expect(life.host.facts.get('#2.0.0.0')!.patch).toEqual({ n: 2 });
  const crashed = start(retry, { context: { n: 0 } });
  await crashed.host.advance(9_000);
  const next = crashed.restart({ now: 20_000 });
  await next.host.advance(1_000);
  expect(next.host.facts.get('#2.0.0.0')!.patch).toEqual({ n: 2 });
});
