// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { EffectDefinition } from '@fsm/core';
import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

const put = (value: unknown) => ({ type: 'put_data', path: 'chosen', value: value as string });
const grades = {
  type: 'choose',
  branches: [
    { when: 'context.score > 800', then: put('excellent') },
    { when: 'context.score > 600', then: put('good') },
  ],
  otherwise: put('review'),
};

test.each([
  [850, 'excellent', '0', 0],
  [640, 'good', '1', 1],
  [10, 'review', '2', 2],
])('a score of %i is %s', (score, output, path, branch) => {
  const life = start(grades, { context: { score } });
  expect(life.output()).toBe(output);
  expect(life.host.records).toMatchObject([
    { path: '', step: { branch } },
    { path, step: { output } },
  ]);
});

test('when nothing is chosen it hands on the result it was given', () => {
  const choose = { type: 'choose', branches: [{ when: 'result > 5', then: put('large') }] };
  expect(start({ type: 'sequence', effects: [put(3), choose] }).output()).toBe(3);
  expect(start({ type: 'sequence', effects: [put(7), choose] }).output()).toBe('large');
});

test('after a restart the choice stands, also when it wrote what it asked for', async () => {
  const branch: { when: string; then: EffectDefinition } = {
    when: 'context.n == 0',
    then: {
      type: 'sequence',
      effects: [{ type: 'put_data', path: 'n', value: 1 }, { type: 'delay', duration: 5 }, put('same')],
    },
  };
  const life = start({ type: 'choose', branches: [branch], otherwise: put('other') }, { context: { n: 0 } });
  await life.host.rest();
  const next = life.restart();
  await next.host.finish();
  expect(next.output()).toBe('same');
});

test('the choice on record stands even when its guard says otherwise now', () => {
  const life = start(grades, { context: { score: 640 }, known: new Map([['', { branch: 0 }]]) });
  expect(life.output()).toBe('excellent');
});

test('a guard that fails is the error of the choice', () => {
  const choose = { type: 'choose', branches: [{ when: 'context.a.b > 1', then: put(1) }] };
  expect(start({ type: 'sequence', effects: [choose] }).error()).toMatchObject({
    code: 'EXPRESSION_FAILED',
    path: '0',
    details: { at: '$.effects[0].branches[0].when' },
  });
});

test('problems in guards and branches are all found, each in its place', () => {
  const { registry } = start({ type: 'log', message: 'x' });
  const problems = registry.check({
    type: 'choose',
    branches: [
      { when: 'context.', then: { type: 'lgo', message: 'x' } },
      { when: 'true', then: { type: 'log' } },
    ],
    otherwise: { type: 'delay', duration: 'soon' },
  });
  expect(problems.map(({ code, path }) => [code, path])).toEqual([
    ['EXPRESSION_INVALID', '$.branches[0].when'],
    ['UNKNOWN_EFFECT', '$.branches[0].then.type'],
    ['MISSING_KEY', '$.branches[1].then'],
    ['INVALID_DURATION', '$.otherwise.duration'],
  ]);
});
