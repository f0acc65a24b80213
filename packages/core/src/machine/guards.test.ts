import { describe, expect, test } from 'vitest';
import type { GuardDefinition } from '../definition/definition.ts';
import { Driver } from './testing/driver.ts';

const implementations = {
  guards: {
    isRich: ({ context }: { context: { readonly [key: string]: unknown } }) => Number(context.amount) > 100,
    above: ({ context, params }: { context: object; params: unknown }) =>
      (context as { amount: number }).amount > (params as { limit: number }).limit,
    breaks: () => {
      throw new Error('no database');
    },
  },
} as const;

function passes(guard: GuardDefinition, context = { amount: 50, limit: 20 }): boolean {
  const driver = new Driver(
    {
      id: 'm',
      type: 'parallel',
      context,
      states: { p: { initial: 'x', states: { x: {}, y: {} } }, q: { on: { GO: { guard, actions: { log: 'yes' } } } } },
    },
    { implementations },
  );
  return driver.send('GO', { n: 3 }).taken;
}

describe('guards', () => {
  test.each<[GuardDefinition, boolean]>([
    ['context.amount > 10 && event.data.n === 3', true],
    ['context.amount > 100', false],
    ['true', true],
    ['null', false],
    ["instance === 'one' && tenant === 'acme' && now === 0", true],
    ['isRich', false],
    [{ type: 'above', params: { limit: '{{ context.limit }}' } }, true],
    [{ type: 'above', params: { limit: 60 } }, false],
    [{ and: ['context.amount > 10', { not: 'isRich' }] }, true],
    [{ and: ['context.amount > 10', 'isRich'] }, false],
    [{ or: ['isRich', { in: '#m.p.x' }] }, true],
    [{ in: 'p.y' }, false],
    [{ in: 'p' }, true],
    [({ context, event }) => context.amount === 50 && event.data.n === 3, true],
  ])('%j is %s', (guard, expected) => {
    expect(passes(guard)).toBe(expected);
  });

  test('combinations stop at the first answer', () => {
    expect(passes({ or: ['true', 'breaks'] })).toBe(true);
    expect(passes({ and: ['false', 'breaks'] })).toBe(false);
  });

  test('`in` sees the states that are active before the step', () => {
    const region = { initial: 'x', states: { x: { on: { GO: 'y' } }, y: {} } };
    const driver = new Driver({
      id: 'm',
      type: 'parallel',
      states: {
        p: region,
        q: { initial: 'x', states: { x: { on: { GO: { guard: { in: 'p.x' }, target: 'y' } } }, y: {} } },
      },
    });
    expect(driver.send('GO').configuration).toBe('p.y q.y');
  });

  test.each<[string, GuardDefinition, string, string]>([
    ['an expression', 'event.data.a.b > 1', '$.states.a.on.GO[1].guard', 'NO_VALUE'],
    ['a part of a combination', { not: { and: ['true', 'event.data.a.b'] } }, '$.states.a.on.GO[1].guard', 'NO_VALUE'],
    ['a registered guard', 'breaks', '$.states.a.on.GO[1].guard', 'no database'],
  ])('%s that fails refuses the event, says where and why, and changes nothing', (_, guard, path, reason) => {
    const driver = new Driver(
      {
        id: 'm',
        initial: 'a',
        context: { n: 0 },
        states: {
          a: {
            exit: { assign: { n: 1 } },
            on: {
              GO: [
                { guard: 'context.n > 0', target: 'b' },
                { guard, target: 'b' },
              ],
            },
          },
          b: {},
        },
      },
      { implementations },
    );
    const before = structuredClone(driver.snapshot);
    let error: unknown;
    try {
      driver.send('GO');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'GUARD_FAILED', next: 'reject', path: expect.stringContaining(path) });
    expect(JSON.stringify({ ...(error as object), message: String(error) })).toContain(reason);
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(driver.snapshot).toEqual(before);
  });
});
