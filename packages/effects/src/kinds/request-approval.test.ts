import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

const ask = { type: 'request_approval', id: 'r-1', title: 'Pay {{ context.amount }}' };
const granted = (data: object) => ({ type: 'approval.granted', data: { id: 'r-1', ...data } });

test('asks, waits and gives the decision', async () => {
  const life = start(ask, { context: { amount: 12 } });
  expect(life.host.emitted).toMatchObject([{ type: 'approval.requested', data: { id: 'r-1', title: 'Pay 12' } }]);
  await life.host.advance(60_000);
  expect(await life.host.deliver({ type: 'approval.granted', data: { id: 'other' } })).toBe(false);
  await life.host.deliver(granted({ by: 'ann', comment: 'fine' }));
  expect(life.output()).toEqual({ decision: 'approved', by: 'ann', comment: 'fine', at: 60_000 });
});

test('a rejection is a decision, not an error', async () => {
  const life = start(ask);
  await life.host.deliver({ type: 'approval.rejected', data: { id: 'r-1' } });
  expect(life.output()).toEqual({ decision: 'rejected', by: null, comment: null, at: 0 });
});

test('what was asked stays as it was after a restart, and is asked again under the same id', async () => {
  const life = start({ ...ask, id: '{{ now }}', deadline: '1h' }, { now: 5 });
  const next = life.restart({ now: 99 });
  expect(next.host.records).toEqual([]);
  expect(next.host.emitted).toEqual(life.host.emitted);
  await next.host.deliver({ type: 'approval.granted', data: { id: '5' } });
  expect(next.output()).toMatchObject({ decision: 'approved', at: 99 });
});

test('only those who are named may decide', async () => {
  const life = start({ ...ask, approvers: ['ann', 'bob'] });
  expect(await life.host.deliver(granted({ by: 'eve' }))).toBe(false);
  expect(await life.host.deliver(granted({}))).toBe(false);
  expect(await life.host.deliver(granted({ by: 'bob' }))).toBe(true);
  expect(life.output()).toMatchObject({ by: 'bob' });
});

test('asks elsewhere after a while, once, and whoever is asked then may decide', async () => {
  const life = start({ ...ask, approvers: 'ann', escalate: { after: '1h', to: 'boss' } });
  await life.host.advance(3_599_999);
  expect(life.host.emitted).toHaveLength(1);
  await life.host.advance(1);
  expect(life.host.emitted[1]).toMatchObject({ type: 'approval.escalated', data: { id: 'r-1', to: 'boss' } });
  const next = life.restart();
  await next.host.finish();
  expect(next.host.emitted.map(({ type }) => type)).toEqual(['approval.requested']);
  await next.host.deliver(granted({ by: 'boss' }));
  expect(next.output()).toMatchObject({ by: 'boss' });
});

test('does not ask elsewhere when it is decided', async () => {
  const life = start({ ...ask, escalate: { after: '1h', to: 'boss' } });
  await life.host.deliver(granted({}));
  expect(life.host.nextDue).toBeUndefined();
});

test('expires at its deadline', async () => {
  const life = start({ ...ask, deadline: '2d' });
  await life.host.finish();
  expect(life.host.now()).toBe(172_800_000);
  expect(life.error()).toMatchObject({ code: 'APPROVAL_EXPIRED', details: { id: 'r-1' } });
  const late = life.restart({ now: 999_999_999 });
  await late.host.rest();
  expect(late.error().code).toBe('APPROVAL_EXPIRED');
});

test('may take silence for a rejection', async () => {
  const life = start({ ...ask, deadline: '2d', onDeadline: 'reject' });
  await life.host.finish();
  expect(life.output()).toMatchObject({ decision: 'rejected', by: null, at: 172_800_000 });
});

test('asks nothing more once it is cancelled', async () => {
  const effects = [
    { ...ask, escalate: { after: 10, to: 'boss' } },
    { type: 'delay', duration: 5 },
  ];
  const life = start({ type: 'race', effects });
  await life.host.finish();
  expect(life.host.now()).toBe(5);
  expect(life.host.emitted).toHaveLength(1);
});
