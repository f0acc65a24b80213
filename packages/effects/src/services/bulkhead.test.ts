import { expect, test } from 'vitest';
import { Bulkhead } from './bulkhead.ts';

test('a slot that is given back twice comes back once', async () => {
  const bulkhead = new Bulkhead('one', () => {});
  const [first, second, third] = [1, 2, 3].map(() => bulkhead.enter({ slots: 1, queue: 9 }, 0)!);
  first!.leave(5);
  first!.leave(6);
  expect([second!.granted, third!.granted]).toEqual([true, false]);
  expect(await second!.turn).toBe(5);
  third!.leave(7);
  third!.leave(7);
  second!.leave(8);
  expect(bulkhead.view()).toMatchObject({ used: 0, waiting: 0 });
});

test('nobody overtakes the queue when there are more slots all of a sudden', () => {
  const bulkhead = new Bulkhead('one', () => {});
  const tickets = [1, 1, 1, 3].map((slots) => bulkhead.enter({ slots, queue: 9 }, 0)!);
  expect(tickets.map(({ granted }) => granted)).toEqual([true, true, true, false]);
});
