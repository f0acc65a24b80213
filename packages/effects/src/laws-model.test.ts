import { type EffectDefinition, FsmError, type Json } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { execute } from './execute.ts';
import { modelOf } from './testing/model.ts';
import { compensating, type Fate, type RandomEffectOptions, randomEffect, World } from './testing/random-effects.ts';
import { TestHost, type Watched } from './testing/test-host.ts';

const runs = { numRuns: Number(process.env.FSM_LAW_RUNS ?? 1_000) };
const context = { a: 0 };
const faults: readonly Fate[] = ['never', 'never', 'never', 'always', 'first', 'hangs', 'deaf'];

/** Until it ends, or until nobody waits any more. */
async function played(host: TestHost, watched: Watched<Json>): Promise<void> {
  for (;;) {
    await host.rest();
    if (watched.settled !== undefined || host.nextDue === undefined) return;
    await host.advance(Math.max(host.nextDue - host.now(), 0));
  }
}

function plain(settled: Watched<Json>['settled']): unknown {
  if (settled === undefined || 'output' in settled) return settled;
  const { error } = settled;
  if (!FsmError.is(error)) return { error: String(error) };
  return {
    error: error.code === 'EFFECT_FAILED' ? { code: error.code, message: error.message } : { code: error.code },
  };
}

/** Whatever the tree comes to, in the end somebody looks at the context. */
function observed(effect: EffectDefinition): EffectDefinition {
  const anyway = { type: 'fallback', effect, fallback: { type: 'log', message: 'it failed' } };
  return { type: 'sequence', effects: [anyway, { type: 'probe', name: 'end', fate: 'never', sees: '{{ context }}' }] };
}

async function agrees(options: RandomEffectOptions): Promise<void> {
  const tree = randomEffect({ jitter: false, ...options });
  await fc.assert(
    fc.asyncProperty(fc.oneof(tree, tree.map(observed)), async (effect) => {
      const world = new World();
      const host = new TestHost({ context });
      world.host = host;
      const watched = host.outcome(() => execute(world.registry.prepare(effect), host));
      await played(host, watched);
      fc.pre(!host.tied);
      const expected = modelOf(effect, context);
      expect(plain(watched.settled)).toEqual(expected.outcome);
      expect(world.performed).toEqual(expected.performed);
      if (expected.outcome !== undefined) expect(host.now()).toBe(expected.end);
      const writes = host.records.flatMap(({ step }) => Object.entries(step.patch ?? {}));
      expect(writes).toEqual(expected.writes.map(({ path, value }) => [path, value]));
      const debts = host.records.flatMap(({ path, step }) => {
        const id = `.${path.replace(/^#\d+\.|#\d+/g, '')}`;
        return [
          ...(step.owed === undefined ? [] : [`owed ${id}`]),
          ...(step.undone === undefined ? [] : [`undone ${id}`]),
        ];
      });
      expect(debts).toHaveLength(expected.debts.length);
      expect(world.violations).toEqual([]);
      expect(host.violations).toEqual([]);
    }),
    runs,
  );
}

describe('a random tree does what the reference model says', () => {
  test('its outcome, when it ends, what it performs and writes, in which order', () =>
    agrees({ fates: faults, without: compensating }));

  test('also when it has to undo what it did', () => agrees({ fates: faults }));

  const undoing = {
    fates: ['never', 'never', 'always'] as const,
    without: ['choose', 'put_data', 'log', 'get_data', 'update_data', 'bulkhead', 'circuit_breaker', 'rate_limit'],
    sees: false,
  };

  test('also where everything may be undone and nothing else is in the way', () => agrees(undoing));

  test('also where much happens in little time', () => agrees({ ...undoing, longest: 60 }));

  test('also where branches write to the same places', () =>
    agrees({
      fates: ['never', 'never', 'never', 'always'],
      without: ['log', 'retry', 'delay', 'saga', 'with_compensation', 'bulkhead', 'circuit_breaker', 'rate_limit'],
    }));
});

test('a compensation that was stopped in the middle goes on from there and does nothing twice', async () => {
  const probe = (name: string, rest: object = {}): EffectDefinition => ({
    type: 'probe',
    name,
    fate: 'never',
    ...rest,
  });
  const undo = { type: 'sequence', effects: [probe('first'), probe('second', { takes: 20 })] };
  const saga = {
    type: 'saga',
    steps: [{ effect: probe('done'), compensate: undo }, { effect: probe('fails', { fate: 'always' }) }],
  };
  const effect = { type: 'timeout', duration: 10, effect: saga };
  const world = new World();
  const host = new TestHost({ context });
  world.host = host;
  const watched = host.outcome(() => execute(world.registry.prepare(effect), host));
  await host.finish();
  expect(plain(watched.settled)).toEqual({ error: { code: 'EFFECT_TIMEOUT' } });
  expect(world.performed).toEqual(['done', 'fails', 'first', 'second', 'second']);
  expect(host.records.filter(({ path }) => path === '0.0.1.0')).toHaveLength(1);
  expect(host.violations).toEqual([]);
});
