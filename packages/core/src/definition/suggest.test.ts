import { describe, expect, test } from 'vitest';
import { listNames, suggest } from './suggest.ts';

describe('suggest', () => {
  test.each([
    ['aproved', ['declined', 'approved'], 'approved'],
    ['onn', ['on', 'entry'], 'on'],
    ['ogn', ['goo', 'ong'], 'ong'],
    ['Approved', ['approve', 'approved'], 'approved'],
    ['rev', ['review', 'open'], 'review'],
    ['warning', ['debug', 'warn'], 'warn'],
    ['aa', ['ab', 'AA'], 'AA'],
    ['x', ['p', 'q'], undefined],
    ['completely', ['different'], undefined],
    ['', ['a'], undefined],
  ])('takes %j among %j for %j', (asked, candidates, expected) => {
    expect(suggest(asked, candidates)).toBe(expected);
  });

  test('takes the first of several that are equally near', () => {
    expect(suggest('stat', ['state', 'start'])).toBe('state');
    expect(suggest('boat', ['goat', 'coat'])).toBe('goat');
  });

  test('does not look at very long names', () => {
    expect(suggest('a'.repeat(65), ['a'.repeat(65)])).toBeUndefined();
  });
});

describe('listNames', () => {
  test('shows the first ones and counts the rest', () => {
    expect(listNames(['a', 'b'])).toBe('`a`, `b`');
    expect(listNames(['a', 'b', 'c'], 2)).toBe('`a`, `b` and 1 more');
  });
});
