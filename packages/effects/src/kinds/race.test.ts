import { describe, expect, test } from 'vitest';
import { Manual, start } from '../testing/start.ts';

const ask = { type: 'call', function: 'ask' };
const put = (path: string, value: unknown) => ({ type: 'put_data', path, value: value as string });

test('the first outcome decides, the others are stopped, and the winner is on record', async () => {
  const manual = new Manual();
  const life = start({ type: 'race', effects: [ask, ask] }, { functions: { ask: manual.run } });
  manual.calls[1]!.resolve('second');
  await life.host.rest();
  expect(life.output()).toBe('second');
  expect(manual.calls[0]!.signal.aborted).toBe(true);
  expect(life.host.facts.get('')).toEqual({ branch: 1, output: 'second' });
  manual.calls[0]!.resolve('late');
  await life.host.rest();
  expect(life.host.records.at(-1)!.path).toBe('');
});

test('a failure that comes first decides too', async () => {
  const manual = new Manual();
  const life = start(
    { type: 'race', effects: [ask, { type: 'delay', duration: 5 }] },
    { functions: { ask: manual.run } },
  );
  manual.calls[0]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.error()).toMatchObject({ message: 'no', path: '0' });
  expect(life.restart().error()).toMatchObject({ message: 'no', path: '0' });
});

test('an effect that answers at once wins before the rest starts', () => {
  const manual = new Manual();
  const life = start({ type: 'race', effects: [put('a', 1), ask] }, { functions: { ask: manual.run } });
  expect(life.output()).toBe(1);
  expect(manual.calls).toEqual([]);
});

describe('first: success', () => {
  test('failures do not decide as long as another may succeed', async () => {
    const manual = new Manual();
    const life = start({ type: 'race', first: 'success', effects: [ask, ask] }, { functions: { ask: manual.run } });
    manual.calls[0]!.reject(new Error('no'));
    await life.host.rest();
    expect(life.watched.settled).toBeUndefined();
    manual.calls[1]!.resolve('yes');
    await life.host.rest();
    expect(life.output()).toBe('yes');
  });

  test('when all failed the error names what each of them said', async () => {
    const manual = new Manual();
    const life = start({ type: 'race', first: 'success', effects: [ask, ask] }, { functions: { ask: manual.run } });
    manual.calls[1]!.reject(new Error('not me'));
    manual.calls[0]!.reject(new Error('nor me'));
    await life.host.rest();
    expect(life.error()).toMatchObject({
      code: 'RACE_FAILED',
      path: '',
      details: { errors: [{ message: 'nor me' }, { message: 'not me' }] },
    });
    expect(life.restart().error()).toMatchObject({ code: 'RACE_FAILED' });
  });

  test('a cancelled race is cancelled and has not failed', async () => {
    const manual = new Manual();
    const life = start({ type: 'race', first: 'success', effects: [ask, ask] }, { functions: { ask: manual.run } });
    life.host.abort();
    await life.host.rest();
    expect(life.error().code).toBe('EXECUTION_CANCELLED');
  });
});

test('after a restart the decision stands, whatever time it is', async () => {
  const manual = new Manual();
  const effects = [
    { type: 'race', effects: [{ type: 'delay', duration: '1h' }, ask] },
    { type: 'delay', duration: '2h' },
  ];
  const life = start({ type: 'sequence', effects }, { functions: { ask: manual.run } });
  manual.calls[0]!.resolve('first');
  await life.host.rest();
  const next = life.restart({ now: 10_000_000 });
  expect(next.output()).toBe('first');
});

test('what a loser wrote before it lost is seen afterwards, in this life and the next', async () => {
  const loser = { type: 'sequence', effects: [put('loser', 'was here'), { type: 'delay', duration: '1h' }] };
  const winner = { type: 'sequence', effects: [{ type: 'delay', duration: 5 }, put('winner', 1)] };
  const effects = [{ type: 'race', effects: [winner, loser] }, put('seen', '{{ [context.winner, context.loser] }}')];
  const life = start({ type: 'sequence', effects }, { crashAfter: 7 });
  await life.host.finish();
  expect(life.output()).toEqual([1, 'was here']);
  const crashed = start({ type: 'sequence', effects }, { crashAfter: life.host.records.length - 1 });
  await crashed.host.finish();
  expect(crashed.host.dead).toBe(true);
  expect(crashed.restart().output()).toEqual([1, 'was here']);
});

test('a race without effects is a problem', () => {
  const { registry } = start({ type: 'log', message: 'x' });
  expect(registry.check({ type: 'race', effects: [] })).toMatchObject([{ code: 'INVALID_VALUE', path: '$.effects' }]);
});
