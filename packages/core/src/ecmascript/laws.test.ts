import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import { patience, runs } from '../expression/testing/runs.ts';
import { deepFreeze } from '../expression/testing/v8.ts';
import type { JsonObject } from '../json.ts';
import { compileDataExpression, compileScript } from './data-model.ts';
import { arbitraryData, arbitraryScript } from './testing/arbitrary-script.ts';
import { scopeOf } from './testing/scope.ts';

/** Values that are not all data: functions, XML, errors, objects with members that have no value. */
const specials = [
  'function (x) { return x; }',
  '(x) => x + 1',
  'xml.children[0]',
  'new Error("e")',
  '{ a: undefined, b: [undefined, -0] }',
  'new (function () { this.a = this.b = { c: 1 }; })()',
  'f',
  '[f, f.bind]',
  '{ f(x) { return x; } }',
  '"\\ud800x"',
];

const probes = [
  'x',
  'typeof x',
  'x == y',
  'x === y',
  'String(x)',
  'JSON.stringify([x, y])',
  'typeof x === "function" ? x(3) : 0',
  'x && x.a === x.b',
  'x && x.tagName',
  'x instanceof Error',
  '[x].includes(y)',
  'x && typeof x.f',
  'Object.keys(x ?? {})',
  'x.a = 1, y',
];

function outcomeOf(run: () => unknown): unknown {
  try {
    return { value: run() };
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return { code: error.code, reason: error.details?.reason };
  }
}

describe('data that went through JSON behave as before', () => {
  test('random scripts after each other', patience, () => {
    fc.assert(
      fc.property(arbitraryScript(), arbitraryScript(), arbitraryData(), (first, second, data) => {
        const before = data as unknown as JsonObject;
        const after = outcomeOf(() => compileScript(first).run(scopeOf(before))) as { value?: JsonObject };
        const left = deepFreeze(after.value ?? before);
        const thawed = JSON.parse(JSON.stringify(left)) as JsonObject;
        expect(thawed).toEqual(left);
        const again = (from: JsonObject) => outcomeOf(() => compileScript(second).run(scopeOf(from)));
        expect(JSON.stringify(again(thawed))).toBe(JSON.stringify(again(left)));
      }),
      { numRuns: runs(100) },
    );
  });

  test('functions, XML, and objects that share parts', patience, () => {
    const start = {
      f: { $function: 'function f(a) { return a; }' },
      xml: { $xml: '<a><b c="d">e</b></a>' },
      x: 0,
      y: 0,
    };
    fc.assert(
      fc.property(fc.constantFrom(...specials), fc.constantFrom(...specials), fc.boolean(), (one, two, shared) => {
        const script = `x = ${one}; y = ${shared ? 'x' : two};`;
        const made = outcomeOf(() => compileScript(script).run(scopeOf(start))) as { value?: JsonObject };
        if (made.value === undefined) return;
        const thawed = JSON.parse(JSON.stringify(made.value)) as JsonObject;
        for (const probe of probes) {
          const look = (data: JsonObject) => outcomeOf(() => compileDataExpression(probe).evaluate(scopeOf(data)));
          expect(look(thawed), `${script} ${probe}`).toEqual(look(made.value));
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

test('the same evaluation takes the same steps, whatever ran before', () => {
  const source = 'function g(n) { return n < 1 ? 0 : g(n - 1) + 1; } for (var i = 0; i < LIMIT; i++) g(9);';
  const stops = (rounds: number) => {
    const outcome = outcomeOf(() => compileScript(source.replace('LIMIT', String(rounds))).run(scopeOf()));
    return JSON.stringify(outcome).includes('STEPS');
  };
  let [low, high] = [1_000, 20_000];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (stops(middle)) high = middle;
    else low = middle;
  }
  for (let round = 0; round < 3; round++) {
    expect(stops(low)).toBe(false);
    expect(stops(high)).toBe(true);
  }
});
