import { expect, test } from 'vitest';
import { SlidingWindow, TokenBucket } from './limiters.ts';

test('a sliding window of many uses stays small and still never gives more than its limit', () => {
  const window = new SlidingWindow();
  const limit = 50_000;
  window.adjust({ strategy: 'sliding_window', limit, per: 1_000_000, burst: limit }, 0);
  const spent: number[] = [];
  let at = 0;
  for (let use = 0; use < 60_000; use += 1) {
    const next = at + (use < limit ? 7 : 1);
    at = Math.max(next, window.due(1, next));
    window.take(1, at);
    spent.push(at);
  }
  for (let use = limit; use < spent.length; use += 1) {
    expect(spent[use]! - spent[use - limit]!).toBeGreaterThanOrEqual(1_000_000);
  }
});

test('a bucket keeps what it saved when the pace changes, up to the new burst', () => {
  const bucket = new TokenBucket();
  const settings = { strategy: 'token_bucket', limit: 10, per: 1_000, burst: 10 } as const;
  bucket.adjust(settings, 0);
  bucket.take(10, 0);
  bucket.adjust({ ...settings, limit: 100 }, 500);
  expect(bucket.available(500)).toBe(5);
  bucket.adjust({ ...settings, burst: 3 }, 500);
  expect(bucket.available(500)).toBe(3);
  expect(bucket.due(3, 500)).toBe(500);
});
