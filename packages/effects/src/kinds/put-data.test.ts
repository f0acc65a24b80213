import { expect, test } from 'vitest';
import { start } from '../testing/start.ts';

test('writes into the context that later steps see, and records the change with its outcome', () => {
  const effects = [
    { type: 'put_data', path: 'customer.name', value: 'Ann' },
    { type: 'put_data', path: 'greeting', value: 'Hello {{ context.customer.name }}, {{ context.customer.age }}' },
  ];
  const context = { customer: { age: 30 } };
  const life = start({ type: 'sequence', effects }, { context });
  expect(life.output()).toBe('Hello Ann, 30');
  expect(life.host.records).toEqual([
    { path: '0', step: { output: 'Ann', patch: { 'customer.name': 'Ann' } } },
    { path: '1', step: { output: 'Hello Ann, 30', patch: { greeting: 'Hello Ann, 30' } } },
  ]);
  expect(context).toEqual({ customer: { age: 30 } });
});

test('a path that leads through a value without parts is an error, and nothing is written', () => {
  const effects = [{ type: 'put_data', path: 'name.first', value: 'Ann' }];
  const life = start({ type: 'sequence', effects }, { context: { name: 'Ann' } });
  expect(life.error()).toMatchObject({ code: 'CONTEXT_PATH', path: '0' });
  expect(life.host.records).toMatchObject([{ path: '0', step: { error: { code: 'CONTEXT_PATH' } } }]);
});

test.each(['', '.', 'a..b', 'a.', '__proto__', 'a.constructor.b'])('a path %j is a problem', (path) => {
  const { registry } = start({ type: 'log', message: 'x' });
  expect(registry.check({ type: 'put_data', path, value: 1 })).toMatchObject([{ path: '$.path' }]);
});
