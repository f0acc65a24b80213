import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileExpression } from './expression.ts';
import { evaluateInV8 } from './testing/v8.ts';

const scope = {
  context: {
    count: 2,
    name: 'Ann',
    items: [
      { id: 7, price: 3, tags: ['new'] },
      { id: 8, price: 10, tags: [] },
    ],
    nothing: null,
  },
  event: { type: 'SUBMIT', data: { amount: 20_000, email: 'ann@example.org' } },
  params: { limit: 5 },
  now: 1_700_000_000_000,
};

function evaluate(source: string, values: object = scope): unknown {
  return compileExpression(source).evaluate(values);
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

describe('an expression', () => {
  test('reads its roots, and says which', () => {
    const guard = compileExpression('event.data.amount <= 50000 && context.count < 3');
    expect(guard.evaluate(scope)).toBe(true);
    expect(guard.evaluateTest({ ...scope, context: { count: 3 } })).toBe(false);
    expect([...guard.roots]).toEqual(['event', 'context']);
    expect(guard.source).toBe('event.data.amount <= 50000 && context.count < 3');
  });

  test('gives the parts of the scope themselves, not copies', () => {
    expect(evaluate('context.items')).toBe(scope.context.items);
    expect(evaluate('[context.items[0]]')).toEqual([scope.context.items[0]]);
  });

  test('may start only from the roots it is given', () => {
    expect(compileExpression('total + 1', { roots: ['total'] }).evaluate({ total: 1 } as object)).toBe(2);
    const error = errorOf(() => compileExpression('result.id', { roots: ['context', 'event'] }));
    expect(error.message).toBe('There is no value `result` at 1:1.');
    expect(error.hint).toBe('Known are `context`, `event`.');
  });

  test('as a test, only needs a truthy value: not one that is JSON', () => {
    expect(compileExpression('0 / 0').evaluateTest(scope)).toBe(false);
    expect(compileExpression('1 / 0').evaluateTest(scope)).toBe(true);
    expect(compileExpression('context.absent').evaluateTest(scope)).toBe(false);
    expect(compileExpression('context.items').evaluateTest(scope)).toBe(true);
  });

  test.each([
    'context.count + 1',
    'context.items.map((item) => item.id)',
    'context.items.filter(({ price }) => price > 5).map(({ id: key, tags: [first = 0] = [] }) => key)'
      .replace(' = 0', '')
      .replace(' = []', ''),
    'context.items.reduce((sum, item) => sum + item.price, 0)',
    'Object.entries(context.items[0]).map(([key, value]) => `${key}: ${value}`)',
    '{}.a === undefined ? [...context.name].reverse().join("") : 0'.replace('{}', '({})'),
    'context?.absent?.deep.er ?? "none"',
    '(context.absent?.a).b',
    'context.absent?.map((x) => x)',
    'context.count.trim?.()',
    'context.items.toSorted((a, b) => b.price - a.price)[0].id',
    'Math.max(...context.items.map((item) => item.price), params.limit)',
    'event.data.email.split("@").at(-1).toUpperCase()',
    '"2024-05-06".replace(/(\\d+)-(\\d+)-(\\d+)/, "$3.$2.$1")',
    '"a1b22".match(/\\d+/g).map(Number)',
    '({ ...context.items[0], [context.name]: context.count, "b c": 1, 2: 3 })',
    '[1, 2, 3].includes(context.count) && !context.nothing',
    '(context.count > 1 || context.absent.x) && context.count ** 2 % 3',
    'typeof context.absent + typeof null + typeof [] + typeof "a" + typeof 1 + typeof true',
    '"b" > "a" && "10" < "9" && 10 > 9 && null >= 0 && !(undefined >= 0)',
    '[10, 9, 1].toSorted().concat([3, [4]], 5).flat()',
    '"id" in context.items[0]',
    '[[1, 2], [3]].map(([a, , b]) => [a, b])',
    '"ab".padStart(5, "xy") + "x".repeat(2) + "abc".slice(-2) + "abc".substring(2, 0)',
    'parseInt("12px") + Number("0x1f") + Number.parseFloat("1.5e1") + (0.1 + 0.2).toFixed(2)',
    'JSON.stringify(context, null, 2)',
    'encodeURIComponent("a b&c/ä")',
    '-"3" + +"4" + ~5 + (7 >>> 1) + (1 << 3) + (6 & 3) + (6 | 1) + (5 ^ 1)',
  ])('means what it means in JavaScript: %s', (source) => {
    const there = evaluateInV8(source, scope);
    if ('error' in there) expect(errorOf(() => evaluate(source)).code).toBe('EXPRESSION_FAILED');
    else expect(evaluate(source)).toEqual(JSON.parse(JSON.stringify(there.value ?? null)));
  });

  test.each([
    ['`==` is `===`', '1 == "1"', false],
    [
      'except that null and undefined are alike',
      '[null == undefined, context.absent == null, 0 == null, context.count != null]',
      [true, true, false, true],
    ],
    ['`in` sees own properties', '["toString" in context, "count" in context]', [false, true]],
    [
      '`sort` gives a new list',
      '[[2, 1].sort(), context.items.sort((a, b) => b.id - a.id)[0].id, context.items[0].id]',
      [[1, 2], 8, 7],
    ],
    ['`reverse` gives a new list', 'context.items.reverse()[0].id - context.items[0].id', 1],
    ['`matchAll` gives a list', '"a1b2".matchAll(/[a-z](\\d)/g).map((m) => m[1])', ['1', '2']],
    ['a regular expression has no state', '["aa"].map((x) => [/a/g.test(x), /a/g.test(x)])[0]', [true, true]],
  ])('differs from JavaScript on purpose: %s', (_, source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  test('takes only strings and numbers as computed keys', () => {
    expect(
      evaluate(
        '[[1, 2][1], { 1: "a" }[1], "abc"[1], [1][1.5], [1]["0"], [1][-1]]'.replace('{ 1: "a" }', '({ 1: "a" })'),
      ),
    ).toEqual([2, 'a', 'b', null, 1, null]);
    const error = errorOf(() => evaluate('context[true]'));
    expect(error.message).toBe('Cannot use `true` as a key at 1:9.');
  });
});

describe('the result of an expression', () => {
  test.each([
    ['an absent value is null', 'context.absent', null],
    ['-0 is 0', '-0', 0],
    ['an absent item is null', '[undefined, [context.absent]]', [null, [null]]],
    ['an absent property is dropped', '({ a: undefined, b: { c: context.absent, d: -0 } })', { b: { d: 0 } }],
    ['a match is a plain list', '"ab".match(/(b)/)', ['b', 'b']],
    ['half a surrogate pair becomes U+FFFD', '["😀".slice(0, 1), { ["😀"[1]]: 1 }]', ['\ufffd', { '\ufffd': 1 }]],
  ])('is plain JSON: %s', (_, source, expected) => {
    const result = evaluate(source);
    expect(result).toStrictEqual(expected);
    expect(result).toStrictEqual(JSON.parse(JSON.stringify(result)));
  });

  test.each(['0 / 0', '[1, { a: -1 / 0 }]', 'Number("x")'])('is an error when a number is not finite: %s', (source) => {
    const error = errorOf(() => evaluate(source));
    expect(error).toMatchObject({ code: 'EXPRESSION_RESULT', details: { reason: 'NOT_A_NUMBER', expression: source } });
    expect(error.hint).toContain('x || 0');
  });

  test('is limited in size and depth', () => {
    const long = 'x'.repeat(300_000);
    expect(errorOf(() => evaluate('context.long', { context: { long } })).details?.reason).toBe('RESULT_SIZE');
    expect(errorOf(() => evaluate('Array.from({ length: 70000 })')).details?.reason).toBe('RESULT_SIZE');
    const small = compileExpression('context.long', { limits: { resultSize: 10 } });
    expect(small.evaluate({ context: { long: '1234567' } })).toBe('1234567');
    expect(errorOf(() => small.evaluate({ context: { long: '12345678' } })).code).toBe('EXPRESSION_RESULT');
    const nest = (levels: number) => `Array.from({ length: ${levels} }).reduce((a) => [a], 1)`;
    expect(JSON.stringify(evaluate(nest(64)))).toHaveLength(129);
    expect(errorOf(() => evaluate(nest(65))).details?.reason).toBe('DEPTH');
  });

  test('is not checked by a test, which may hold a large value', () => {
    expect(compileExpression('context.long').evaluateTest({ context: { long: 'x'.repeat(300_000) } })).toBe(true);
  });
});

describe('an error', () => {
  test('of an evaluation says what was read from what, and where', () => {
    const error = errorOf(() =>
      compileExpression('event.\n  absent.b', { path: '$.states.a.on.GO.guard' }).evaluate(scope),
    );
    expect(error.toJSON()).toEqual({
      code: 'EXPRESSION_FAILED',
      message: 'Cannot read "b" of undefined at 2:10.',
      hint: 'Use `?.` where the value may be absent.',
      path: '$.states.a.on.GO.guard',
      details: { reason: 'NO_VALUE', expression: 'event.\n  absent.b', position: 16, line: 2, column: 10 },
    });
    expect(error.next).toBe('reject');
  });

  test.each([
    ['context.name.toFixed(2)', 'There is no method "toFixed" on a string at 1:14.'],
    ['context.items.trim()', 'There is no method "trim" on a list at 1:15.'],
    ['context.map((x) => x)', 'There is no method "map" on an object at 1:9.'],
    ['context.nothing.trim()', 'Cannot read "trim" of null at 1:17.'],
    ['[...context.count]', 'Cannot iterate a number at 1:2.'],
    ['[].reduce((a, b) => a)', '`reduce` of an empty list has no value at 1:4.'],
    ['(1).toFixed(101)', '101 is not between 0 and 100 at 1:5.'],
    ['"a".repeat(-1)', 'Cannot repeat a text -1 times at 1:5.'],
    ['[1].with(3, 0)', 'There is no index 3 in a list of 1 at 1:5.'],
    ['"a" in "abc"', 'Cannot look for "a" in a string at 1:1.'],
    ['Object.keys(null)', 'Cannot read the properties of null at 1:1.'],
    ['[null].map(({ a }) => a)', 'Cannot take apart null at 1:13.'],
    ['JSON.parse("{")', expect.stringMatching(/^The text is not JSON: .* at 1:1\.$/)],
  ])('of an evaluation: %s', (source, message) => {
    const error = errorOf(() => evaluate(source));
    expect(error.code).toBe('EXPRESSION_FAILED');
    expect(error.message).toEqual(message);
  });

  test.each([
    ['', 'The expression is empty at 1:1.', /for example/],
    ['  ', 'The expression is empty at 1:1.', /for example/],
    ['context.', 'The expression ends too early at 1:9.', undefined],
    ['1 +', 'The expression ends too early at 1:4.', undefined],
    ['(1', 'The expression ends too early at 1:3.', undefined],
    ['a b', 'Unexpected `b` at 1:3.', /one JavaScript expression/],
    ['context.a }', 'Unexpected `}` at 1:11.', undefined],
    ['return context', 'Unexpected `return` at 1:1.', /without statements/],
    ['if (context.a) 1', 'Unexpected `if` at 1:1.', /condition \? a : b/],
    ["'abc", 'Unterminated string constant at 1:1.', undefined],
    ['contxt.count', 'There is no value `contxt` at 1:1.', /Did you mean `context`\?/],
    ['context.items.map((item) => itm.id)', 'There is no value `itm` at 1:29.', /Did you mean `item`\?/],
    ['amount > 5', 'There is no value `amount` at 1:1.', /Known are `context`, `event`/],
    ['context.name.toUppercase()', 'There is no method "toUppercase" at 1:14.', /Did you mean `toUpperCase`\?/],
    ['context.name.test(/a/)', 'There is no method "test" at 1:14.', /`\/…\/\.test\(text\)`/],
    ['Math.rond(1)', 'There is no function `Math.rond` at 1:1.', /Did you mean `Math.round`\?/],
    ['Math.PIE', 'There is no constant `Math.PIE` at 1:1.', /Did you mean `Math.PI`\?/],
    ['Date.now()', '`Date` is not known in an expression at 1:1.', /the root `now`/],
    ['Math.random()', '`Math.random` is not known in an expression at 1:1.', /from an effect/],
    ['context.n = 1', 'An assignment is not allowed in an expression at 1:1.', /===/],
    ['({ get a() { return 1 } })', 'A getter, setter or method is not allowed in an expression at 1:4.', /key: value/],
    ['({ a() { return 1 } })', 'A getter, setter or method is not allowed in an expression at 1:4.', /key: value/],
    ['new Date()', '`new` is not allowed in an expression at 1:1.', /`now`/],
    ['context.items.push(1)', 'The method "push" is not allowed in an expression at 1:15.', /\[\.\.\.list, item\]/],
    ['"a".localeCompare("b")', 'The method "localeCompare" is not allowed in an expression at 1:5.', /a < b/],
    ['context.items.map(5)', '"map" takes a callback here at 1:19.', /Write an arrow/],
    ['context.items.map()', '"map" needs a callback at 1:15.', /Write an arrow/],
    ['"a".match("a")', '"match" takes a regular expression at 1:11.', /literal/],
    ['"a".replaceAll(/a/, "b")', '"replaceAll" needs a regular expression with the flag `g` at 1:16.', /`\/a\/g`/],
    ['/(?<=a)b/.test("ab")', 'Look-around is not supported in a regular expression at 1:1.', /linear time/],
    ['/a/y.test("a")', 'The flag `y` is not supported in a regular expression at 1:1.', /g, i, m and s/],
    [
      '/a{1001}/.test("a")',
      'The regular expression is not supported: invalid repeat count: `{1001}` at 1:1.',
      undefined,
    ],
    ['/(?:abc){500}/.test("a")', 'The regular expression is too large at 1:1.', /Repeat/],
  ])('of a source that does not compile: %s', (source, message, hint) => {
    const error = errorOf(() => compileExpression(source));
    expect(error.code).toBe('EXPRESSION_INVALID');
    expect(error.message).toEqual(message);
    if (hint !== undefined) expect(error.hint).toMatch(hint);
    const { position, line, column } = error.details as { position: number; line: number; column: number };
    expect([line, column]).toEqual([1, position + 1]);
  });

  test('of a source that is too long, too large or too deep names the limit', () => {
    const reasonOf = (source: string) => errorOf(() => compileExpression(source)).details?.reason;
    expect(reasonOf(`"${'a'.repeat(4_095)}"`)).toBe('TOO_LONG');
    expect(compileExpression(`"${'a'.repeat(4_094)}"`).evaluate({})).toHaveLength(4_094);
    expect(reasonOf(`[${'1,'.repeat(500)}]`)).toBe('TOO_MANY_NODES');
    expect(evaluate(`[${'1,'.repeat(499)}]`)).toHaveLength(499);
    for (const nest of ['(', '[', '-', '!', '{ a: ', '`${'])
      expect(reasonOf(nest.repeat(600))).toMatch(/TOO_DEEP|SYNTAX/);
    expect(reasonOf(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)).toBe('TOO_DEEP');
    expect(reasonOf(`${'['.repeat(65)}${']'.repeat(65)}`)).toBe('TOO_DEEP');
    expect(evaluate(`${'['.repeat(64)}${']'.repeat(64)}`)).toHaveLength(1);
    expect(reasonOf(`${'a => '.repeat(300)}1`)).toBe('TOO_DEEP');
  });
});
