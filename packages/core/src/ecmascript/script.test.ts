import { describe, expect, test } from 'vitest';
import { maxContextBytes } from '../definition/limits.ts';
import type { JsonObject } from '../json.ts';
import { compileScript, type DataScope } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

function dataAfter(source: string, data: JsonObject = {}, others: Partial<DataScope> = {}): JsonObject {
  return compileScript(source).run(scopeOf(data, others));
}

const failure = (facts: object) => expect.objectContaining(facts);

describe('a script', () => {
  test.each<[source: string, data: JsonObject, after: JsonObject]>([
    ['x = x + 1;', { x: 1 }, { x: 2 }],
    ['x *= 2; y = x++ + ++x;', { x: 2, y: 0 }, { x: 6, y: 10 }],
    ['for (var i = 0; i < 3; i++) list.push(i);', { list: [] }, { list: [0, 1, 2], i: 3 }],
    ['for (const key in o) keys += key;', { o: { a: 1, b: 2 }, keys: '' }, { o: { a: 1, b: 2 }, keys: 'ab' }],
    ['for (const c of text) n += c === "a" ? 1 : 0;', { text: 'banana', n: 0 }, { text: 'banana', n: 3 }],
    ['let n = 5; while (n) { total += n--; if (total > 8) break; }', { total: 0 }, { total: 9 }],
    ['do { n++; continue; } while (n < 3)', { n: 0 }, { n: 3 }],
    [
      'switch (n) { case 1: s = "one"; case 2: s += "two"; break; default: s = "none"; }',
      { n: 2, s: '' },
      { n: 2, s: 'two' },
    ],
    ['out: for (;;) { for (;;) break out; }', { n: 1 }, { n: 1 }],
    ['try { nowhere(); } catch (e) { r = e.name; } finally { r += "!"; }', { r: '' }, { r: 'ReferenceError!' }],
    ['try { throw { code: 7 }; } catch ({ code }) { r = code; }', { r: 0 }, { r: 7 }],
    [
      'function f() { try { return 1; } finally { n = 2; } } n += f();',
      { n: 0 },
      expect.objectContaining({ n: 1 }) as never,
    ],
    ['const [a, , b = 3, ...rest] = [1, 2, undefined, 4, 5]; r = [a, b, rest];', { r: 0 }, { r: [1, 3, [4, 5]] }],
    ['({ a: o.x, ...o.y } = { a: 1, b: 2 });', { o: {} }, { o: { x: 1, y: { b: 2 } } }],
    ['o.a ??= 1; o.b ||= 2; o.c &&= 3;', { o: { b: 0, c: 1 } }, { o: { b: 2, c: 3, a: 1 } }],
    ['list.length = 1; list[2] = 5;', { list: [1, 2, 3] }, { list: [1, null, 5] }],
    ['list.splice(1, 1, "x", "y"); list.reverse();', { list: [1, 2, 3] }, { list: [3, 'y', 'x', 1] }],
    ['Object.assign(o, { b: 2 });', { o: { a: 1 } }, { o: { a: 1, b: 2 } }],
    ['', { a: 1 }, { a: 1 }],
  ])('%s', (source, data, after) => {
    expect(dataAfter(source, data)).toEqual(after);
  });

  test('declares data with `var` and functions, and nothing with `let` and `const`', () => {
    const script = compileScript(
      'var a = 1, { b } = { b: 2 }; if (a) { var c; } let d = 4; const e = 5; function f() {}',
    );
    expect(script.declares).toEqual(['a', 'b', 'c', 'f']);
    expect(script.run(scopeOf())).toEqual({ a: 1, b: 2, f: { $function: 'function f() {}' } });
    expect(dataAfter('var a;', { a: 7 })).toEqual({ a: 7 });
  });

  test('calls its functions before their declaration, and each round of a loop has variables of its own', () => {
    expect(dataAfter('r = f(2); function f(n) { return n * 2; }', { r: 0 })).toMatchObject({ r: 4 });
    const rounds = '{ const made = []; for (let i = 0; i < 3; i++) made.push(() => i); r = made.map((f) => f()); }';
    expect(dataAfter(rounds, { r: 0 })).toEqual({ r: [0, 1, 2] });
  });

  test('cannot assign a name that nothing declared, nor a system variable', () => {
    expect(() => dataAfter('x = 1;')).toThrow(failure({ code: 'EXPRESSION_FAILED' }));
    expect(dataAfter('x = 1;', {}, { declared: new Set(['x']) })).toEqual({ x: 1 });
    for (const source of ['_event = 1;', 'var _event;', 'function _event() {}', '_event.name = 1;']) {
      expect(() => dataAfter(source, {}, { system: { _event: {} } }), source).toThrow(
        failure({ details: expect.objectContaining({ reason: 'SYSTEM_VARIABLE' }) }),
      );
    }
  });

  test('takes the value away with `undefined`', () => {
    expect(dataAfter('a = undefined;', { a: 1, b: 2 })).toEqual({ b: 2 });
  });

  test('has one object under two names while it runs, and two afterwards', () => {
    const after = dataAfter('var a = obj; a.x = 1; obj.y = a.x;', { obj: {} });
    expect(after).toEqual({ obj: { x: 1, y: 1 }, a: { x: 1, y: 1 } });
    expect(dataAfter('a.z = 1;', after)).toEqual({ obj: { x: 1, y: 1 }, a: { x: 1, y: 1, z: 1 } });
  });

  test('never writes to the data it was given, and keeps what it did not change', () => {
    const data = Object.freeze({ a: Object.freeze({ n: 1 }), b: Object.freeze([1]) });
    const after = dataAfter('a.n = 2; var c = b[0];', data);
    expect(after).toEqual({ a: { n: 2 }, b: [1], c: 1 });
    expect(after.b).toBe(data.b);
    expect(dataAfter('a.n = 2; a.n = 1;', data)).toBe(data);
  });

  test('changes nothing when it fails, and says what was thrown where', () => {
    const data = { n: 1 };
    expect(() => dataAfter("n = 2;\nthrow new RangeError('too far');", data)).toThrow(
      failure({
        code: 'EXPRESSION_FAILED',
        message: 'Uncaught: RangeError: too far at 2:1.',
        details: expect.objectContaining({ reason: 'THROWN', line: 2 }),
      }),
    );
    expect(data).toEqual({ n: 1 });
  });

  test('that is no script is refused with its place', () => {
    for (const source of [
      'var = 1;',
      'if (x {',
      'class A {}',
      'with (o) {}',
      'import "x"',
      'label: function* f() {}',
      'return 1',
    ]) {
      expect(() => compileScript(source, { path: '$.script[0]' }), source).toThrow(
        failure({ code: 'EXPRESSION_INVALID', path: '$.script[0]' }),
      );
    }
  });

  test('cannot leave data that are not JSON or larger than a context may be', () => {
    for (const source of ['x = 0 / 0;', 'x = [/a/];', 'x = [Math];', 'x.self = x;']) {
      expect(() => dataAfter(source, { x: {} }), source).toThrow(
        failure({ code: expect.stringMatching(/^EXPRESSION_(RESULT|LIMIT)$/) }),
      );
    }
    const large = 'a'.repeat(maxContextBytes / 2);
    expect(() => dataAfter('b = a + "b";', { a: large, b: 0 })).toThrow(failure({ code: 'EXPRESSION_RESULT' }));
  });
});
