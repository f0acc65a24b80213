import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../json.ts';
import { canonicalJson } from './canonical.ts';

function failure(value: unknown): unknown {
  try {
    return canonicalJson(value as Json);
  } catch (error) {
    return error;
  }
}

/** Any JSON value but those with a key that is refused everywhere, which tests of their own are about. */
const plainValue = fc
  .jsonValue()
  .filter((value) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)));

describe('canonicalJson', () => {
  test('sorts keys at every level and writes no white space', () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: true, 10: 'x', 9: 'y' })).toBe(
      '{"10":"x","9":"y","a":true,"b":[{"a":null,"z":1}]}',
    );
  });

  // examples of RFC 8785, section 3.2.2 and 3.2.3
  test('writes numbers, strings and keys as RFC 8785 asks', () => {
    // biome-ignore lint/correctness/noPrecisionLoss: the loss is part of the example
    expect(canonicalJson([333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0])).toBe(
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    );
    expect(canonicalJson('€$\u000f\nA\'B"\\\\"/')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
    const keys = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
    expect(Object.keys(JSON.parse(canonicalJson(keys)))).toEqual(['1', '\r', '\u0080', 'ö', '€', '😀', '\ufb33']);
  });

  test('reads back to the same value', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        expect(canonicalJson(JSON.parse(canonicalJson(plain)))).toBe(canonicalJson(plain));
      }),
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 3 }), plainValue), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        const reversed = Object.fromEntries(Object.entries(plain).reverse());
        expect(canonicalJson(reversed as Json)).toBe(canonicalJson(plain));
      }),
    );
  });

  test.each([
    ['undefined', { a: [undefined] }, '$.a[0]'],
    ['a hole in a list', { a: new Array(1) }, '$.a[0]'],
    ['NaN', { a: Number.NaN }, '$.a'],
    ['an infinity', [Number.NEGATIVE_INFINITY], '$[0]'],
    ['a date', { 'a b': new Date(0) }, '$["a b"]'],
    ['a map', new Map(), '$'],
    ['a function', () => 1, '$'],
    ['a symbol', Symbol('s'), '$'],
    ['a bigint', 1n, '$'],
  ])('refuses %s and says where it is', (_name, value, path) => {
    expect(failure(value)).toMatchObject({ code: 'NOT_JSON', path });
  });

  test.each(['__proto__', 'constructor', 'prototype'])('refuses the key %s', (key) => {
    expect(failure(JSON.parse(`{"a":{"${key}":1}}`))).toMatchObject({ code: 'HOSTILE_KEY', path: `$.a.${key}` });
  });

  test('answers a cycle with a coded error', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(failure(cycle)).toMatchObject({ code: 'TOO_DEEP' });
  });
});
