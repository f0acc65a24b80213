import { type EffectDefinition, FsmError, type Json } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { execute } from './execute.ts';
import { defineFunction } from './function.ts';
import { createServices } from './services/services.ts';
import { randomEffect, World, withNames } from './testing/random-effects.ts';
import { Manual, start } from './testing/start.ts';
import { TestHost, type Watched } from './testing/test-host.ts';

const runs = { numRuns: Number(process.env.FSM_LAW_RUNS ?? 200) };

/** Gates that let everything through. */
const wide = {
  circuit_breaker: { failures: 1_000 },
  bulkhead: { slots: 1_000 },
  rate_limit: { limit: 1e6, wait: false },
  cache: { key: 1, ttl: 0 },
};

/** Gates that refuse now and then: each attempt of a retry comes to the same one. */
const narrow = {
  circuit_breaker: { failures: 1, openFor: 5_000_000 },
  bulkhead: { slots: 1, queue: 1, wait: 1_000_000 },
  rate_limit: { limit: 1, per: 7_000_000, wait: 3_000_000 },
  cache: { key: 1, ttl: 1_000_000 },
};

/** Random effects with gates and fallbacks in them, each with a name of its own. */
function gated(gates: { readonly [type: string]: object }): fc.Arbitrary<EffectDefinition> {
  const small = randomEffect({ depth: 1, sees: false, without: ['put_data'] });
  const { tree } = fc.letrec<{ tree: EffectDefinition }>((tie) => {
    const inner = tie('tree');
    const kinds = Object.entries(gates).map(([type, parameters]) =>
      inner.map((effect) => ({ type, name: '', ...parameters, effect }) as EffectDefinition),
    );
    const list = fc.array(inner, { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 4, depthSize: 'max', depthIdentifier: 'gates' },
        small,
        ...kinds,
        fc.record({ type: fc.constant('fallback'), effect: inner, fallback: list }),
        fc.record({ type: fc.constantFrom('sequence', 'parallel', 'race'), effects: list }),
        fc.record({ type: fc.constant('retry'), attempts: fc.constant(2), jitter: fc.constant(0), effect: inner }),
        fc.record({ type: fc.constant('timeout'), duration: fc.integer({ min: 1, max: 9_000_000 }), effect: inner }),
      ),
    };
  });
  return tree.map((effect) => withNames(effect, 'n'));
}

interface Life {
  readonly world: World;
  readonly host: TestHost;
  readonly watched: Watched<Json>;
}

async function live(effect: EffectDefinition, world: World, host: TestHost): Promise<Life> {
  world.host = host;
  const watched = host.outcome(() => execute(world.registry.prepare(effect), host));
  await host.finish();
  return { world, host, watched };
}

async function livesOf(effect: EffectDefinition, crashes: readonly number[]): Promise<Life> {
  const world = new World();
  let life = await live(effect, world, new TestHost({ crashAfter: crashes[0]! }));
  for (const crash of [...crashes.slice(1), Number.POSITIVE_INFINITY]) {
    if (!life.host.dead) break;
    life = await live(effect, world, life.host.nextLife({ crashAfter: crash }));
  }
  return life;
}

function outcome({ watched }: Life): unknown {
  const { settled } = watched;
  if (settled === undefined || 'output' in settled) return settled;
  const { error } = settled;
  return FsmError.is(error) ? { code: error.code, message: error.message, path: error.path } : { error: String(error) };
}

function expectClean({ world, host, watched }: Life): void {
  expect(watched.settled).toBeDefined();
  expect(world.violations).toEqual([]);
  expect(host.violations).toEqual([]);
}

const crashes = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 3 });

describe('an execution that crashes anywhere, any number of times, when services start afresh each time', () => {
  test('ends like one that never crashed, if nothing is refused', async () => {
    await fc.assert(
      fc.asyncProperty(gated(wide), crashes, async (effect, crashes) => {
        const whole = await live(effect, new World(), new TestHost());
        fc.pre(!whole.host.tied);
        const life = await livesOf(effect, crashes);
        expectClean(life);
        expect(outcome(life)).toEqual(outcome(whole));
      }),
      runs,
    );
  });

  test('repeats nothing that is on record and contradicts nothing, whatever is refused', async () => {
    await fc.assert(
      fc.asyncProperty(gated(narrow), crashes, async (effect, crashes) => {
        expectClean(await livesOf(effect, crashes));
      }),
      runs,
    );
  });
});

test('an effect of which an earlier life has no record comes to the gate again', async () => {
  const manual = new Manual();
  const effect = { type: 'bulkhead', name: 'one', slots: 1, effect: { type: 'call', function: 'work' } };
  const life = start(effect as EffectDefinition, { functions: { work: manual.run } });
  const next = life.restart();
  await next.host.rest();
  expect(manual.calls).toHaveLength(2);
});

test('an outcome of which nothing below leaves a record is recorded, be it good or bad', () => {
  const functions = {
    one: defineFunction({ repeat: 'pure', run: () => 1 }),
    none: defineFunction({
      repeat: 'pure',
      run: () => {
        throw new FsmError('NONE', 'there is none');
      },
    }),
  };
  const gate = (name: string) => ({
    type: 'bulkhead',
    name: 'one',
    slots: 1,
    effect: { type: 'call', function: name },
  });
  const life = start({ type: 'sequence', effects: [gate('one'), gate('none')] } as EffectDefinition, { functions });
  expect(life.error()).toMatchObject({ code: 'NONE', path: '1.0' });
  expect(life.host.facts.get('0')).toEqual({ output: 1 });
  expect(life.host.facts.get('1')).toMatchObject({ error: { code: 'NONE', path: '1.0' } });
});

test('time that was up before a life began is not spent at the gate', async () => {
  const services = createServices();
  const effect = {
    type: 'timeout',
    duration: '1s',
    effect: { type: 'rate_limit', name: 'one', limit: 1, effect: { type: 'call', function: 'work' } },
  };
  const manual = new Manual();
  const life = start(effect as EffectDefinition, { functions: { work: manual.run } });
  const next = life.restart({ now: 5_000, services });
  await next.host.rest();
  expect(next.error().code).toBe('EFFECT_TIMEOUT');
  expect(manual.calls).toHaveLength(1);
  expect(services.view('acme')).toEqual([]);
});
