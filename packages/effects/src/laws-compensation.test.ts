import { type EffectDefinition, FsmError, type Json, type JsonObject } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Settlement } from './debts.ts';
import { compensate, execute } from './execute.ts';
import type { StepRecord } from './host.ts';
import { guarding, randomEffect, World, withNames } from './testing/random-effects.ts';
import { TestHost, type Watched } from './testing/test-host.ts';

const runs = { numRuns: Number(process.env.FSM_LAW_RUNS ?? 400) };

/** Trees in which everything that was done is still owed in the end. */
const straight = randomEffect({
  fates: ['never', 'never', 'never', 'always'],
  without: ['saga', 'race', 'retry', 'timeout', 'fallback', 'choose', ...guarding],
  sees: false,
});

const sequence = (...effects: EffectDefinition[]): EffectDefinition => ({ type: 'sequence', effects });
const failing: EffectDefinition = { type: 'probe', name: 'last', fate: 'always' };

interface Life {
  readonly world: World;
  readonly host: TestHost;
}

function performIn({ world, host }: Life, effect: EffectDefinition): Watched<Json> {
  world.host = host;
  return host.outcome(() => execute(world.registry.prepare(effect), host));
}

function newLife(): Life {
  return { world: new World(), host: new TestHost({ context: { a: 0 } }) };
}

/** Step paths of debts in the order in which they arose, and of those that were paid in that order. */
function debtsOf(facts: Iterable<readonly [string, StepRecord]>, undone: readonly string[]) {
  const owed = [...facts].filter(([, { owed }]) => owed !== undefined).sort(([, a], [, b]) => a.owed! - b.owed!);
  return { owed: owed.map(([path]) => path), undone };
}

function undoneIn(host: TestHost): string[] {
  return host.records.filter(({ step }) => step.undone !== undefined).map(({ path }) => path);
}

describe('an execution that fails', () => {
  test('undoes every completed step, the last first, each once, and says which', async () => {
    let undoings = 0;
    await fc.assert(
      fc.asyncProperty(straight, async (draft) => {
        const effect = withNames(sequence(draft, failing), 'p');
        const life = newLife();
        const watched = performIn(life, effect);
        await life.host.finish();
        fc.pre(!life.host.tied);
        const { settled } = watched;
        if (settled === undefined || !('error' in settled) || !FsmError.is(settled.error))
          throw new Error('it succeeded');
        const { code, details = {} } = settled.error;
        const { owed, undone } = debtsOf(life.host.facts, undoneIn(life.host));
        expect(undone).toEqual(owed.toReversed());
        undoings += undone.length;
        const { compensated = [], failed = [] } = details as Partial<Settlement>;
        expect([...compensated, ...failed.map(({ path }) => path)].sort()).toEqual([...owed].sort());
        expect(code === 'COMPENSATION_FAILED').toBe(failed.length > 0);
      }),
      runs,
    );
    expect(undoings).toBeGreaterThan(runs.numRuns / 4);
  });
});

describe('an execution that was cancelled', () => {
  test('undoes what it did, the last first, also when the process dies over it, and never twice', async () => {
    await fc.assert(
      fc.asyncProperty(straight, fc.nat(), fc.array(fc.nat(4), { maxLength: 3 }), async (effect, wakes, crashes) => {
        const first = newLife();
        performIn(first, effect);
        for (let wake = 0; wake < wakes % 6; wake += 1) {
          await first.host.rest();
          if (first.host.nextDue !== undefined) await first.host.advance(first.host.nextDue - first.host.now());
        }
        first.host.abort(new Error('enough'));
        await first.host.rest();
        const { owed, undone: paid } = debtsOf(first.host.facts, undoneIn(first.host));

        const undone = [...paid];
        const { world } = first;
        let { host } = first;
        let watched: Watched<Settlement> | undefined;
        for (const crash of [...crashes, Number.POSITIVE_INFINITY]) {
          host = host.nextLife({ crashAfter: crash });
          world.host = host;
          const life = host;
          watched = life.outcome(() => compensate(world.registry.prepare(effect), life));
          await life.finish();
          undone.push(...undoneIn(life));
          if (!life.dead) break;
        }
        expect(world.violations).toEqual([]);
        expect(undone.slice(paid.length)).toEqual(owed.filter((path) => !paid.includes(path)).toReversed());
        expect(watched?.settled).toHaveProperty('output');

        const performed = world.performed.length;
        const again = host.nextLife();
        world.host = again;
        again.outcome(() => compensate(world.registry.prepare(effect), again));
        await again.finish();
        expect(world.performed).toHaveLength(performed);
        expect(again.records).toEqual([]);
      }),
      runs,
    );
  });
});

test('what a finished compensation could undo itself is not undone, whenever the process dies', async () => {
  const probe = (name: string, rest: object = {}): EffectDefinition => ({
    type: 'probe',
    name,
    fate: 'never',
    ...rest,
  });
  const inner = { type: 'saga', steps: [{ effect: probe('undo b'), compensate: probe('undo the undoing') }] };
  const steps = [
    { effect: probe('a'), compensate: probe('undo a', { takes: 30 }) },
    { effect: probe('b'), compensate: inner },
    { effect: { type: 'delay', duration: 1_000 } },
  ];
  const effect = {
    type: 'race',
    effects: [
      { type: 'saga', steps },
      { type: 'delay', duration: 10 },
    ],
  };
  const whole = newLife();
  performIn(whole, effect);
  await whole.host.finish();
  expect(whole.world.performed).toEqual(['a', 'b', 'undo b', 'undo a']);
  for (let crashAfter = 0; crashAfter <= whole.host.records.length; crashAfter += 1) {
    const { world } = newLife();
    const first = new TestHost({ context: { a: 0 }, crashAfter });
    performIn({ world, host: first }, effect);
    await first.finish();
    const second = first.nextLife();
    const watched = performIn({ world, host: second }, effect);
    await second.finish();
    expect(watched.settled).toEqual({ output: null });
    expect(new Set(world.performed)).toEqual(new Set(whole.world.performed));
    expect(world.violations).toEqual([]);
  }
});

describe('for_each, one after the other', () => {
  test('over two lists in a row is for_each over both', async () => {
    const items = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 });
    const each = randomEffect({ depth: 3, jitter: false, without: ['saga', 'with_compensation'] });
    await fc.assert(
      fc.asyncProperty(items, items, each, async (some, others, effect) => {
        const forEach = (items: readonly number[], effect: EffectDefinition): EffectDefinition => ({
          type: 'for_each',
          items,
          effect,
        });
        const [whole, parts] = [newLife(), newLife()];
        const one = performIn(whole, forEach([...some, ...others], effect));
        const saga = { type: 'saga', steps: [{ effect: forEach(some, effect) }, { effect: forEach(others, effect) }] };
        const two = performIn(parts, saga);
        await Promise.all([whole.host.finish(), parts.host.finish()]);
        fc.pre(!whole.host.tied);
        expect(parts.world.performed).toEqual(whole.world.performed);
        expect(writesOf(parts.host)).toEqual(writesOf(whole.host));
        const [straightOut, split] = [outputOf(one), outputOf(two)];
        expect(split === undefined ? undefined : (split as Json[]).flat(1)).toEqual(straightOut);
      }),
      runs,
    );
  });
});

function writesOf(host: TestHost): JsonObject[] {
  return host.records.flatMap(({ step }) => (step.patch === undefined ? [] : [step.patch]));
}

function outputOf({ settled }: Watched<Json>): Json | undefined {
  return settled !== undefined && 'output' in settled ? settled.output : undefined;
}
