import { expect, test } from 'vitest';
import { Manual, start } from '../testing/start.ts';

const put = (value: unknown) => ({ type: 'put_data', path: 'a', value: value as string });

test('performs in order; each step sees the result before and all results so far', () => {
  const life = start({ type: 'sequence', effects: [put(1), put('{{ result + 1 }}'), put('{{ results }}')] });
  expect(life.output()).toEqual([1, 2]);
});

test('results stay what they were when a step looked at them', () => {
  const life = start({ type: 'sequence', effects: [put(1), put('{{ results }}'), put(3), put('{{ results[1] }}')] });
  expect(life.output()).toEqual([1]);
});

test('an inner sequence starts with the result of the outer one and collects its own results', () => {
  const inner = { type: 'sequence', effects: [put('{{ result + 10 }}'), put('{{ [result, results] }}')] };
  expect(start({ type: 'sequence', effects: [put(1), inner, put('{{ [result, results.length] }}')] }).output()).toEqual(
    [[11, [11]], 2],
  );
});

test('without effects it hands on the result it was given', () => {
  expect(start({ type: 'sequence', effects: [] }).output()).toBe(null);
  expect(start({ type: 'sequence', effects: [put(1), { type: 'sequence', effects: [] }] }).output()).toBe(1);
});

test('the first failure ends it', async () => {
  const manual = new Manual();
  const ask = { type: 'call', function: 'ask' };
  const life = start({ type: 'sequence', effects: [ask, ask, ask] }, { functions: { ask: manual.run } });
  manual.calls[0]!.resolve(1);
  await life.host.rest();
  manual.calls[1]!.reject(new Error('no'));
  await life.host.rest();
  expect(life.error()).toMatchObject({ code: 'EFFECT_FAILED', path: '1' });
  expect(manual.calls).toHaveLength(2);
});

test('a long sequence needs no stack', () => {
  const effects = Array.from({ length: 20_000 }, () => put(1));
  expect(start({ type: 'sequence', effects }, { crashAfter: 20_001 }).output()).toBe(1);
});
