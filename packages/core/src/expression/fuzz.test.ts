import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { compileExpression, compileTemplate } from './expression.ts';
import { likelySource, mutatedExpression, tokenSoup } from './testing/arbitrary-source.ts';
import { changedGlobals, pictureOfGlobals } from './testing/globals.ts';
import { patience, runs } from './testing/runs.ts';
import { deepFreeze } from './testing/v8.ts';

const codes = new Set(['EXPRESSION_INVALID', 'EXPRESSION_FAILED', 'EXPRESSION_LIMIT', 'EXPRESSION_RESULT']);

const scope = deepFreeze({
  context: {
    n: 3,
    s: 'text',
    items: [
      { id: 1, name: 'a', tags: ['x'] },
      { id: 2, name: 'b', tags: [] },
    ],
    numbers: [3, 1, 2],
    texts: ['b', 'a'],
    o: { a: 1, b: 'x', c: null },
    deep: [[[['a']]]],
    long: 'ab'.repeat(2_000),
    // own keys of these names exist in JSON
    odd: JSON.parse(
      '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": {} }, "toString": 1, "length": -1 }',
    ),
  },
  event: { type: 'GO', data: { n: 1, s: 'y', list: [1] } },
  result: null,
  params: { a: [1, 2, 3] },
  now: 1_700_000_000_000,
});

/** Evaluates as a machine would; whatever happens must be a JSON value or a coded error. */
function provoke(evaluate: () => unknown, source: string, tally: Map<string, number>): void {
  let outcome: string;
  try {
    assertJson(evaluate());
    outcome = 'VALUE';
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    if (!codes.has(error.code)) throw new Error(`unexpected code ${error.code} for ${source}`);
    // an error nobody foresaw: the frozen scope was written to, or a native function threw
    if (error.details?.reason === 'HOST_ERROR') throw new Error(`${error.message} for ${source}`);
    outcome = error.code;
  }
  tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
}

function assertJson(value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`a result holds ${value}`);
    return;
  }
  if (typeof value !== 'object') throw new Error(`a result holds a ${typeof value}`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype)
    throw new Error('a result holds a foreign object');
  if (Object.hasOwn(value, '__proto__')) throw new Error('a result holds a key "__proto__"');
  Object.values(value).forEach(assertJson);
}

describe('whatever is written, the outcome is a JSON value or a coded error, and the world stays as it was', () => {
  test.each([
    ['words in any order', tokenSoup(), 5_000],
    ['calls with odd names and arguments', likelySource(), 8_000],
    ['valid expressions with changes', mutatedExpression(), 4_000],
  ])('for %s', patience, (_, sources, count) => {
    const before = pictureOfGlobals();
    const tally = new Map<string, number>();
    fc.assert(
      fc.property(sources, (source) => {
        provoke(() => compileExpression(source).evaluate(scope), source, tally);
      }),
      { numRuns: runs(count) },
    );
    if (process.env.FSM_FUZZ_RUNS !== undefined) console.info(tally);
    expect(changedGlobals(before)).toEqual([]);
    expect(tally.get('EXPRESSION_INVALID')).toBeGreaterThan(count / 100);
    expect(tally.get('VALUE')).toBeGreaterThan(count / 1_000);
  });

  test('for templates', patience, () => {
    const before = pictureOfGlobals();
    const tally = new Map<string, number>();
    const piece = fc.oneof(
      tokenSoup(),
      likelySource().map((source) => `{{ ${source} }}`),
      fc.constantFrom('{{', '}}', '{{ ', ' }}', 'text', '{{ context.n }}'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('');
        provoke(() => compileTemplate({ key: ['constant', text] }).evaluate(scope), text, tally);
      }),
      { numRuns: runs(3_000) },
    );
    if (process.env.FSM_FUZZ_RUNS !== undefined) console.info(tally);
    expect(changedGlobals(before)).toEqual([]);
    expect(tally.get('VALUE')).toBeGreaterThan(40);
  });
});
