import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, guessDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['30d', 2_592_000_000],
    ['400d', 34_560_000_000],
    ['1.5h', 5_400_000],
    ['1.1s', 1_100],
    ['1.005s', 1_005],
    ['250', 250],
    ['0', 0],
    [250, 250],
    [0, 0],
  ])('reads %j as %d milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test('rounds up, because a timer must never fire early', () => {
    expect(parseDuration('0.5ms')).toBe(1);
    expect(parseDuration(1000 / 3)).toBe(334);
  });

  test.each([
    '',
    ' ',
    '-5s',
    '-5',
    '+5',
    '5 s',
    's',
    '5S',
    'PT5S',
    '1h30m',
    '5w',
    '1.s',
    '.5s',
    '1e3',
    '0x10',
    'Infinity',
    'soon',
    '999999999999999d',
    `${'9'.repeat(400)}s`,
  ])('does not read %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('does not take the number %d', (number) => {
    expect(parseDuration(number)).toBeUndefined();
  });

  test('gives 0, not -0', () => {
    expect(Object.is(parseDuration(-0), 0)).toBe(true);
    expect(Object.is(parseDuration(-0.5), undefined)).toBe(true);
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [1_500, '1500ms'],
    [5_400_000, '90m'],
    [2_592_000_000, '30d'],
  ])('writes %d as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('is read back to the same number', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});

describe('guessDuration', () => {
  test.each([
    ['30 d', '30d'],
    ['PT5S', '5s'],
    ['P3D', '3d'],
    ['2 Hours', '2h'],
    ['10min', '10m'],
    ['250 millis', '250ms'],
    ['soon', undefined],
    ['-5s', undefined],
    ['P1M', undefined],
  ])('takes %j for %s', (text, duration) => {
    expect(guessDuration(text)).toBe(duration);
  });
});
