import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyJson, resultLimit } from './copy-json.ts';

/** Any JSON value but those with a key that is refused everywhere, which a test of its own is about. */
const plainValue = fc
  .jsonValue()
  .filter((value) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)));

test('a JSON value is copied as JSON itself would copy it, and shares nothing with the original', () => {
  fc.assert(
    fc.property(plainValue, (value) => {
      const copy = copyJson(value);
      expect(copy).toEqual(JSON.parse(JSON.stringify(value)));
      if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value);
    }),
  );
});

test('undefined is null at the top and left out inside objects; -0 is 0; half a surrogate pair is replaced', () => {
  expect(copyJson(undefined)).toBe(null);
  expect(copyJson({ a: undefined, b: [null] })).toEqual({ b: [null] });
  expect(Object.is(copyJson(-0), 0)).toBe(true);
  expect(copyJson({ '\ud83d': ['x\ud83d'] })).toEqual({ '\ufffd': ['x\ufffd'] });
});

test.each([
  [
    'a getter of a class',
    new (class Point {
      x = 1;
    })(),
  ],
  ['a hostile key', JSON.parse('{"a":{"__proto__":1}}')],
  ['a hole in a list', new Array(1)],
  ['undefined in a list', [undefined]],
  ['a symbol', Symbol('s')],
  ['infinity', Number.POSITIVE_INFINITY],
])('%s is refused', (_, value) => {
  expect(() => copyJson(value)).toThrow(expect.objectContaining({ code: 'EFFECT_RESULT' }));
});

test('a value that contains itself is refused', () => {
  const circle: unknown[] = [];
  circle.push({ circle });
  expect(() => copyJson(circle)).toThrow(/nesting beyond 64 levels/);
});

test('the place of what is wrong is named', () => {
  expect(() => copyJson({ a: [{ 'b c': Number.NaN }] })).toThrow(
    expect.objectContaining({ details: { at: '$.a[0]["b c"]' } }),
  );
});

test('size is limited, whatever it is made of', () => {
  const within = ['x'.repeat(resultLimit - 2), Array.from({ length: 20_000 }, () => 1)];
  const beyond = [
    'x'.repeat(resultLimit + 1),
    ['x'.repeat(resultLimit)],
    { ['k'.repeat(resultLimit)]: 1 },
    Array.from({ length: 60_000 }, () => null),
    Array.from({ length: 200_000 }, () => []),
  ];
  for (const value of within) expect(() => copyJson(value)).not.toThrow();
  for (const value of beyond) expect(() => copyJson(value)).toThrow(/more than 256 KB/);
});
