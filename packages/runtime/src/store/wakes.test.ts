import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Wakes } from './wakes.ts';

test('wishes are found in the order of their times, through any number of changes of mind', () => {
  const change = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.option(fc.nat(30), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const wakes = new Wakes();
      const wishes = new Map<number, number | undefined>();
      for (const [number, time] of changes) {
        wakes.set(number, time);
        wishes.set(number, time);
      }
      const sorted = [...wishes]
        .flatMap(([number, time]) => (time === undefined ? [] : [{ number, time }]))
        .sort((one, other) => one.time - other.time || one.number - other.number);
      for (const time of [-1, 0, 7, 15, 30]) {
        const due = sorted.filter((wish) => wish.time <= time).map(({ number }) => number);
        expect(wakes.due(time, 100)).toEqual(due);
        expect(wakes.due(time, 2)).toEqual(due.slice(0, 2));
        expect(wakes.next(time)).toBe(sorted.find((wish) => wish.time > time)?.time);
      }
    }),
  );
});
