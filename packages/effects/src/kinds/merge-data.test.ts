import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

test('writes each key and leaves what stands beside', () => {
  const effects = [
    { type: 'merge_data', data: { score: 640, grade: '{{ context.prefix }}A' } },
    { type: 'merge_data', path: 'customer', data: '{{ { name: "Ann", score: context.score } }}' },
    { type: 'log', message: '{{ context }}' },
  ];
  const life = start({ type: 'sequence', effects }, { context: { prefix: '+', customer: { age: 30 } } });
  expect(life.output()).toEqual({ name: 'Ann', score: 640 });
  expect(life.host.facts.get('1')!.patch).toEqual({ 'customer.name': 'Ann', 'customer.score': 640 });
  expect(life.host.logs[0]!.message).toEqual({
    prefix: '+',
    customer: { age: 30, name: 'Ann', score: 640 },
    score: 640,
    grade: '+A',
  });
});

test('needs an object', () => {
  for (const data of [[1], 'text', 5, '{{ null }}']) {
    expect(start({ type: 'merge_data', data }).error().code).toBe('EFFECT_PARAMETERS');
  }
});

test('refuses keys that would be paths or reach a prototype', () => {
  for (const key of ['a.b', '', '__proto__', 'constructor']) {
    const data = JSON.parse(`{${JSON.stringify(key)}: 1}`);
    const life = start({ type: 'merge_data', data: '{{ event.data }}' }, { event: { type: 'E', data } });
    expect(life.error().code).toMatch(/INVALID_PATH|EXPRESSION_RESULT/);
  }
});
