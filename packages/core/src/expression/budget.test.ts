import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileExpression } from './expression.ts';

const long = 'a'.repeat(500_000);
const scope = {
  context: {
    items: Array.from({ length: 400 }, (_, index) => index),
    many: Array.from({ length: 100_000 }, (_, index) => index),
    dictionary: Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, index])),
    long,
    longer: `${long}x`,
    longest: `${long}y`,
    needle: `b${'a'.repeat(250_000)}`,
    mixed: Array.from({ length: 100_000 }, (_, index) => 'ab'[((index * index * 7 + (index >> 3)) % 3) & 1]).join(''),
    words: Array.from({ length: 3_000 }, (_, index) => 'x'.repeat(300) + index),
  },
};

/** Processor time of this thread: other tests on the machine do not count. */
function milliseconds(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

function reasonOf(source: string): unknown {
  try {
    compileExpression(source).evaluate(scope);
    return 'VALUE';
  } catch (error) {
    if (FsmError.is(error)) return error.details?.reason;
    throw error;
  }
}

describe('the budget stops an evaluation within 50 ms', () => {
  test.each([
    ['nested callbacks', 'context.items.map((a) => context.items.map((b) => context.items.map((c) => a + b + c)))'],
    ['nested flatMap', 'context.items.flatMap((a) => context.items.flatMap((b) => context.items))'],
    ['a cheap test on all pairs', 'context.items.filter((a) => context.items.every((b) => true))'],
    ['a giant repeat', '"x".repeat(1e15)'],
    ['a giant pad', '"x".padStart(2 ** 52, "ab")'],
    ['a giant join', 'context.items.map(() => context.items.join(context.long))'],
    ['a giant list', 'Array.from({ length: 1e12 })'],
    ['a text that doubles', 'context.items.reduce((a) => a + a, "xx")'],
    ['a template that doubles', 'context.items.reduce((a) => `${a}${a}`, "xx")'],
    ['a list that doubles', 'context.items.reduce((a) => [...a, ...a], [1])'],
    ['an object that grows', 'context.many.reduce((a, i) => ({ ...a, [`k${i}`]: i }), {})'],
    ['copies of a dictionary', 'context.items.map(() => ({ ...context.dictionary }))'],
    ['the text of a list that holds itself twice', '`${context.items.slice(0, 50).reduce((a) => [a, a], [1])}`'],
    [
      'the JSON of a list that holds itself twice',
      'JSON.stringify(context.items.slice(0, 50).reduce((a) => [a, a], [1]))',
    ],
    [
      'flattening a list that holds itself twice',
      'context.items.slice(0, 50).reduce((a) => [a, a], []).flat(Infinity)',
    ],
    ['a replacement that multiplies the text', '"x".repeat(40000).replace(/x/g, "$`$\'")'],
    ['a replacement that multiplies the text, without a pattern', '"x".repeat(40000).replaceAll("x", "$`$`")'],
    ['a replacement of many references', '("x".repeat(40000) + "y").replace("y", "$`".repeat(40000))'],
    ['a search without a match', 'context.long.includes(context.needle)'],
    ['comparing long texts', 'context.many.map(() => context.longer === context.longest)'],
    ['ordering long texts', 'context.many.map(() => context.longer < context.longest)'],
    ['long keys', 'context.many.map(() => context.dictionary[context.long])'],
    ['copies of a long text', 'context.items.map(() => context.long.toUpperCase())'],
    ['normal forms of a long text', 'context.items.map(() => context.long.normalize("NFKD"))'],
    ['splitting a long text', 'context.long.split("")'],
    ['spreading a long text', 'context.items.map(() => [...context.long])'],
    ['numbers from long texts', 'context.items.map(() => +context.long)'],
    ['sorting long texts', 'context.words.toSorted()'],
    ['searching lists', 'context.items.map(() => context.many.includes(-1))'],
    ['copying lists', 'context.items.map(() => context.many.slice(1))'],
    ['reversing lists', 'context.items.map(() => context.many.toReversed())'],
    ['long numbers', 'context.many.map(() => (2 ** 1000).toString(2))'],
    ['long fractions', 'context.many.map(() => 1e-300.toString(3))'],
    ['a pattern that backtracks elsewhere', '/(a+)+$/.test(context.long + "b")'],
    ['a pattern with many ways', '/(x+x+)+y/.test("x".repeat(5000)) || context.many.map(String)'],
    ['a pattern with many states', '/(a|b)*a(a|b){30}$/.exec(context.mixed)'],
    ['a pattern with many threads', '/(?:.?){300}z/.test(context.mixed)'],
    ['a pattern that looks to the end for each match', 'context.long.slice(0, 20000).match(/a.*b|a/g)'],
    ['a pattern of many empty loops', '/(((((((a*)*)*)*)*)*)*)*b/.test(context.long)'],
  ])('%s', (_, source) => {
    const expression = compileExpression(source);
    const reasons = new Set<unknown>();
    // the first evaluations also pay for compilation by the JavaScript engine
    const times = [1, 2, 3].map(() =>
      milliseconds(() => {
        try {
          expression.evaluate(scope);
          reasons.add('VALUE');
        } catch (error) {
          reasons.add(FsmError.is(error) ? error.details?.reason : error);
        }
      }),
    );
    expect([...reasons]).toEqual(['STEPS']);
    expect(Math.min(...times)).toBeLessThan(50);
  });

  test('and a text that is too deep, or a pattern that is too large, is refused', () => {
    expect(reasonOf('context.items.reduce((a) => [a], []) + ""')).toBe('DEPTH');
    expect(reasonOf('JSON.stringify(JSON.parse("[".repeat(50000) + "]".repeat(50000)))')).toBe('DEPTH');
    expect(milliseconds(() => expect(() => compileExpression('/(a{1,30}){1,30}c/.test("a")')).toThrow())).toBeLessThan(
      50,
    );
  });
});

describe('the budget', () => {
  test('does not depend on time: the same evaluation stops at the same step', () => {
    const source = 'context.items.map((x) => x + 1).length';
    const stopsAt = (steps: number) => {
      try {
        return compileExpression(source, { limits: { steps } }).evaluate(scope);
      } catch (error) {
        return FsmError.is(error) && error.code;
      }
    };
    const needed = Array.from({ length: 5_000 }, (_, steps) => steps).find((steps) => stopsAt(steps) === 400);
    // five nodes a call: arrow, parameter, sum and its two operands
    expect(needed).toBe(5 * 400);
  });

  test('leaves room for real work', () => {
    expect(reasonOf('context.items.filter((a) => a % 2 === 0).map((a) => ({ id: a, name: `item ${a}` })).length')).toBe(
      'VALUE',
    );
    expect(reasonOf('context.long.slice(0, 10000).replace(/a{10}/g, "b").length')).toBe('VALUE');
    expect(reasonOf('JSON.stringify(context.items).length')).toBe('VALUE');
    expect(reasonOf('/^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$/i.test("someone.with.a.long.name@mail.example.org")')).toBe(
      'VALUE',
    );
    expect(reasonOf('context.many.length + context.long.length')).toBe('VALUE');
  });

  test('is full again for each evaluation', () => {
    const expression = compileExpression('context.items.map((x) => x * 2).length', { limits: { steps: 5_000 } });
    for (let round = 0; round < 10; round++) expect(expression.evaluate(scope)).toBe(400);
  });
});

describe('an expression is fast enough to stand in a guard', () => {
  test('more than 3,000,000 guards a second in one thread, checks and budget included', () => {
    const guard = compileExpression('event.data.amount <= 50000 && context.count < 3');
    const scopes = Array.from({ length: 16 }, (_, index) => ({
      context: { count: index % 4 },
      event: { type: 'SUBMIT', data: { amount: index * 10_000 } },
      now: index,
    }));
    const count = 300_000;
    let passed = 0;
    const times = Array.from({ length: 7 }, () =>
      milliseconds(() => {
        for (let index = 0; index < count; index++) if (guard.evaluateTest(scopes[index & 15]!)) passed++;
      }),
    );
    expect(passed).toBeGreaterThan(0);
    expect(count / (Math.min(...times) / 1_000)).toBeGreaterThan(3_000_000);
  });
});
