import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heads, Tail } from './tail.ts';

interface Instance {
  readonly rows: number[];
  recorded: number;
}

describe('the tail', () => {
  test('knows at any time which rows no record covers, and the row before the first of them', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant('line' as const), instance: fc.integer({ min: 1, max: 6 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const), count: fc.nat(3) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('record' as const),
          instance: fc.integer({ min: 1, max: 6 }),
          back: fc.nat(3),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.nat(5), (steps, start) => {
        const tail = new Tail(start);
        const heads = new Heads();
        const instances = new Map<number, Instance>();
        let order: number[] = [];
        for (const each of steps) {
          if (each.kind === 'line') {
            append(each.instance);
            order.push(each.instance);
          } else if (each.kind === 'undo') {
            for (let count = 0; count < each.count && order.length > 0; count += 1) {
              const instance = order.pop()!;
              tail.undo(instance);
              const known = instances.get(instance)!;
              known.rows.pop();
              if (known.rows.length === 0) instances.delete(instance);
            }
          } else {
            const known = instances.get(each.instance);
            if (known === undefined) continue;
            const sequence = known.rows.length - each.back;
            if (sequence < 1) continue;
            const head = tail.cover(each.instance, sequence);
            if (head !== undefined) heads.set(each.instance, head);
            tail.advance();
            known.recorded = Math.max(known.recorded, sequence);
            // Only what no record has seen can still be taken back.
            order = [];
          }
          compare();
        }

        function append(instance: number): void {
          const known = instances.get(instance) ?? { rows: [], recorded: 0 };
          const isNew = !instances.has(instance);
          instances.set(instance, known);
          const owner = isNew ? { tenant: 't', name: `n${instance}` } : undefined;
          tail.append(instance, tail.get(instance) === undefined && !isNew ? heads.get(instance) : undefined, owner);
          known.rows.push(tail.last);
        }

        function compare(): void {
          const uncovered = [...instances].flatMap(([, { rows, recorded }]) => rows.slice(recorded));
          const all = [...instances].flatMap(([, { rows }]) => rows);
          expect(tail.last).toBe(Math.max(start, ...all));
          expect(tail.watermark).toBe(uncovered.length === 0 ? tail.last : Math.min(...uncovered) - 1);
          const waiting = [...instances].filter(([, { rows, recorded }]) => recorded < rows.length);
          expect([...tail.numbers()].sort()).toEqual(waiting.map(([number]) => number).sort());
          for (const [number, { rows, recorded }] of waiting) {
            expect(tail.get(number)).toMatchObject({ recorded, rows: rows.slice(recorded) });
            expect(tail.get(number)!.recordedRow).toBe(recorded === 0 ? 0 : rows[recorded - 1]);
            expect(tail.numberOf('t', `n${number}`)).toBe(recorded === 0 ? number : undefined);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('forgets rows that are covered', () => {
    const tail = new Tail(0);
    const heads = new Heads();
    for (let sequence = 1; sequence <= 5000; sequence += 1) {
      tail.append(1, heads.get(1), sequence === 1 ? { tenant: 't', name: 'n' } : undefined);
      heads.set(1, tail.cover(1, sequence)!);
      tail.advance();
    }
    expect(heads.get(1)).toEqual({ sequence: 5000, n: 5000 });
    expect(tail.watermark).toBe(5000);
    expect([...tail.numbers()]).toEqual([]);
  });
});

describe('known heads', () => {
  test('are bounded, and the newest ones stay', () => {
    const heads = new Heads(10);
    for (let number = 1; number <= 100; number += 1) heads.set(number, { sequence: number, n: number });
    expect(heads.get(100)).toEqual({ sequence: 100, n: 100 });
    expect(heads.get(91)).toEqual({ sequence: 91, n: 91 });
    expect(heads.get(50)).toBeUndefined();
    heads.set(95, { sequence: 96, n: 200 });
    expect(heads.get(95)).toEqual({ sequence: 96, n: 200 });
  });
});
