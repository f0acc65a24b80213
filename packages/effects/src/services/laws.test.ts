import { type EffectDefinition, FsmError } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Part, Together } from '../testing/together.ts';

const runs = { numRuns: Number(process.env.FSM_LAW_RUNS ?? 150) };

/** One execution of a script: when it starts, how long its work takes, how that ends. */
interface Act {
  readonly at: number;
  readonly takes: number;
  readonly fate: 'succeeds' | 'fails' | 'is cancelled' | 'crashes';
  readonly patience: number;
  readonly which: number;
}

const time = fc.integer({ min: 0, max: 200 });
const act: fc.Arbitrary<Act> = fc.record({
  at: time,
  takes: fc.integer({ min: 0, max: 60 }),
  fate: fc.constantFrom('succeeds', 'succeeds', 'fails', 'is cancelled', 'crashes'),
  patience: time,
  which: fc.integer({ min: 0, max: 2 }),
});
const script = fc.array(act, { minLength: 1, maxLength: 25 }).map((acts) => acts.sort((a, b) => a.at - b.at));

/** Something that happened, in the order in which it did. */
interface Happening {
  readonly what: string;
  readonly at: number;
  readonly number: number;
}

interface Played {
  readonly together: Together;
  readonly parts: readonly Part[];
  readonly happened: readonly Happening[];
}

const work = { type: 'call', function: 'work', params: { number: '{{ context.number }}' } };

/** Plays a script: each act performs the effect around its work. */
async function play(acts: readonly Act[], effectOf: (act: Act) => object): Promise<Played> {
  const happened: Happening[] = [];
  const note = (what: string, number = -1) => happened.push({ what, at: together.now(), number });
  const together: Together = new Together({
    functions: {
      work: async ({ number }: { number: number }, { signal }) => {
        note('begins', number);
        const { takes, fate } = acts[number]!;
        try {
          if (takes > 0) await together.take(takes, signal);
          if (fate === 'fails') throw new FsmError('FAILED', `work ${number} failed`);
          return number;
        } catch (error) {
          note(signal.aborted ? 'dropped' : 'failed', number);
          throw error;
        } finally {
          note('ends', number);
        }
      },
    },
  });
  together.services.watch(({ change }) => note(change));
  const parts: Part[] = [];
  for (const [number, act] of acts.entries()) {
    await together.advance(act.at - together.now());
    const part = together.start(effectOf(act) as EffectDefinition, {
      context: { number, which: act.which },
      ...(act.fate === 'crashes' ? { crashAfter: act.patience % 3 } : undefined),
    });
    parts.push(part);
    if (act.fate === 'is cancelled') {
      together.sleepUntil(act.at + act.patience, new AbortController().signal).then(() => part.cancel());
    }
  }
  await together.finish();
  expect(parts.filter(({ settled }) => settled === undefined)).toEqual([]);
  return { together, parts, happened };
}

describe('bulkhead', () => {
  test('never lets more in than there are slots, and never loses one', async () => {
    const slots = fc.integer({ min: 1, max: 4 });
    const queue = fc.integer({ min: 0, max: 10 });
    await fc.assert(
      fc.asyncProperty(script, slots, queue, async (acts, slots, queue) => {
        const { together, happened } = await play(acts, ({ patience, which }) => ({
          type: 'bulkhead',
          name: 'one',
          slots,
          queue,
          ...(which === 0 ? { wait: patience } : undefined),
          effect: which === 1 ? { type: 'sequence', effects: [work, work] } : work,
        }));
        let inside = 0;
        for (const { what } of happened) {
          if (what === 'begins') inside += 1;
          if (what === 'ends') inside -= 1;
          expect(inside).toBeLessThanOrEqual(slots);
        }
        expect(together.services.view('acme')).toMatchObject([{ used: 0, waiting: 0 }]);
      }),
      runs,
    );
  });

  test('serves in the order in which it was asked', async () => {
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 3 }), async (acts, slots) => {
        const { happened } = await play(acts, () => ({
          type: 'bulkhead',
          name: 'one',
          slots,
          queue: 99,
          effect: work,
        }));
        const began = happened.filter(({ what }) => what === 'begins').map(({ number }) => number);
        expect(began).toEqual([...began].sort((a, b) => a - b));
      }),
      runs,
    );
  });
});

describe('circuit breaker', () => {
  test('lets nothing through while it is open, and at most its probes while it is half-open', async () => {
    await fc.assert(
      fc.asyncProperty(
        script,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(1, 2, 0.5),
        fc.constantFrom({ calls: 5 }, 50),
        async (acts, probes, failures, window) => {
          const { together, happened } = await play(acts, () => ({
            type: 'circuit_breaker',
            name: 'one',
            failures,
            window,
            minimum: 2,
            openFor: 20,
            probes,
            effect: work,
          }));
          let state = 'closed';
          let changedAt = 0;
          let probing = new Set<number>();
          for (const { what, at, number } of happened) {
            if (what === 'opened' || what === 'half_opened' || what === 'closed') {
              if (what === 'half_opened') expect([state, at >= changedAt + 20]).toEqual(['opened', true]);
              state = what;
              changedAt = at;
              probing = new Set();
            }
            if (what === 'begins') {
              expect(state).not.toBe('opened');
              if (state === 'half_opened') probing.add(number);
            }
            if (what === 'dropped' || acts[number]?.fate === 'crashes') probing.delete(number);
            expect(probing.size).toBeLessThanOrEqual(probes);
          }
          expect(together.services.view('acme')).toMatchObject([{ running: 0 }]);
        },
      ),
      runs,
    );
  });
});

describe('rate limit', () => {
  const costs = [1, 2, 3];
  const settings = fc.record({
    limit: fc.integer({ min: 3, max: 6 }),
    per: fc.integer({ min: 1, max: 100 }),
    burst: fc.integer({ min: 3, max: 9 }),
  });
  const spendings = (acts: readonly Act[], { happened }: Played) =>
    happened
      .filter(({ what }) => what === 'begins')
      .map(({ at, number }) => ({ at, cost: costs[acts[number]!.which]! }));

  test('a token bucket never gives more than its burst and what came in since', async () => {
    await fc.assert(
      fc.asyncProperty(script, settings, async (acts, { limit, per, burst }) => {
        const rate = { type: 'rate_limit', name: 'one', limit, per, burst, cost: '[1, 2, 3][context.which]' };
        const played = await play(acts, () => ({ ...rate, effect: work }));
        const spent = spendings(acts, played);
        for (const [from, first] of spent.entries()) {
          let sum = 0;
          for (const { at, cost } of spent.slice(from)) {
            sum += cost;
            expect(sum).toBeLessThanOrEqual(burst + ((at - first.at) * limit) / per + 1e-6);
          }
        }
        expect(spent.length).toBeGreaterThanOrEqual(acts.filter(({ fate }) => fate === 'succeeds').length);
      }),
      runs,
    );
  });

  test('a sliding window never gives more than its limit in any window', async () => {
    await fc.assert(
      fc.asyncProperty(script, settings, fc.boolean(), async (acts, { limit, per }, waits) => {
        const rate = { type: 'rate_limit', strategy: 'sliding_window', name: 'one', limit, per };
        const cost = '[1, 2, 3][context.which]';
        const played = await play(acts, ({ patience }) => ({ ...rate, cost, wait: waits || patience, effect: work }));
        const spent = spendings(acts, played);
        for (const first of spent) {
          const inWindow = spent.filter(({ at }) => at >= first.at && at < first.at + per);
          expect(inWindow.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(limit);
        }
        expect(played.together.services.view('acme')).toMatchObject([{ waiting: 0 }]);
      }),
      runs,
    );
  });
});

describe('cache', () => {
  test('calls once for all who ask at the same time, and not again while the answer is kept', async () => {
    const ttl = 30;
    await fc.assert(
      fc.asyncProperty(script, async (acts) => {
        const { parts, happened } = await play(acts, () => ({
          type: 'cache',
          name: 'one',
          key: '{{ context.which }}',
          ttl,
          effect: work,
        }));
        const inside = new Map<number, number>();
        const keptUntil = new Map<number, number>();
        for (const [index, { what, at, number }] of happened.entries()) {
          const key = acts[number]?.which ?? -1;
          if (what === 'begins') {
            expect(inside.get(key)).toBeUndefined();
            expect(at).toBeGreaterThan(keptUntil.get(key) ?? -1);
            inside.set(key, number);
          }
          if (what !== 'ends') continue;
          inside.delete(key);
          const before = happened[index - 1];
          const fine = before?.number !== number || before.what === 'begins';
          if (fine && acts[number]!.fate !== 'crashes') keptUntil.set(key, at + ttl);
        }
        for (const [number, { settled }] of parts.entries()) {
          if (settled === undefined || !('output' in settled)) continue;
          expect(acts[settled.output as number]!.which).toBe(acts[number]!.which);
        }
      }),
      runs,
    );
  });
});

describe('batch', () => {
  test('gives every member its own answer, once, in time', async () => {
    const max = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(script, max, fc.integer({ min: 0, max: 40 }), async (acts, max, window) => {
        const asked: number[] = [];
        const lists: number[][] = [];
        const together: Together = new Together({
          functions: {
            all: async (list: number[], { signal }) => {
              lists.push(list);
              asked.push(...list);
              for (const number of list) expect(together.now() - acts[number]!.at).toBeLessThanOrEqual(window);
              await together.take(acts[list[0]!]!.takes, signal);
              return list.map((number) =>
                acts[number]!.fate === 'fails' ? new FsmError('FAILED', `item ${number}`) : { number },
              );
            },
          },
        });
        const parts: Part[] = [];
        const tenantOf = (number: number) => `tenant ${acts[number]!.which}`;
        for (const [number, act] of acts.entries()) {
          await together.advance(act.at - together.now());
          const part = together.start(
            { type: 'batch', function: 'all', input: '{{ context.number }}', window, max } as EffectDefinition,
            { context: { number }, tenant: tenantOf(number) },
          );
          parts.push(part);
          if (act.fate === 'is cancelled') {
            together.sleepUntil(act.at + act.patience, new AbortController().signal).then(() => part.cancel());
          }
        }
        await together.finish();
        expect(asked).toHaveLength(new Set(asked).size);
        for (const list of lists) {
          expect(list.length).toBeLessThanOrEqual(max);
          expect(new Set(list.map(tenantOf)).size).toBe(1);
        }
        for (const [number, { settled }] of parts.entries()) {
          const { fate } = acts[number]!;
          const cancelled = settled !== undefined && 'error' in settled && settled.error.code === 'EXECUTION_CANCELLED';
          if (cancelled) expect(fate).toBe('is cancelled');
          else if (fate === 'fails') expect(settled).toMatchObject({ error: { message: `item ${number}` } });
          else expect(settled).toEqual({ output: { number } });
        }
      }),
      runs,
    );
  });
});
