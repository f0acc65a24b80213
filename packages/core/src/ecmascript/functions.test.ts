import { describe, expect, test } from 'vitest';
import { compileDataExpression, compileScript } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

const expectFailure = (run: () => unknown, facts: object) => {
  expect(run).toThrow(expect.objectContaining(facts));
};

describe('a function in the data model', () => {
  test('is its text as data, and can be called where it is read', () => {
    const made = compileDataExpression('function(invar) {return invar + 1;}').evaluate(scopeOf());
    expect(made).toEqual({ $function: 'function(invar) {return invar + 1;}' });
    expect(compileDataExpression('var1(2) == 3').evaluate(scopeOf({ var1: made! }))).toBe(true);
  });

  test('is found inside of objects and lists, and called with them as `this`', () => {
    const o = { n: 4, twice: { $function: 'function () { return this.n * 2; }' } };
    expect(compileDataExpression('o.twice() + [o][0].twice()').evaluate(scopeOf({ o }))).toBe(16);
  });

  test('sees the data where it is called, and changes it there', () => {
    const script = compileScript('function foo() { x = y + 1; }');
    expect(script.declares).toEqual(['foo']);
    const data = script.run(scopeOf({ x: 0, y: 1 }));
    expect(data).toEqual({ x: 0, y: 1, foo: { $function: 'function foo() { x = y + 1; }' } });
    expect(compileScript('foo();').run(scopeOf({ ...data, y: 9 }))).toMatchObject({ x: 10 });
  });

  test('makes objects with `new`', () => {
    const testobject = { $function: 'function testobject() { this.bar = 0; }' };
    const scope = scopeOf({ testobject });
    expect(compileDataExpression('new testobject();').evaluate(scope)).toEqual({ bar: 0 });
    expect(compileDataExpression('new testobject() instanceof testobject').test(scope)).toBe(true);
    expect(compileDataExpression('({ bar: 0 }) instanceof testobject').test(scope)).toBe(false);
    expectFailure(() => compileDataExpression('new (() => 1)()').evaluate(scope), { code: 'EXPRESSION_FAILED' });
  });

  test('calls itself by its own name, also as data', () => {
    const fact = compileDataExpression('function f(n) { return n < 2 ? 1 : n * f(n - 1); }').evaluate(scopeOf())!;
    expect(compileDataExpression('fact(10)').evaluate(scopeOf({ fact }))).toBe(3_628_800);
  });

  test('written as a method is stored as a function', () => {
    const o = compileDataExpression('({ n: 1, up(by) { return this.n + by; } })').evaluate(scopeOf())!;
    expect(o).toEqual({ n: 1, up: { $function: 'function (by) { return this.n + by; }' } });
    expect(compileDataExpression('o.up(2)').evaluate(scopeOf({ o }))).toBe(3);
  });

  test('cannot be stored when it needs the locals around it', () => {
    for (const source of ['(function (a) { return () => a; })(1)', '(function () { return () => this; })()']) {
      expectFailure(() => compileDataExpression(source).evaluate(scopeOf()), {
        code: 'EXPRESSION_RESULT',
        details: expect.objectContaining({ reason: 'NOT_PORTABLE' }),
      });
    }
    // but can be used as long as the evaluation runs
    const counter = '(function () { let n = 0; const up = () => ++n; up(); return up() + n; })()';
    expect(compileDataExpression(counter).evaluate(scopeOf())).toBe(4);
  });

  test('has failures with their place in its own text', () => {
    const doError = { $function: 'function doError() {\n  var x = y;\n  return x;\n}' };
    expectFailure(() => compileDataExpression('1 + doError()', { path: '$.log' }).evaluate(scopeOf({ doError })), {
      code: 'EXPRESSION_FAILED',
      path: '$.log',
      details: expect.objectContaining({ reason: 'NAME', line: 2, column: 11 }),
    });
  });

  test('that does not compile fails when it is called, not when the data are read', () => {
    const broken = { $function: 'function (' };
    expect(compileDataExpression('typeof broken').evaluate(scopeOf({ broken }))).toBe('function');
    for (const text of ['function (', '1 + 1', 'function* () {}', '']) {
      expectFailure(() => compileDataExpression('f()').evaluate(scopeOf({ f: { $function: text } })), {
        code: 'EXPRESSION_FAILED',
        details: expect.objectContaining({ reason: 'FUNCTION' }),
      });
    }
  });

  test('knows call, apply, bind, its arguments and its name', () => {
    const f = { $function: 'function f(a, b) { return [this, a, b, arguments.length]; }' };
    const scope = scopeOf({ f });
    const value = (source: string) => compileDataExpression(source).evaluate(scope);
    expect(value('f.call(1, 2)')).toEqual([1, 2, null, 1]);
    expect(value('f.apply(1, [2, 3])')).toEqual([1, 2, 3, 2]);
    expect(value('f.bind(1, 2)(3)')).toEqual([1, 2, 3, 2]);
    expect(value('[f.name, f.length]')).toEqual(['f', 2]);
  });
});

describe('what comes from outside', () => {
  const system = { _event: { data: { $function: 'function () { money = 1000; }' } } };

  test('is never a function', () => {
    const scope = scopeOf({ money: 0 }, { system });
    expect(compileDataExpression('typeof _event.data').evaluate(scope)).toBe('object');
    expectFailure(() => compileScript('_event.data();').run(scope), { code: 'EXPRESSION_FAILED' });
  });

  test('cannot become one by being stored', () => {
    const scope = scopeOf({ money: 0, x: 0 }, { system });
    const reason = { code: 'EXPRESSION_RESULT', details: expect.objectContaining({ reason: 'RESERVED_KEY' }) };
    expectFailure(() => compileDataExpression('_event.data').evaluate(scope), reason);
    expectFailure(() => compileScript('x = { items: [_event.data] };').run(scope), reason);
    expectFailure(() => compileScript('x = JSON.parse(\'{"$function":"() => 1"}\');').run(scope), reason);
  });
});
