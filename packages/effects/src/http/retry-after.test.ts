import { expect, test } from 'vitest';
import { retryAfter } from './retry-after.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const its = 'Wed, 31 Dec 2025 23:59:00 GMT';

test.each([
  ['0', undefined, 0],
  ['7', undefined, 7_000],
  [' 7 ', undefined, 7_000],
  ['9999999999', undefined, 86_400_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', undefined, 30_000],
  // the clock of the server counts, because it wrote both
  ['Thu, 01 Jan 2026 00:00:30 GMT', its, 90_000],
  ['Thu, 01 Jan 2026 00:00:30 GMT', 'nonsense', 30_000],
  ['Thu, 01 Jan 2015 00:00:30 GMT', its, 0],
  ['Thu, 01 Jan 2099 00:00:00 GMT', its, 86_400_000],
  [undefined, its, undefined],
  ['', undefined, undefined],
  ['-1', undefined, undefined],
  ['1.5', undefined, undefined],
  ['soon', undefined, undefined],
  ['99999999999999', undefined, undefined],
] as const)('"%s" at %s means %s milliseconds', (value, date, expected) => {
  expect(retryAfter(value, date, now)).toBe(expected);
});
