import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

test.each([
  ['milliseconds', 1_500, 1_500],
  ['a text', '2h', 7_200_000],
  ['an expression', 'context.seconds * 1000', 3_000],
  ['a template', '{{ context.seconds }}s', 3_000],
])('waits for a duration given as %s', async (_, duration, milliseconds) => {
  const life = start({ type: 'delay', duration }, { context: { seconds: 3 } });
  await life.host.advance(milliseconds - 1);
  expect(life.watched.settled).toBeUndefined();
  await life.host.advance(1);
  expect(life.output()).toBe(null);
});

test('hands on the result it was given', async () => {
  const effects = [
    { type: 'put_data', path: 'a', value: 'kept' },
    { type: 'delay', duration: 5 },
  ];
  const life = start({ type: 'sequence', effects });
  await life.host.finish();
  expect(life.output()).toBe('kept');
  expect(life.restart().output()).toBe('kept');
});

test('waits after a restart only for what is left', async () => {
  const life = start({ type: 'delay', duration: '10s' }, { now: 1_000 });
  expect(life.host.records).toEqual([{ path: '', step: { due: 11_000 } }]);
  await life.host.advance(4_000);
  const next = life.restart();
  expect(next.host.nextDue).toBe(11_000);
  expect(life.restart({ now: 50_000 }).output()).toBe(null);
});

test('does not wait when there is nothing to wait for', () => {
  expect(start({ type: 'delay', duration: 0 }).output()).toBe(null);
});

test('an expression that gives no duration is an error', () => {
  expect(start({ type: 'delay', duration: 'context.a' }, { context: { a: -1 } }).error()).toMatchObject({
    code: 'NOT_A_DURATION',
    path: '',
  });
});

test('a text that is neither duration nor expression is a problem', () => {
  const { registry } = start({ type: 'delay', duration: 0 });
  for (const duration of ['soon', '5 minutes', '{{ context.a', '-1']) {
    expect(registry.check({ type: 'delay', duration })).toMatchObject(
      duration === '-1' ? [] : [{ code: 'INVALID_DURATION', path: '$.duration' }],
    );
  }
  expect(registry.check({ type: 'delay', duration: -1 })).toMatchObject([
    { code: 'INVALID_VALUE', path: '$.duration' },
  ]);
});
