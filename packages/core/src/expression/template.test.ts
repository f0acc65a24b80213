import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import { compileTemplate } from './expression.ts';

const scope = {
  context: { name: 'Ann', amount: 20_000, tags: ['a', 'b'], address: { city: 'Bern' }, nothing: null, ok: true },
  event: { type: 'GO', data: { id: 7 } },
};

function evaluate(value: Json): Json {
  return compileTemplate(value).evaluate(scope);
}

function errorOf(run: () => unknown): FsmError {
  try {
    run();
  } catch (error) {
    if (FsmError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a template', () => {
  test.each<[string, Json, Json]>([
    ['a number', '{{ context.amount }}', 20_000],
    ['a boolean', '{{context.ok}}', true],
    ['a list', '{{ context.tags }}', ['a', 'b']],
    ['an object', '{{ { city: context.address.city } }}', { city: 'Bern' }],
    ['an object without spaces', '{{{a:{b:1}}}}', { a: { b: 1 } }],
    ['null', '{{ context.nothing }}', null],
    ['an absent value', '{{ context.absent }}', null],
  ])('that is one expression keeps the type of the value: %s', (_, template, expected) => {
    expect(evaluate(template)).toEqual(expected);
  });

  test.each<[string, string, string]>([
    ['a text', 'Hello {{ context.name }}!', 'Hello Ann!'],
    ['several', '{{ context.name }}{{ context.amount }}-{{ context.ok }}', 'Ann20000-true'],
    ['spaces around', ' {{ context.amount }} ', ' 20000 '],
    ['an object as JSON', 'to {{ context.address }} {{ context.tags }}', 'to {"city":"Bern"} ["a","b"]'],
    ['null and absent values as nothing', '[{{ context.nothing }}{{ context.absent }}]', '[]'],
    ['braces inside of an expression', 'x {{ [{ a: { b: "}}" } }][0].a.b + `${`}}`}` }} y', 'x }}}} y'],
    ['a literal opening', "{{ '{{' }} name }}", '{{ name }}'],
    ['single braces and a lone end', '{ a } }} b', '{ a } }} b'],
    ['an expression over lines', 'a {{\n  context.name\n}} b', 'a Ann b'],
    ['a pattern with braces', '{{ "a1".replace(/\\d{1}/g, "}}") }}!', 'a}}!'],
  ])('with text around puts the values into it: %s', (_, template, expected) => {
    expect(evaluate(template)).toBe(expected);
  });

  test('walks lists and objects; absent values drop their key, and are null in a list', () => {
    const template = {
      to: ['{{ context.name }}', 1, '{{ context.absent }}'],
      no: '{{ context.absent }}',
      deep: { id: '{{ event.data.id }}' },
      n: null,
    };
    expect(evaluate(template)).toEqual({ to: ['Ann', 1, null], deep: { id: 7 }, n: null });
    expect(Object.keys(evaluate(template) as object)).toEqual(['to', 'deep', 'n']);
  });

  test('leaves the template as it was, and makes only the dynamic parts anew', () => {
    const fixed = { a: [1, 2] };
    const template = { fixed, dynamic: ['{{ context.name }}', fixed] };
    const before = structuredClone(template);
    const value = evaluate(template) as { fixed: unknown; dynamic: unknown[] };
    expect(value.fixed).toBe(fixed);
    expect(value.dynamic[1]).toBe(fixed);
    expect(value.dynamic).not.toBe(template.dynamic);
    expect(template).toEqual(before);
  });

  test('without expressions is constant, and gives the value itself', () => {
    const value = { a: ['text', { b: '}} {' }], c: 1 };
    const template = compileTemplate(value);
    expect(template.constant).toBe(value);
    expect(template.evaluate(scope)).toBe(value);
    expect(template.roots.size).toBe(0);
    expect(compileTemplate('{{ 1 }}').constant).toBeUndefined();
    expect(compileTemplate(null).constant).toBeNull();
  });

  test('knows the roots that its expressions read', () => {
    expect([...compileTemplate({ a: '{{ context.a }}', b: ['x {{ event.type }}{{ context.b }}'] }).roots]).toEqual([
      'context',
      'event',
    ]);
  });

  test('takes keys as they are', () => {
    expect(evaluate({ '{{ context.name }}': '{{ context.name }}' })).toEqual({ '{{ context.name }}': 'Ann' });
  });
});

describe('an error in a template', () => {
  test('names the path of the string, and the place inside it', () => {
    const value = { list: ['ok', { 'odd key': 'Dear {{ context.nmae.first }}' }] };
    const template = compileTemplate(value, { path: '$.entry[0].assign' });
    const error = errorOf(() => template.evaluate(scope));
    expect(error).toMatchObject({
      code: 'EXPRESSION_FAILED',
      message: 'Cannot read "first" of undefined at 1:22.',
      path: '$.entry[0].assign.list[1]["odd key"]',
      details: { expression: 'context.nmae.first', position: 21, line: 1, column: 22 },
    });
  });

  test.each([
    ['{{', 'The expression is empty at 1:3.'],
    ['{{ }}', 'The expression is empty at 1:3.'],
    ['a {{ context.name', 'The expression does not end with `}}` at 1:18.'],
    ['a {{ context.name }', 'The expression does not end with `}}` at 1:19.'],
    ['a {{ context.name b }}', 'The expression does not end with `}}` at 1:19.'],
    ['{{ contxt.name }}', 'There is no value `contxt` at 1:4.'],
    ['line\n{{ context.n = 1 }}', 'An assignment is not allowed in an expression at 2:4.'],
    ['{{ 1 + }}', 'Unexpected `}` at 1:8.'],
    ["{{ 'a }}", 'Unterminated string constant at 1:4.'],
  ])('that does not compile says where: %s', (text, message) => {
    const error = errorOf(() => compileTemplate([text]));
    expect(error).toMatchObject({ code: 'EXPRESSION_INVALID', message, path: '$[0]' });
  });

  test('is a hostile key, a value that nests too deeply, an expression that is too long', () => {
    expect(errorOf(() => compileTemplate(JSON.parse('{ "a": { "__proto__": "{{ 1 }}" } }')))).toMatchObject({
      path: '$.a.__proto__',
      details: { reason: 'HOSTILE_KEY' },
    });
    const deep = JSON.parse(`${'['.repeat(3_000)}"{{ 1 }}"${']'.repeat(3_000)}`);
    expect(errorOf(() => compileTemplate(deep)).details?.reason).toBe('TOO_DEEP');
    for (const long of [
      `{{ "${'a'.repeat(4_100)}" }}`,
      `{{ 1${' + 1'.repeat(2_000)} }}`,
      `{{ 1 ${' '.repeat(5_000)} }}`,
    ]) {
      expect(errorOf(() => compileTemplate(long)).details?.reason).toBe('TOO_LONG');
    }
  });

  test('is a result that is no JSON, or that all expressions together make too large', () => {
    expect(errorOf(() => evaluate({ a: '{{ 0 / 0 }}' }))).toMatchObject({ code: 'EXPRESSION_RESULT', path: '$.a' });
    const big = { context: { text: 'x'.repeat(200_000) } };
    expect(compileTemplate('{{ context.text }}').evaluate(big)).toHaveLength(200_000);
    expect(errorOf(() => compileTemplate(['{{ context.text }}', '{{ context.text }}']).evaluate(big))).toMatchObject({
      path: '$[1]',
      details: { reason: 'RESULT_SIZE' },
    });
    expect(errorOf(() => compileTemplate('{{ context.text }}{{ context.text }}').evaluate(big)).code).toBe(
      'EXPRESSION_RESULT',
    );
  });

  test('does not cost time with the length of the text around', () => {
    const text = `${'word '.repeat(20_000)}{{ event.data.id }} `.repeat(5) + '{{ event.data.id }} '.repeat(2_000);
    const before = process.threadCpuUsage();
    const value = compileTemplate(text, { limits: { resultSize: 1_000_000 } }).evaluate(scope);
    const { user, system } = process.threadCpuUsage(before);
    expect(value).toHaveLength(text.length - 2_005 * ('{{ event.data.id }}'.length - 1));
    expect((user + system) / 1_000).toBeLessThan(1_000);
  });
});
