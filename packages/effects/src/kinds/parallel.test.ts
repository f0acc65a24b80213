import { describe, expect, test } from 'vitest';
import { Manual, start } from '../testing/start.ts';

const ask = { type: 'call', function: 'ask' };
const put = (path: string, value: unknown) => ({ type: 'put_data', path, value: value as string });

test('gives a list in the order of the effects, whatever ends first', async () => {
  const manual = new Manual();
  const life = start({ type: 'parallel', effects: [ask, ask, put('a', 3)] }, { functions: { ask: manual.run } });
  manual.calls[1]!.resolve('second');
  await life.host.rest();
  manual.calls[0]!.resolve('first');
  await life.host.rest();
  expect(life.output()).toEqual(['first', 'second', 3]);
});

test('gives an object when its effects have names, and the names stand in the step paths', () => {
  const life = start({ type: 'parallel', effects: { score: put('a', 640), address: put('b', 'ok') } });
  expect(life.output()).toEqual({ score: 640, address: 'ok' });
  expect(life.host.records.map(({ path }) => path)).toEqual(['address', 'score']);
});

test('a definition whose keys come back in another order resumes', () => {
  const effects = { score: put('a', 640), address: put('b', 'ok') };
  const life = start({ type: 'parallel', effects }, { crashAfter: 1 });
  const { address, score } = effects;
  const again = start({ type: 'parallel', effects: { address, score } }, { known: life.host.facts });
  expect(again.output()).toEqual({ score: 640, address: 'ok' });
  expect(again.host.records.map(({ path }) => path)).toEqual(['score']);
});

test('is empty without effects', () => {
  expect(start({ type: 'parallel', effects: [] }).output()).toEqual([]);
  expect(start({ type: 'parallel', effects: {} }).output()).toEqual({});
});

test('the first failure stops the others and is the error', async () => {
  const manual = new Manual();
  const life = start(
    { type: 'parallel', effects: [ask, ask, { type: 'delay', duration: 5 }] },
    { functions: { ask: manual.run } },
  );
  manual.calls[1]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.error()).toMatchObject({ message: 'no', path: '1' });
  expect(manual.calls[0]!.signal.aborted).toBe(true);
  expect(life.host.nextDue).toBeUndefined();
  manual.calls[0]!.resolve('late');
  await life.host.rest();
  expect(life.host.records.map(({ path }) => path)).toEqual(['2', '1']);
});

test('a failure at the start keeps the rest from starting', () => {
  const manual = new Manual();
  const broken = { type: 'call', function: 'broken' };
  const functions = {
    ask: manual.run,
    broken: () => {
      throw new Error('no');
    },
  };
  const life = start({ type: 'parallel', effects: [ask, broken, ask] }, { functions });
  expect(life.error().path).toBe('1');
  expect(manual.calls).toHaveLength(1);
  expect(manual.calls[0]!.signal.aborted).toBe(true);
});

test('runs at most as many at the same time as it may', async () => {
  const manual = new Manual();
  const life = start(
    { type: 'parallel', effects: [ask, ask, ask, ask], concurrency: 2 },
    { functions: { ask: manual.run } },
  );
  expect(manual.calls).toHaveLength(2);
  manual.calls[1]!.resolve('b');
  await life.host.rest();
  expect(manual.calls).toHaveLength(3);
  for (const index of [0, 2]) manual.calls[index]!.resolve('x');
  await life.host.rest();
  manual.calls[3]!.resolve('d');
  await life.host.rest();
  expect(life.output()).toEqual(['x', 'b', 'x', 'd']);
});

describe('what its effects write', () => {
  test('they do not see of each other, and what comes after sees all of it in the order of the list', async () => {
    const slow = {
      type: 'sequence',
      effects: [{ type: 'delay', duration: 5 }, put('who', 'slow'), put('a', '{{ context.who }}')],
    };
    const fast = { type: 'sequence', effects: [put('who', 'fast'), put('b', '{{ context.who }}')] };
    const effects = [
      { type: 'parallel', effects: [slow, fast] },
      put('seen', '{{ [context.a, context.b, context.who] }}'),
    ];
    const life = start({ type: 'sequence', effects });
    await life.host.finish();
    expect(life.output()).toEqual(['slow', 'fast', 'fast']);
    expect(life.restart().output()).toEqual(['slow', 'fast', 'fast']);
  });

  test('a write that does not fit what a sibling wrote is left out', () => {
    const effects = [
      { type: 'parallel', effects: [put('a', 1), put('a.b', 2)] },
      { type: 'log', message: '{{ context.a }}' },
    ];
    expect(start({ type: 'sequence', effects }).host.logs[0]!.message).toBe(1);
  });
});

test('what an effect wrote that does not start again, because a failure is on record before it, is still seen', async () => {
  const manual = new Manual();
  const failing = { type: 'parallel', effects: [ask, put('a', 'written')] };
  const race = { type: 'race', first: 'success', effects: [failing, { type: 'delay', duration: '1h' }] };
  const effects = [race, put('seen', '{{ context.a }}')];
  const options = { functions: { ask: manual.run } };
  // the process dies between the failure of the first effect and that of the parallel around it
  const life = start({ type: 'sequence', effects }, { ...options, crashAfter: 3 });
  manual.calls[0]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.host.records.map(({ path }) => path)).toEqual(['0.0.1', '0.1', '0.0.0']);
  const next = life.restart();
  await next.host.finish();
  expect(next.output()).toBe('written');
  expect(manual.calls).toHaveLength(1);
});

test('a name that cannot stand in a step path is a problem', () => {
  const { registry } = start({ type: 'parallel', effects: [] });
  for (const name of ['a.b', 'a#1', '', '1', 'constructor']) {
    expect(registry.check({ type: 'parallel', effects: { [name]: ask } })).not.toEqual([]);
  }
  const hostile = JSON.parse('{"type":"parallel","effects":{"__proto__":{"type":"log","message":"x"}}}');
  expect(registry.check(hostile)).not.toEqual([]);
});
