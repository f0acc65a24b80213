import { type EffectDefinition, FsmError, type Json } from '@fsm/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { execute } from './execute.ts';
import { compensating, type Fate, guarding, randomEffect, World, withNames } from './testing/random-effects.ts';
import { TestHost, type TestHostOptions, type Watched } from './testing/test-host.ts';

const runs = { numRuns: Number(process.env.FSM_LAW_RUNS ?? 300) };

interface Life {
  readonly world: World;
  readonly host: TestHost;
  readonly watched: Watched<Json>;
}

function begin(effect: EffectDefinition, options: TestHostOptions = {}, world = new World()): Life {
  const host = new TestHost({ context: { a: 0 }, ...options });
  return begun(effect, world, host);
}

function begun(effect: EffectDefinition, world: World, host: TestHost): Life {
  world.host = host;
  const watched = host.outcome(() => execute(world.registry.prepare(effect), host));
  return { world, host, watched };
}

async function finished(effect: EffectDefinition, options: TestHostOptions = {}): Promise<Life> {
  const life = begin(effect, options);
  await life.host.finish();
  fc.pre(!life.host.tied);
  expect(life.watched.settled).toBeDefined();
  return life;
}

/** An outcome without what legitimately differs: step paths, causes. */
function plain({ watched }: Life, paths = true): unknown {
  const { settled } = watched;
  if (settled === undefined || 'output' in settled) return settled;
  const { error } = settled;
  if (!FsmError.is(error)) return { error: String(error) };
  const { code, message, path } = error;
  return { error: paths ? { code, message, path } : { code, message } };
}

function expectClean({ world, host }: Life): void {
  expect(world.violations).toEqual([]);
  expect(host.violations).toEqual([]);
}

/** What is on record, except the numbers of debts, which only put them in an order. */
function factsOf({ host }: Life): unknown {
  return [...host.facts]
    .map(([path, { owed, ...fact }]) => [path, owed === undefined ? fact : { ...fact, owed: true }] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function hasKind(effect: EffectDefinition, kind: string): boolean {
  return JSON.stringify(effect).includes(`"type":"${kind}"`);
}

const faults: readonly Fate[] = ['never', 'never', 'never', 'always', 'first', 'hangs', 'deaf'];

/** Whatever the effect comes to, in the end somebody looks at the context and the results. */
function observed(effect: EffectDefinition): EffectDefinition {
  const race = { type: 'race', first: 'success', effects: [effect, { type: 'delay', duration: '1000d' }] };
  return sequence(race, { type: 'put_data', path: 'seen', value: '{{ [context, results] }}' });
}

const sequence = (...effects: EffectDefinition[]): EffectDefinition => ({ type: 'sequence', effects });

describe('resume', () => {
  async function resumes(effects: fc.Arbitrary<EffectDefinition>): Promise<void> {
    await fc.assert(
      fc.asyncProperty(effects, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), async (effect, crashes) => {
        const whole = await finished(effect);
        expectClean(whole);
        const world = new World();
        let life = begin(effect, { crashAfter: crashes[0]! % (whole.host.records.length + 1) }, world);
        await life.host.finish();
        for (const crash of [...crashes.slice(1), Number.POSITIVE_INFINITY]) {
          expectClean(life);
          if (!life.host.dead) break;
          life = begun(effect, world, life.host.nextLife({ crashAfter: crash % 7 }));
          await life.host.finish();
        }
        expectClean(life);
        expect(plain(life)).toEqual(plain(whole));
        // attempts and waits were not begun anew
        if (!JSON.stringify(effect).includes('"deaf"')) expect(life.host.now()).toBe(whole.host.now());
        if (!guarding.some((kind) => hasKind(effect, kind))) expect(factsOf(life)).toEqual(factsOf(whole));
      }),
      runs,
    );
  }

  test('an execution that crashes anywhere, any number of times, ends like one that never crashed', () =>
    resumes(randomEffect({ fates: faults }).map(observed)));

  test('also in the middle of undoing what it did', () =>
    resumes(randomEffect({ fates: ['never', 'never', 'always', 'first'], without: [...guarding, 'choose', 'log'] })));

  test('also where much happens in little time', () =>
    resumes(
      randomEffect({ fates: ['never', 'never', 'always', 'first'], without: guarding, jitter: false, longest: 60 }),
    ));

  test('the same with records that become durable later, for effects whose outcome no clock decides', async () => {
    const effects = randomEffect({ fates: ['never'], without: ['race', 'timeout'] });
    await fc.assert(
      fc.asyncProperty(effects, fc.nat(), async (effect, crash) => {
        const whole = await finished(effect, { records: 'later' });
        expectClean(whole);
        const world = new World();
        const first = begin(effect, { records: 'later', crashAfter: crash % (whole.host.records.length + 1) }, world);
        await first.host.finish();
        expectClean(first);
        const second = begun(effect, world, first.host.nextLife());
        await second.host.finish();
        expectClean(second);
        expect(plain(second)).toEqual(plain(whole));
      }),
      runs,
    );
  });
});

describe('composition', () => {
  test('sequence is associative', async () => {
    const small = randomEffect({ depth: 2, jitter: false });
    await fc.assert(
      fc.asyncProperty(small, small, small, async (first, second, third) => {
        const [a, b, c] = [withNames(first, 'a'), withNames(second, 'b'), withNames(third, 'c')];
        const flat = await finished(sequence(a, b, c));
        for (const grouped of [
          sequence(a, sequence(b, c)),
          sequence(sequence(a, b), c),
          sequence(sequence(), a, b, sequence(), c),
        ]) {
          const life = await finished(grouped);
          expect(plain(life, false)).toEqual(plain(flat, false));
          expect(life.world.performed).toEqual(flat.world.performed);
          expect(life.host.now()).toBe(flat.host.now());
        }
      }),
      runs,
    );
  });

  test('parallel gives the same outputs in whatever order its effects stand', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(randomEffect({ depth: 2, jitter: false }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (drafts, stream) => {
          const effects = drafts.map((effect, index) => withNames(effect, `e${index}-`));
          const order = effects
            .map((_, index) => ({ index, key: stream.next().value }))
            .sort((a, b) => a.key! - b.key!);
          const straight = plain(await finished({ type: 'parallel', effects }), false) as { output?: Json[] };
          const mixed = plain(
            await finished({ type: 'parallel', effects: order.map(({ index }) => effects[index]!) }),
            false,
          ) as { output?: Json[] };
          const back = order.reduce<Json[]>((outputs, { index }, position) => {
            outputs[index] = mixed.output?.[position] ?? null;
            return outputs;
          }, []);
          if (straight.output === undefined) expect(mixed.output).toBeUndefined();
          else expect(back).toEqual(straight.output);
        },
      ),
      runs,
    );
  });

  test('race has exactly one winner, and the others do nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(randomEffect({ depth: 2, jitter: false, without: ['race', ...compensating] }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (drafts) => {
          const effects = drafts.map((effect, index) => withNames(effect, `e${index}-`));
          const life = begin({ type: 'race', effects });
          for (;;) {
            await life.host.rest();
            if (life.watched.settled !== undefined) break;
            await life.host.advance(life.host.nextDue! - life.host.now());
          }
          expectClean(life);
          const decisions = life.host.records.filter(({ path }) => path === '');
          expect(decisions).toHaveLength(1);
          expect(life.host.records.at(-1)).toBe(decisions[0]);
          const alone = await finished(effects[decisions[0]!.step.branch!]!);
          expect(plain(life, false)).toEqual(plain(alone, false));
          expect(life.host.nextDue).toBeUndefined();
          for (const signal of life.world.open) expect(signal.aborted).toBe(true);
          const performed = life.world.performed.length;
          await life.host.advance(Number.MAX_SAFE_INTEGER);
          expect(life.world.performed).toHaveLength(performed);
          expect(life.host.records.at(-1)).toBe(decisions[0]);
        },
      ),
      runs,
    );
  });

  test('a retried pipeline under faults ends like one that never failed', async () => {
    const without = ['race', 'timeout', 'retry', 'choose', 'put_data', 'update_data', 'fallback'];
    await fc.assert(
      fc.asyncProperty(randomEffect({ fates: ['never', 'first'], without, sees: false }), async (effect) => {
        const retried = await finished({ type: 'retry', attempts: 2, delay: 0, effect });
        const healthy = JSON.parse(JSON.stringify(effect).replaceAll('"first"', '"never"'));
        expect(plain(retried)).toEqual(plain(await finished(healthy)));
      }),
      runs,
    );
  });
});

describe('cancellation', () => {
  test('cancelling twice is cancelling once, and afterwards nothing happens any more', async () => {
    await fc.assert(
      fc.asyncProperty(randomEffect({ fates: faults }), fc.nat(), fc.boolean(), async (effect, wakes, twice) => {
        const life = begin(effect);
        for (let wake = 0; wake < wakes % 8; wake += 1) {
          await life.host.rest();
          if (life.host.nextDue !== undefined) await life.host.advance(life.host.nextDue - life.host.now());
        }
        await life.host.rest();
        const before = life.watched.settled;
        const { length } = life.host.records;
        life.host.abort(new Error('enough'));
        if (twice) life.host.abort(new Error('really'));
        await life.host.rest();
        if (before === undefined) expect(plain(life)).toMatchObject({ error: { code: 'EXECUTION_CANCELLED' } });
        else expect(life.watched.settled).toBe(before);
        // what works on although nobody wants it may still wake up
        if (!JSON.stringify(effect).includes('"deaf"')) expect(life.host.nextDue).toBeUndefined();
        expect(life.host.atWork).toBe(0);
        for (const signal of life.world.open) expect(signal.aborted).toBe(true);
        await life.host.advance(Number.MAX_SAFE_INTEGER);
        expect(life.host.records).toHaveLength(length);
        expectClean(life);
      }),
      runs,
    );
  });
});
