import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent, traceOf } from './traceparent.ts';

const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a traceparent survives reading and writing', () => {
  const parsed = parseTraceparent(good);
  expect(parsed).toEqual({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  });
  expect(formatTraceparent(parsed!)).toBe(good);
});

test.each([
  '',
  'nonsense',
  good.toUpperCase(),
  good.replace('00-', 'ff-'),
  `${good}-more`,
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
])('%j is none, and a header with it is left out', (text) => {
  expect(parseTraceparent(text)).toBe(undefined);
  expect(traceOf(text)).toEqual({});
});

test('a later version may have more after what is known', () => {
  expect(parseTraceparent(`${good.replace('00-', '01-')}-more`)).toMatchObject({ traceFlags: 1 });
});

test('a header becomes a field of an event', () => {
  expect(traceOf(good)).toEqual({ traceparent: good });
  expect([traceOf(null), traceOf(undefined)]).toEqual([{}, {}]);
});
