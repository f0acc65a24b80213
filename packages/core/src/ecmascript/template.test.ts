import { describe, expect, test } from 'vitest';
import { compileDataTemplate } from './data-model.ts';
import { scopeOf } from './testing/scope.ts';

describe('a template', () => {
  test('keeps the type of what is one expression, and joins the others', () => {
    const template = compileDataTemplate({
      number: '{{ n + 1 }}',
      text: 'n is {{ n }}',
      list: ['{{ list }}', 'constant', '{{ undefined }}'],
      absent: '{{ undefined }}',
      made: '{{ new Object(); }}',
      object: '{{ {a: {b: n}} }}',
      code: '{{ function (a) { return {b: {c: a}}} }}',
    });
    expect(template.constant).toBeUndefined();
    expect(template.evaluate(scopeOf({ n: 1, list: [1] }))).toEqual({
      number: 2,
      text: 'n is 1',
      list: [[1], 'constant', null],
      made: {},
      object: { a: { b: 1 } },
      code: { $function: 'function (a) { return {b: {c: a}}}' },
    });
  });

  test('tells no value from null', () => {
    expect(compileDataTemplate('{{ undefined }}').evaluate(scopeOf())).toBeUndefined();
    expect(compileDataTemplate('{{ null }}').evaluate(scopeOf())).toBeNull();
  });

  test('without expressions is constant, also when it holds a function or XML', () => {
    const value = { a: [1, 'x'], f: { $function: '() => 1' }, x: { $xml: '<a/>' } };
    const template = compileDataTemplate(value);
    expect(template.constant).toBe(value);
    expect(template.evaluate(scopeOf())).toBe(value);
  });

  test('is refused with the path of the string and the place in it', () => {
    expect(() => compileDataTemplate({ a: ['x {{ 1 + }}'] }, { path: '$.data' })).toThrow(
      expect.objectContaining({
        code: 'EXPRESSION_INVALID',
        path: '$.data.a[0]',
        details: expect.objectContaining({ column: 10 }),
      }),
    );
  });

  test('fails with the place in the string', () => {
    expect(() => compileDataTemplate('one {{ nowhere }}', { path: '$.x' }).evaluate(scopeOf())).toThrow(
      expect.objectContaining({ path: '$.x', details: expect.objectContaining({ reason: 'NAME', column: 8 }) }),
    );
  });
});
