import { expect, test } from 'vitest';
import { run } from '../run.ts';
import { start } from '../testing/start.ts';

test('gives the event it waited for, and hands it to the next step', async () => {
  const effects = [
    { type: 'wait_for_event', event: 'PAID' },
    { type: 'put_data', path: 'amount', value: '{{ result.data.amount }}' },
  ];
  const life = start({ type: 'sequence', effects });
  expect(await life.host.deliver({ type: 'REFUSED' })).toBe(false);
  expect(await life.host.deliver({ type: 'PAID', data: { amount: 12 } })).toBe(true);
  expect(life.output()).toBe(12);
});

test('the host records the event once, and no later life asks for it again', async () => {
  const life = start({ type: 'sequence', effects: [{ type: 'wait_for_event', event: 'PAID' }] });
  await life.host.deliver({ type: 'PAID' });
  expect(life.host.records).toEqual([{ path: '0', step: { output: { type: 'PAID', data: null } } }]);
  const next = life.restart();
  expect(next.host.waits).toEqual([]);
  expect(next.output()).toEqual({ type: 'PAID', data: null });
  expect([...life.host.violations, ...next.host.violations]).toEqual([]);
});

test.each([
  ['order.*', 'order.paid', true],
  ['order.*', 'order', true],
  ['order.*', 'orders.paid', false],
  ['*', 'anything', true],
  ['*', 'error.communication', false],
  ['{{ context.prefix }}.paid', 'order.paid', true],
])('%s means %s: %s', async (event, type, expected) => {
  const life = start({ type: 'wait_for_event', event }, { context: { prefix: 'order' } });
  expect(await life.host.deliver({ type })).toBe(expected);
});

test('any of several events will do, when what must hold holds', async () => {
  const match = 'params.event.data.order === context.order';
  const life = start({ type: 'wait_for_event', events: ['PAID', 'REFUSED'], match }, { context: { order: 7 } });
  expect(await life.host.deliver({ type: 'REFUSED', data: { order: 8 } })).toBe(false);
  expect(await life.host.deliver({ type: 'REFUSED', data: { order: 7 } })).toBe(true);
  expect(life.output()).toEqual({ type: 'REFUSED', data: { order: 7 } });
});

test('of two that wait the first is woken', async () => {
  const wait = { type: 'wait_for_event', event: 'GO' };
  const life = start({ type: 'parallel', effects: [wait, wait] });
  await life.host.deliver({ type: 'GO', data: 1 });
  expect(life.watched.settled).toBeUndefined();
  await life.host.deliver({ type: 'GO', data: 2 });
  expect(life.output()).toMatchObject([{ data: 1 }, { data: 2 }]);
});

test('waits no longer than it was told, also while the process was down', async () => {
  const life = start({ type: 'wait_for_event', event: 'PAID', timeout: '10s' });
  await life.host.advance(9_000);
  const next = life.restart();
  await next.host.advance(999);
  expect(next.watched.settled).toBeUndefined();
  await next.host.advance(1);
  expect(next.error()).toMatchObject({ code: 'WAIT_TIMEOUT', path: '' });
  expect(next.host.waits).toEqual([]);
  const late = life.restart({ now: 50_000 });
  await late.host.rest();
  expect(late.error().code).toBe('WAIT_TIMEOUT');
});

test('may go on with nothing when the time is up', async () => {
  const life = start({ type: 'wait_for_event', event: 'PAID', timeout: '10s', onTimeout: 'null' });
  await life.host.finish();
  expect(life.output()).toBe(null);
});

test('an event that came in time counts, however late the step hears of it', async () => {
  const life = start({ type: 'timeout', duration: 10, effect: { type: 'wait_for_event', event: 'PAID' } });
  await life.host.advance(5);
  await life.host.deliver({ type: 'PAID' });
  expect(life.restart({ now: 1_000 }).output()).toEqual({ type: 'PAID', data: null });
});

test('one that lost a race waits no more', async () => {
  const effects = [
    { type: 'wait_for_event', event: 'A' },
    { type: 'wait_for_event', event: 'B' },
  ];
  const life = start({ type: 'race', effects });
  await life.host.deliver({ type: 'B' });
  expect(life.host.waits).toEqual([]);
  expect(life.output()).toMatchObject({ type: 'B' });
});

test('needs a runtime', () => {
  expect(() => run({ type: 'wait_for_event', event: 'A' })).toThrow(
    expect.objectContaining({ code: 'WAIT_UNAVAILABLE' }),
  );
});

test('says which event, once', () => {
  const { registry } = start({ type: 'delay', duration: 0 });
  expect(registry.check({ type: 'wait_for_event' })).toMatchObject([{ code: 'WRONG_KEYS' }]);
  expect(registry.check({ type: 'wait_for_event', event: 'A', events: ['B'] })).toMatchObject([{ code: 'WRONG_KEYS' }]);
});
