import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import type { JsonObject } from '../json.ts';
import { compileDataExpression, type DataScope } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

function resultOf(source: string, data: JsonObject = {}, others: Partial<DataScope> = {}): unknown {
  return compileDataExpression(source).evaluate(scopeOf(data, others));
}

function errorOf(run: () => unknown): FsmError {
  try {
    run();
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

const event = { name: 'foo', type: 'external', sendid: undefined, data: { Var1: 1, aParam: 1 }, raw: 'POST Var1=2' };

describe('an expression', () => {
  test.each<[source: string, data: JsonObject, value: unknown]>([
    ['Var1==1', { Var1: 1 }, true],
    ['Var1 + 1', { Var1: 1 }, 2],
    ['Var4==0 | Var3 != 2', { Var4: 1, Var3: 3 }, 1],
    ['++var1==2', { var1: 1 }, true],
    ['Var1<Var2', { Var1: 1, Var2: 2 }, true],
    ['[].concat(Var1, [4])', { Var1: [1, 2, 3] }, [1, 2, 3, 4]],
    ["{p1: 'v1', p2: 'v2'}", {}, { p1: 'v1', p2: 'v2' }],
    ['Math.pow(i,3)', { i: 3 }, 27],
    ['var2 instanceof Array', { var2: [] }, true],
    ['new Array(3).length', {}, 3],
    ['typeof nowhere', {}, 'undefined'],
    ['typeof Var1', { Var1: { $function: '(a) => a' } }, 'function'],
    ['void 0', {}, undefined],
    ['a, b', { a: 1, b: 2 }, 2],
    ['delete o.a && o', { o: { a: 1, b: 2 } }, { b: 2 }],
    ['o.list.push(3) + o.list.length', { o: { list: [1, 2] } }, 6],
    ['[...text, ...list]', { text: 'ab', list: [1] }, ['a', 'b', 1]],
    ['o?.x?.y.z', { o: {} }, undefined],
    ['(({ a, b: [c = 5] }) => a + c)(o)', { o: { a: 1, b: [] } }, 6],
    ["'a1b2'.replace(/\\d/g, (digit) => digit * 2)", {}, 'a2b4'],
    ["new RegExp('^a', 'i').test('Abc')", {}, true],
    ['[3, 1, 2].sort().map(String).join("-")', {}, '1-2-3'],
    ["String(new TypeError('odd'))", {}, 'TypeError: odd'],
    ["new Error('x') instanceof Error && !(new Error('x') instanceof TypeError)", {}, true],
    ['1 /* one */ // and no more', {}, 1],
    ['a ? b : c;', { a: 0, b: 1, c: 2 }, 2],
    ['`${a} and ${b}`', { a: 1, b: [2, 3] }, '1 and 2,3'],
    [
      '(function(str, start) { return str.slice(0, start.length) === start; })(Var1, Var2)',
      { Var1: 'abc', Var2: 'ab' },
      true,
    ],
  ])('%s', (source, data, value) => {
    expect(resultOf(source, data)).toEqual(value);
  });

  test('is refused with its place when it is no expression', () => {
    for (const [source, line, column] of [
      ['return', 1, 1],
      ['a +\n  * b', 2, 3],
      ['foo bar', 1, 5],
      ['function* () {}', 1, 1],
      ['async () => 1', 1, 1],
      ['class {}', 1, 1],
    ] as const) {
      const error = errorOf(() => compileDataExpression(source, { path: '$.guard' }));
      expect(error).toMatchObject({ code: 'EXPRESSION_INVALID', path: '$.guard', details: { line, column } });
    }
  });

  test('gives what JSON can hold, and fails for what it cannot', () => {
    expect(resultOf('({ a: undefined, b: [undefined], c: -0 })')).toEqual({ b: [null], c: 0 });
    for (const source of ['0 / 0', '[1 / 0]', '/a/', '({ f: Math })', '[].push.x || Math.max']) {
      expect(errorOf(() => resultOf(source)).code, source).toMatch(/EXPRESSION_(RESULT|FAILED)/);
    }
  });

  test('may be anything as a condition', () => {
    const isTrue = (source: string) => compileDataExpression(source).test(scopeOf({ n: 0, list: [], text: '' }));
    expect(['list', '/a/', '1 / 0', '() => 0', "'foo'"].filter(isTrue)).toHaveLength(5);
    expect(['n', 'text', '0 / 0', 'undefined', 'null'].filter(isTrue)).toEqual([]);
  });

  test('forgets its changes, and never writes to the data', () => {
    const data = Object.freeze({ n: 1, o: Object.freeze({ list: Object.freeze([3, 1]) }) });
    expect(resultOf('(n = 5, o.list.sort(), o.x = n, o)', data)).toEqual({ list: [1, 3], x: 5 });
    expect(resultOf('o', data)).toBe(data.o);
  });

  test('changes one object under all its names', () => {
    expect(resultOf('((a, b) => { a.x = 1; return b.x; })(o, o)', { o: {} })).toBe(1);
  });
});

describe('names', () => {
  test('are locals, system variables, data, declared ones and globals, in this order', () => {
    const scope = { system: { _event: event, n: 'system' }, declared: new Set(['isNaN', 'empty']) };
    const data = { n: 'data', isNaN: 'data', Math: 'data' };
    expect(resultOf('[n, isNaN, Math, empty, typeof parseInt]', data, scope)).toEqual([
      'system',
      'data',
      'data',
      null,
      'function',
    ]);
    expect(resultOf('((n, undefined) => [n, undefined])(1, 2)', data, scope)).toEqual([1, 2]);
  });

  test('that do not exist fail, with their place and what may have been meant', () => {
    const error = errorOf(() => resultOf('1 +\n total', { totel: 1 }));
    expect(error).toMatchObject({
      code: 'EXPRESSION_FAILED',
      hint: 'Did you mean `totel`?',
      details: { reason: 'NAME', line: 2, column: 2 },
    });
    expect(errorOf(() => resultOf('Date.now()')).hint).toMatch(/no clock/);
    expect(errorOf(() => resultOf('nowhere = 1')).details).toMatchObject({ reason: 'NAME' });
  });

  test('of states: In says whether one is active', () => {
    expect(resultOf("In('here') && !In('there')")).toBe(true);
    expect(resultOf("['here', 'there'].map(In)")).toEqual([true, false]);
  });
});

describe('system variables', () => {
  const system = { _event: event, _name: 'machine', _ioprocessors: { scxml: { location: '#_x' } } };

  test.each<[source: string, value: unknown]>([
    ["'name' in _event && 'sendid' in _event", true],
    ["typeof _event.sendid === 'undefined'", true],
    ["_event.data['Var1']==1", true],
    ['_event.raw.search(/Var1=2/) !== -1', true],
    ["_event.raw.search('POST') !== -1", true],
    ['JSON.stringify(_event.data)', '{"Var1":1,"aParam":1}'],
    ["_ioprocessors['scxml'].location", '#_x'],
    ['_name', 'machine'],
  ])('can be read: %s', (source, value) => {
    expect(resultOf(source, {}, { system })).toEqual(value);
  });

  test('are undefined when they have no value', () => {
    expect(
      resultOf("typeof _event === 'undefined' && _event === undefined", {}, { system: { _event: undefined } }),
    ).toBe(true);
  });

  test.each(['_event = 1', '_event.name = 1', '_event.data.Var1++', 'delete _event.name', '[_name] = [1]'])(
    'cannot be assigned: %s',
    (source) => {
      const error = errorOf(() => resultOf(source, {}, { system }));
      expect(error.details).toMatchObject({ reason: 'SYSTEM_VARIABLE' });
    },
  );
});

describe('two objects are equal when their data are', () => {
  test.each<[source: string, equal: boolean]>([
    ['a == b', true],
    ['a === b', true],
    ['a != b', false],
    ['a === c', false],
    ['a.list === b.list', true],
    ['({ x: 1, y: undefined }) === ({ x: 1 })', true],
    ['[undefined] === [null]', true],
    ['[1, 2] === [2, 1]', false],
    ['[] === ({})', false],
    ['({ a: 1, b: 2 }) == ({ b: 2, a: 1 })', true],
    ['[a].includes(b) && [c, a].indexOf(b) === 1', true],
    ['((x) => { switch (x) { case b: return true; } })(a)', true],
    ['f === g', true],
    ['f === h', false],
    ['x == y', true],
    ["[1] == 1 && '1' == 1 && null == undefined && null != 0 && '' == 0", true],
    ["a == '[object Object]'", true],
  ])('%s is %s', (source, equal) => {
    const data = {
      a: { list: [1, { deep: true }], n: 1 },
      b: { n: 1, list: [1, { deep: true }] },
      c: { n: 1, list: [1, { deep: false }] },
      f: { $function: '(a) => a' },
      g: { $function: '(a) => a' },
      h: { $function: '(b) => b' },
      x: { $xml: '<a/>' },
      y: { $xml: '<a/>' },
    };
    expect(resultOf(source, data)).toBe(equal);
  });
});
