import type { EffectDefinition } from '@fsm/core';
import { expect, test } from 'vitest';
import { compensate } from '../execute.ts';
import { createRegistry } from '../registry.ts';
import { start } from '../testing/start.ts';
import { TestHost } from '../testing/test-host.ts';

/** A shop whose functions note what they do; those in `broken` fail. */
function shop(...broken: readonly string[]) {
  const diary: string[] = [];
  const does = (name: string) => (params: { readonly of?: string }) => {
    diary.push(params.of === undefined ? name : `${name} ${params.of}`);
    if (broken.includes(name)) throw new Error(`${name} is broken`);
    return `${name} done`;
  };
  const names = ['reserve', 'charge', 'ship', 'release', 'refund', 'recall'];
  return { diary, functions: Object.fromEntries(names.map((name) => [name, does(name)])) };
}

const call = (name: string, params?: object): EffectDefinition =>
  ({ type: 'call', function: name, ...(params && { params }) }) as EffectDefinition;

const order: EffectDefinition = {
  type: 'saga',
  steps: [
    { name: 'reserve', effect: call('reserve'), compensate: call('release', { of: '{{ result }}' }) },
    { effect: call('charge'), compensate: call('refund') },
    { effect: call('ship') },
  ],
};

test('gives the outputs of all its steps, and undoes nothing', () => {
  const { diary, functions } = shop();
  expect(start(order, { functions }).output()).toEqual(['reserve done', 'charge done', 'ship done']);
  expect(diary).toEqual(['reserve', 'charge', 'ship']);
});

test('a failed step undoes those before it, the last first, each with the output it had', () => {
  const { diary, functions } = shop('ship');
  const error = start(order, { functions }).error();
  expect(diary).toEqual(['reserve', 'charge', 'ship', 'refund', 'release reserve done']);
  expect(error).toMatchObject({
    code: 'SAGA_FAILED',
    details: { step: 'step 3', error: { message: 'ship is broken' }, compensated: ['1', '0'] },
  });
});

test('a step that failed itself is not undone', () => {
  const { diary, functions } = shop('charge');
  start(order, { functions }).error();
  expect(diary).toEqual(['reserve', 'charge', 'release reserve done']);
});

test('what cannot be undone keeps the rest from nothing, and is named', () => {
  const { diary, functions } = shop('ship', 'refund');
  const error = start(order, { functions }).error();
  expect(diary).toEqual(['reserve', 'charge', 'ship', 'refund', 'release reserve done']);
  expect(error).toMatchObject({
    code: 'COMPENSATION_FAILED',
    details: { compensated: ['0'], failed: [{ path: '1', error: { message: 'refund is broken' } }] },
  });
});

test('a saga that succeeded is undone when the saga around it fails', () => {
  const { diary, functions } = shop('ship');
  const inner = { type: 'saga', steps: [{ effect: call('reserve'), compensate: call('release') }] };
  const outer = { type: 'saga', steps: [{ effect: inner }, { effect: call('ship') }] };
  start(outer, { functions }).error();
  expect(diary).toEqual(['reserve', 'ship', 'release']);
});

test('a compensation outside of a saga is for the whole execution', () => {
  const { diary, functions } = shop('ship');
  const reserve = { type: 'with_compensation', effect: call('reserve'), compensate: call('release') };
  const error = start({ type: 'sequence', effects: [reserve, call('ship')] }, { functions }).error();
  expect(diary).toEqual(['reserve', 'ship', 'release']);
  expect(error).toMatchObject({ code: 'EFFECT_FAILED', message: 'ship is broken', details: { compensated: ['0'] } });
});

test('a failure that somebody handles costs nothing', () => {
  const { diary, functions } = shop('ship');
  const reserve = { type: 'with_compensation', effect: call('reserve'), compensate: call('release') };
  const handled = { type: 'race', first: 'success', effects: [call('ship'), call('charge')] };
  expect(start({ type: 'sequence', effects: [reserve, handled] }, { functions }).output()).toBe('charge done');
  expect(diary).toEqual(['reserve', 'ship', 'charge']);
});

test('attempts of a step are one debt', async () => {
  const { diary, functions } = shop();
  let attempts = 0;
  const flaky = { ...functions, ship: () => Promise.reject(new Error(`attempt ${++attempts}`)) };
  const reserve = { type: 'with_compensation', effect: call('reserve'), compensate: call('release') };
  const life = start(
    {
      type: 'retry',
      attempts: 2,
      delay: 10,
      jitter: 0,
      effect: { type: 'sequence', effects: [reserve, call('ship')] },
    },
    { functions: flaky },
  );
  await life.host.advance(60_000);
  expect(life.error().message).toBe('attempt 2');
  expect(diary).toEqual(['reserve', 'reserve', 'release']);
});

test('what the losers of a race completed is undone', async () => {
  const { diary, functions } = shop();
  const reserve = { type: 'with_compensation', effect: call('reserve'), compensate: call('release') };
  const slow = { type: 'sequence', effects: [reserve, { type: 'delay', duration: '1h' }] };
  const life = start({ type: 'race', effects: [slow, { type: 'delay', duration: '1s' }] }, { functions });
  await life.host.advance(2_000);
  expect(life.output()).toBe(null);
  expect(diary).toEqual(['reserve', 'release']);
});

test('a crash anywhere leaves nothing undone twice and nothing forgotten', async () => {
  for (let crashAfter = 0; ; crashAfter += 1) {
    const { diary, functions } = shop('ship');
    const first = start(order, { functions, crashAfter });
    const crashed = first.host.dead;
    const last = crashed ? first.restart({}) : first;
    expect(last.error().code).toBe('SAGA_FAILED');
    // a step in flight when the process died runs again; what was on record does not
    const once = diary.filter((entry, index) => entry !== diary[index - 1]);
    expect(once).toEqual(['reserve', 'charge', 'ship', 'refund', 'release reserve done']);
    expect(diary.length - once.length).toBeLessThanOrEqual(1);
    if (!crashed) break;
  }
});

test('what a cancelled execution completed is undone by `compensate`, also after a crash in it', async () => {
  const { diary, functions } = shop();
  const waiting: EffectDefinition = {
    type: 'saga',
    steps: [
      { effect: call('reserve'), compensate: call('release') },
      { effect: call('charge'), compensate: call('refund') },
      { effect: { type: 'delay', duration: '1h' } },
    ],
  };
  const life = start(waiting, { functions });
  life.host.abort('left');
  const known = life.host.facts;
  const effect = createRegistry({ functions }).prepare(waiting);
  const crashing = new TestHost({ known, crashAfter: 1 });
  await Promise.resolve()
    .then(() => compensate(effect, crashing))
    .catch(() => undefined);
  expect(crashing.dead).toBe(true);
  expect(await compensate(effect, crashing.nextLife())).toEqual({ compensated: ['1', '0'], failed: [] });
  expect(diary.slice(0, 3)).toEqual(['reserve', 'charge', 'refund']);
  expect(diary.at(-1)).toBe('release');
});
