import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../json.ts';
import { compileLocation, type DataScope } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

function assign(
  source: string,
  value: Json | undefined,
  data: JsonObject,
  others: Partial<DataScope> = {},
): JsonObject {
  return compileLocation(source).assign(scopeOf(data, others), value);
}

describe('a location', () => {
  test.each<[source: string, data: JsonObject, after: JsonObject]>([
    ['Var1', { Var1: 0 }, { Var1: 5 }],
    ['foo.bar.baz ', { foo: { bar: {} } }, { foo: { bar: { baz: 5 } } }],
    ['foo.bar[1]', { foo: { bar: [1, 2, 3] } }, { foo: { bar: [1, 5, 3] } }],
    ['list[list.length]', { list: [1] }, { list: [1, 5] }],
    ['list[2]', { list: [1] }, { list: [1, null, 5] }],
    ["o['a b']", { o: {} }, { o: { 'a b': 5 } }],
    ['o[key].x', { o: { a: {} }, key: 'a' }, { o: { a: { x: 5 } }, key: 'a' }],
    ['(o.a)', { o: {} }, { o: { a: 5 } }],
  ])('%s takes a value', (source, data, after) => {
    expect(assign(source, 5, data)).toEqual(after);
  });

  test('copies what is on the way to it, and nothing else', () => {
    const data = { a: { b: {}, c: {} }, d: {} };
    const before = structuredClone(data);
    const after = assign('a.b.x', 1, data);
    expect(data).toEqual(before);
    expect((after.a as JsonObject).c).toBe(data.a.c);
    expect(after.d).toBe(data.d);
  });

  test('without a value has none afterwards', () => {
    expect(assign('a', undefined, { a: 1, b: 2 })).toEqual({ b: 2 });
    expect(assign('a.x', undefined, { a: { x: 1, y: 2 } })).toEqual({ a: { y: 2 } });
    expect(assign('a[0]', undefined, { a: [1, 2] })).toEqual({ a: [null, 2] });
  });

  test('may be a name that has no value yet', () => {
    expect(assign('x', 1, {}, { declared: new Set(['x']) })).toEqual({ x: 1 });
  });

  test.each<[source: string, reason: string]>([
    ['nowhere', 'NAME'],
    ['nowhere.x', 'NAME'],
    ['Math', 'CONST'],
    ['_event', 'SYSTEM_VARIABLE'],
    ['_event.data', 'SYSTEM_VARIABLE'],
    ['a.b.c', 'NO_VALUE'],
    ['n.x', 'READ_ONLY'],
    ['list.x', 'LIST_KEY'],
    ['list[-1]', 'LIST_KEY'],
    ['f.x', 'READ_ONLY'],
    ["a['__pro' + 'to__']", 'HOSTILE_KEY'],
    ['a[nowhere]', 'NAME'],
  ])('%s cannot be assigned: %s', (source, reason) => {
    const data = { a: {}, n: 1, list: [1], f: { $function: '() => 1' } };
    expect(() => assign(source, 1, data, { system: { _event: {} } })).toThrow(
      expect.objectContaining({ code: 'EXPRESSION_FAILED', details: expect.objectContaining({ reason }) }),
    );
  });

  test.each(['', '1', 'a + b', 'f()', 'f().x', 'a?.b', 'this', "'foo'", 'a b', 'a.__proto__', 'a = 1'])(
    '%s is none',
    (source) => {
      expect(() => compileLocation(source)).toThrow(expect.objectContaining({ code: 'EXPRESSION_INVALID' }));
    },
  );
});
