import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { likelySource, mutatedExpression, tokenSoup } from '../expression/testing/arbitrary-source.ts';
import { changedGlobals, pictureOfGlobals } from '../expression/testing/globals.ts';
import { patience, runs } from '../expression/testing/runs.ts';
import { deepFreeze } from '../expression/testing/v8.ts';
import type { JsonObject } from '../json.ts';
import { compileDataExpression, compileLocation, compileScript } from './data-model.ts';
import { arbitraryScript } from './testing/arbitrary-script.ts';
import { scopeOf } from './testing/scope.ts';

const odd = JSON.parse('{ "__proto__": { "isAdmin": true }, "constructor": "ACME", "toString": "text" }') as JsonObject;

const data = {
  o: { a: 1 },
  list: [1, 2],
  s: 'text',
  key: '__proto__',
  odd,
  f: { $function: 'function f(x) { return x; }' },
  xml: { $xml: '<a b="c"><d/></a>' },
  x: null,
};

/** What becomes of a source: its value, or the code and narrow reason of its error. */
function outcomeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return `${error.code} ${error.details?.reason}`;
  }
}

const evaluate = (source: string) => outcomeOf(() => compileDataExpression(source).evaluate(scopeOf(data)));
const run = (source: string) => outcomeOf(() => compileScript(source).run(scopeOf(data)));

const name = 'EXPRESSION_INVALID NAME';
const key = 'EXPRESSION_FAILED HOSTILE_KEY';
const unknown = 'EXPRESSION_FAILED NAME';

describe('no source reaches beyond the data model', () => {
  test.each<[source: string, outcome: unknown]>([
    ['o.constructor', name],
    ['({}).constructor.constructor("return globalThis")()', name],
    ['(() => 1).constructor', name],
    ['f.prototype', name],
    ['Array.prototype', name],
    ['o.__proto__', name],
    ['({ __proto__: null })', name],
    ['({ "constructor": 1 })', name],
    ['(({ constructor }) => 1)({})', name],
    ['function constructor() {}', name],
    ['o["const" + "ructor"]', key],
    ['o[["constructor"]]', key],
    ['o[`__proto__`]', key],
    ['o[key] = 1', key],
    ['(({ [key]: x }) => x)(odd)', key],
    ['({ [key]: 1 })', key],
    ['({ ...odd })', key],
    ['Object.assign({}, odd)', key],
    ['Object.fromEntries([[key, 1]])', key],
    ['key in o', key],
    ['delete o[key]', key],
    ['o[key]()', key],
    ['odd.isAdmin', undefined],
    ['odd', 'EXPRESSION_RESULT HOSTILE_KEY'],
    ['(() => { for (const k in odd) if (odd[k].isAdmin) return 1; })()', key],
    ['globalThis', unknown],
    ['process', unknown],
    ['require("fs")', unknown],
    ['eval("1")', unknown],
    ['this', undefined],
    ['(function () { return this; })()', undefined],
    ['f.call()', undefined],
    ['Function("return 1")()', 'EXPRESSION_FAILED NOT_A_FUNCTION'],
    ['new Function("return 1")', 'EXPRESSION_FAILED NOT_A_CONSTRUCTOR'],
    ['Symbol.iterator', unknown],
    ['Reflect', unknown],
    ['Proxy', unknown],
    ['Object.getPrototypeOf(o)', 'EXPRESSION_FAILED NO_METHOD'],
    ['Object.defineProperty(o, "a", {})', 'EXPRESSION_FAILED NO_METHOD'],
    ['Object.setPrototypeOf(o, null)', 'EXPRESSION_FAILED NO_METHOD'],
    ['o.__defineGetter__("a", () => 1)', 'EXPRESSION_FAILED NO_METHOD'],
    ['o.valueOf.call', 'EXPRESSION_FAILED NO_VALUE'],
    ['[].map', undefined],
    ['"".trim', undefined],
    ['f.caller', undefined],
    ['(function () { return arguments.callee; })()', undefined],
    ['import("fs")', 'EXPRESSION_INVALID CONSTRUCT'],
    ['({ get a() { return 1; } })', 'EXPRESSION_INVALID CONSTRUCT'],
    ['String.raw`a`', 'EXPRESSION_INVALID CONSTRUCT'],
    ['1n', 'EXPRESSION_INVALID CONSTRUCT'],
    ['/(?=a)/', 'EXPRESSION_INVALID REGEX'],
    ['new RegExp("(?=a)")', 'EXPRESSION_FAILED REGEX'],
  ])('%s', (source, outcome) => {
    expect(evaluate(source)).toEqual(outcome);
  });

  test('values that are no data show nothing of how they are made', () => {
    for (const value of ['f', '(() => 1)', 'Math', 'Math.max', 'Error', '/a/', 'xml', 'f.bind(1)', 'In']) {
      for (const look of ['Object.keys', 'Object.values', 'Object.entries']) {
        expect(evaluate(`${look}(${value})`), `${look}(${value})`).toEqual([]);
      }
      expect(evaluate(`(() => { const keys = []; for (const k in ${value}) keys.push(k); return keys; })()`)).toEqual(
        [],
      );
      expect(evaluate(`({ ...${value} })`)).toEqual({});
      expect(evaluate(`(${value}).x = 1`), value).toBe('EXPRESSION_FAILED READ_ONLY');
      expect(typeof evaluate(`delete (${value}).name`), value).toBe('boolean');
    }
    expect(evaluate('Math.max = 1')).toBe('EXPRESSION_FAILED READ_ONLY');
    expect(evaluate('Math = 1')).toBe('EXPRESSION_FAILED CONST');
    expect(evaluate('Object.assign(Math, { max: 1 })')).toBe('EXPRESSION_FAILED NOT_AN_OBJECT');
  });

  test('a method of one evaluation does not change those of another', () => {
    expect(run('var m = /(?<a>x)/; m.groups = 1;')).toBe('EXPRESSION_FAILED READ_ONLY');
    expect(run('[].push.apply = 1;')).toMatch(/EXPRESSION_FAILED/);
  });
});

describe('what costs too much is stopped', () => {
  test.each<[source: string, reason: string]>([
    ['for (;;);', 'STEPS'],
    ['while (true) {}', 'STEPS'],
    ['do ; while (1)', 'STEPS'],
    ['for (const i of list) list.push(i);', 'STEPS'],
    ['function g() { g(); } g();', 'CALL_DEPTH'],
    ['var g = () => [1].map(() => g()); g();', 'CALL_DEPTH'],
    ['function G() { return new G(); } G();', 'CALL_DEPTH'],
    ['var g = f; for (var i = 0; i < 5000; i++) g = g.bind(1); g();', 'CALL_DEPTH'],
    ['try { for (;;); } catch (e) { x = 1; } finally { x = 2; }', 'STEPS'],
    ['for (;;) try { for (;;) nowhere(); } catch { continue; }', 'STEPS'],
    ['for (var t = "a";;) t += t;', 'STEPS'],
    ['"a".repeat(1e9)', 'STEPS'],
    ['"a".padEnd(1e9)', 'STEPS'],
    ['for (var a = [1];;) a = a.concat(a);', 'STEPS'],
    ['for (var a = [1];;) a.push(...a);', 'STEPS'],
    ['for (var a = [1];;) a = [...a, ...a];', 'STEPS'],
    ['list[1e9] = 1;', 'STEPS'],
    ['list.length = 4e9;', 'STEPS'],
    ['new Array(4e9)', 'STEPS'],
    ['Array.from({ length: 1e9 })', 'STEPS'],
    ['var a = []; for (;;) a = [a];', 'STEPS'],
    ['var a = []; for (var i = 0; i < 1000; i++) a = [a];', 'DEPTH'],
    ['var a = [1]; for (var i = 0; i < 40; i++) a = [a, a];', 'RESULT_SIZE'],
    ['var a = [1], b = [1]; for (var i = 0; i < 40; i++) { a = [a, a]; b = [b, b]; } a == b;', 'STEPS'],
    ['var a = [1]; for (var i = 0; i < 40; i++) a = [a, a]; JSON.stringify(a);', 'STEPS'],
    ['var a = []; a[0] = a; JSON.stringify(a);', 'DEPTH'],
    ['var a = []; a[0] = a; String(a);', 'DEPTH'],
    ['var a = [], b = []; a[0] = a; b[0] = b; a == b;', 'DEPTH'],
    ['o.self = o;', 'DEPTH'],
    ['for (;;) /(a+)+$/.test("aaaaaaaaaaaaaaaaaaaaaaaaaaaa!");', 'STEPS'],
    ['for (;;) new RegExp("a{1,100}");', 'STEPS'],
    [`for (const { a = ${'1 + '.repeat(200)}1 } of new Array(20000).fill({}));`, 'STEPS'],
    ['for (;;) xml.getElementsByTagName("*");', 'STEPS'],
  ])('%s', (source, reason) => {
    const started = performance.now();
    expect(run(source)).toMatch(new RegExp(`^EXPRESSION_(LIMIT|RESULT) ${reason}$`));
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('recursion of any form ends before the stack of the host does', () => {
    for (const body of [
      'return f.apply(null, []);',
      'return "a".replace("a", () => f());',
      'return [2, 1].sort(() => f());',
      'try { return f(); } finally { x = 1; }',
      `return ${'('.repeat(100)}f()${')'.repeat(100)};`,
      `${'{'.repeat(60)} f(); ${'}'.repeat(60)}`,
      'for (const a of [1]) for (const b in { c: 1 }) switch (1) { case 1: if (1) do { f(); } while (0); }',
      'const { a = f() } = {}; return a;',
    ]) {
      expect(run(`function f() { ${body} } f();`), body).toBe('EXPRESSION_LIMIT CALL_DEPTH');
    }
  });

  test('sources that are too long or nest too deeply do not compile', () => {
    expect(run(`x = "${'a'.repeat(70_000)}"`)).toBe('EXPRESSION_INVALID TOO_LONG');
    expect(evaluate('['.repeat(5_000) + ']'.repeat(5_000))).toBe('EXPRESSION_INVALID TOO_DEEP');
    expect(evaluate(`f(${'[],'.repeat(5_000)}1)`)).toBe('EXPRESSION_INVALID TOO_MANY_NODES');
    expect(run('{'.repeat(300) + '}'.repeat(300))).toBe('EXPRESSION_INVALID TOO_DEEP');
  });
});

test('whatever the source, only coded errors leave, and nothing changes but the result', patience, () => {
  const before = pictureOfGlobals();
  const source = fc.oneof(tokenSoup(), likelySource(), mutatedExpression(), arbitraryScript());
  const own = {
    context: { items: [1], deep: { a: 1 }, long: 'a' },
    event: { data: {} },
    n: 1,
    list: [1],
    o: { c: {} },
  };
  const scope = scopeOf(deepFreeze(own), { system: { _event: deepFreeze({ data: [1] }) } });
  fc.assert(
    fc.property(source, (text) => {
      for (const attempt of [
        () => compileDataExpression(text).evaluate(scope),
        () => compileScript(text).run(scope),
        () => compileLocation(text).assign(scope, 1),
      ]) {
        const outcome = outcomeOf(attempt);
        if (typeof outcome === 'string') expect(outcome).not.toMatch(/HOST_/);
      }
    }),
    { numRuns: runs(800) },
  );
  expect(changedGlobals(before)).toEqual([]);
});
