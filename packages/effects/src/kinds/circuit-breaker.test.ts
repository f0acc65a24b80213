import { FsmError } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { createServices } from '../services/services.ts';
import { Manual, start } from '../testing/start.ts';
import { codes, Together } from '../testing/together.ts';

const ask = { type: 'call', function: 'ask' };
const breaker = { type: 'circuit_breaker', name: 'payments', failures: 3, window: '1m', openFor: '30s', effect: ask };

/** A dependency that can be switched off. */
function switched(code = 'DOWN') {
  const state = { down: true, calls: 0 };
  const run = () => {
    state.calls += 1;
    if (state.down) throw new FsmError(code, 'it is down');
    return 'up';
  };
  return { state, run };
}

async function broken(overrides: object = {}, code = 'DOWN') {
  const { state, run } = switched(code);
  const together = new Together({ functions: { ask: run } });
  const effect = { ...breaker, ...overrides };
  const again = async (count = 1) => {
    const parts = together.startAll(count, effect);
    await together.advance(0);
    return codes(parts);
  };
  return { state, together, again };
}

test('after too many failures nothing is called any more, and the error says until when', async () => {
  const { state, together, again } = await broken();
  expect(await again(3)).toEqual(['DOWN', 'DOWN', 'DOWN']);
  const part = together.start(breaker);
  await together.advance(0);
  expect(part.settled).toMatchObject({
    error: { code: 'CIRCUIT_OPEN', next: 'retry', path: '', details: { name: 'payments', until: 30_000 } },
  });
  expect(state.calls).toBe(3);
  expect(together.services.view('acme')).toMatchObject([{ kind: 'circuit_breaker', state: 'open', until: 30_000 }]);
});

test('one probe decides whether it closes again', async () => {
  const { state, together, again } = await broken();
  await again(3);
  await together.advance(30_000);
  expect(await again()).toEqual(['DOWN']);
  expect(await again()).toEqual(['CIRCUIT_OPEN']);
  await together.advance(30_000);
  state.down = false;
  expect(await again(2)).toEqual(['ok', 'ok']);
  expect(together.changes.map(({ change }) => change).filter((change) => change !== 'refused')).toEqual([
    'opened',
    'half_opened',
    'opened',
    'half_opened',
    'closed',
  ]);
});

test('failures that lie further back than the window do not count', async () => {
  const { together, again } = await broken();
  await again(2);
  await together.advance(67_000);
  expect(await again(2)).toEqual(['DOWN', 'DOWN']);
  expect(await again()).toEqual(['DOWN']);
  expect(await again()).toEqual(['CIRCUIT_OPEN']);
});

test('a share of failures counts once there are enough calls', async () => {
  const { state, again } = await broken({ failures: 0.5, window: { calls: 10 }, minimum: 4 });
  state.down = false;
  await again(2);
  state.down = true;
  expect(await again()).toEqual(['DOWN']);
  expect(await again()).toEqual(['DOWN']);
  expect(await again()).toEqual(['CIRCUIT_OPEN']);
});

test('of the last so many calls, older ones are forgotten', async () => {
  const { state, again } = await broken({ failures: 3, window: { calls: 3 } });
  await again(2);
  state.down = false;
  await again(2);
  state.down = true;
  expect(await again(2)).toEqual(['DOWN', 'DOWN']);
  expect(await again()).toEqual(['DOWN']);
  expect(await again()).toEqual(['CIRCUIT_OPEN']);
});

test('only the given errors count as failures', async () => {
  const { again } = await broken({ on: ['TIMEOUT'] }, 'DECLINED');
  expect(await again(5)).toEqual(Array(5).fill('DECLINED'));
});

test('a cancelled call counts neither way, and a cancelled probe gives its turn back', async () => {
  const manual = new Manual();
  const together = new Together({ functions: { ask: manual.run } });
  const effect = { ...breaker, failures: 1 };
  for (const part of together.startAll(3, effect)) part.cancel();
  await together.advance(0);
  const last = together.start(effect);
  manual.calls.at(-1)!.reject(new Error('down'));
  await together.advance(30_000);
  expect(codes([last])).toEqual(['EFFECT_FAILED']);
  const probe = together.start(effect);
  await together.advance(0);
  expect(codes([probe, ...(await settle(together, together.startAll(1, effect)))])).toEqual([
    undefined,
    'CIRCUIT_OPEN',
  ]);
  probe.cancel();
  await together.advance(0);
  const next = together.start(effect);
  await together.advance(0);
  manual.calls.at(-1)!.resolve('up');
  await together.advance(0);
  expect(codes([next])).toEqual(['ok']);
});

async function settle<T>(together: Together, value: T): Promise<T> {
  await together.advance(0);
  return value;
}

test('a tenant does not feel the failures of another', async () => {
  const { together, again } = await broken();
  await again(3);
  const other = together.start(breaker, { tenant: 'other' });
  await together.advance(0);
  expect(codes([other])).toEqual(['DOWN']);
});

describe('an operator', () => {
  test('can open it, close it and let it decide again', async () => {
    const { together, again } = await broken();
    await again();
    together.services.override('acme', 'payments', { circuit: 'open' });
    expect(await again()).toEqual(['CIRCUIT_OPEN']);
    together.services.override('acme', 'payments', { circuit: 'closed' });
    expect(await again(9)).toEqual(Array(9).fill('DOWN'));
    together.services.override('acme', 'payments', { circuit: 'automatic' });
    expect(await again(2)).toEqual(['DOWN', 'CIRCUIT_OPEN']);
  });
});

describe('after a restart', () => {
  const whole = (effect: object) => ({
    type: 'sequence',
    effects: [
      {
        type: 'fallback',
        effect: { ...breaker, failures: 1, effect } as never,
        fallback: { type: 'log', message: 'no' },
      },
      { type: 'delay', duration: '1h' },
    ],
  });

  test('what was refused stays refused although the breaker starts afresh', async () => {
    const services = createServices();
    const functions = { ask: () => 'up' };
    await start({ ...breaker, failures: 1, effect: { type: 'call', function: 'down' } } as never, {
      functions: {
        down: () => {
          throw new Error('down');
        },
      },
      services,
    }).host.rest();
    const life = start(whole(ask), { functions, services });
    await life.host.advance(1_000);
    const next = life.restart();
    await next.host.finish();
    expect(next.host.logs).toEqual([]);
    expect(next.host.now()).toBe(3_600_000);
  });

  test('what was let through is not refused by a breaker that opened meanwhile', async () => {
    const services = createServices();
    const functions = { ask: () => 'up' };
    const life = start(whole({ type: 'sequence', effects: [ask, { type: 'delay', duration: '1s' }] }), {
      functions,
      services,
    });
    await life.host.advance(500);
    services.override('acme', 'payments', { circuit: 'open' });
    const next = life.restart({ services });
    await next.host.finish();
    expect(next.host.logs).toEqual([]);
    expect(next.output()).toBe('up');
  });
});
