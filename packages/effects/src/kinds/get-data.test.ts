import { expect, test } from 'vitest';
import { createRegistry } from '../registry.ts';
import { start } from '../testing/start.ts';

const context = { customer: { name: 'Ada', tags: ['new'], nothing: null } };
const get = (path: string, more: object = {}) => start({ type: 'get_data', path, ...more }, { context }).output();

test('reads what stands at a path, also inside lists', () => {
  expect(get('customer.name')).toBe('Ada');
  expect(get('customer.tags.0')).toBe('new');
  expect(get('customer')).toEqual(context.customer);
});

test('gives the default, or null, where nothing stands; a null that stands there is a value', () => {
  expect(get('customer.age')).toBe(null);
  expect(get('customer.age', { default: '{{ 2 * 21 }}' })).toBe(42);
  expect(get('customer.nothing', { default: 1 })).toBe(null);
  expect(get('customer.name.length', { default: 'none' })).toBe('none');
  expect(get('customer.tags.length', { default: 'none' })).toBe('none');
});

test('sees what the execution wrote before, and is not recorded', () => {
  const effects = [
    { type: 'put_data', path: 'a.b', value: 1 },
    { type: 'get_data', path: 'a.b' },
  ];
  const life = start({ type: 'sequence', effects });
  expect(life.output()).toBe(1);
  expect(life.host.records.map(({ path }) => path)).toEqual(['0']);
});

test('a path that reaches for a prototype is a problem', () => {
  expect(createRegistry().check({ type: 'get_data', path: 'a.__proto__' })).toHaveLength(1);
});
