import type { EffectDefinition, Json } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { composite, defineEffect } from '../effect.ts';
import { settle } from '../eventual.ts';
import { compensate } from '../execute.ts';
import * as parameters from '../parameters.ts';
import { perform } from '../perform.ts';
import { start } from '../testing/start.ts';
import { TestHost } from '../testing/test-host.ts';

/**
 * A store that does nothing twice for the same key, as a good service does: `take` and `give` things. What is broken
 * fails in the first so many attempts.
 */
class Store {
  readonly stock: { [thing: string]: number } = {};
  readonly diary: string[] = [];
  readonly #answers = new Map<string, Json>();
  readonly #broken: { readonly [what: string]: number };

  constructor(broken: { readonly [what: string]: number } = {}) {
    this.#broken = broken;
  }

  readonly functions = {
    take: ({ of }: Params, call: Call) => this.#once(call, 'take', of, 1),
    give: ({ of }: Params, call: Call) => this.#once(call, 'give', of, -1),
    fail: ({ of }: Params, call: Call) => this.#check(of, call) ?? of,
    slow: ({ of }: Params, { attempt }: Call) => (attempt === 1 ? new Promise(() => {}) : of),
  };

  #once(call: Call, verb: string, thing: string, change: number): Json {
    const known = this.#answers.get(call.key);
    if (known !== undefined) return known;
    this.#check(`${verb} ${thing}`, call);
    this.stock[thing] = (this.stock[thing] ?? 0) + change;
    this.diary.push(`${verb} ${thing}`);
    this.#answers.set(call.key, thing);
    return thing;
  }

  #check(what: string, { attempt }: Call): undefined {
    if (attempt <= (this.#broken[what] ?? 0)) throw new Error(`${what} is broken`);
  }
}

interface Params {
  readonly of: string;
}

interface Call {
  readonly key: string;
  readonly attempt: number;
}

/** Turns a failure into null. */
const ignore = defineEffect({
  name: 'ignore',
  summary: 'Ignores a failure.',
  category: 'basic',
  icon: 'x',
  output: 'Null.',
  parameters: z.strictObject({ effect: parameters.effect.describe('The effect.') }),
  prepare({ effect }, compile) {
    const child = compile.child(effect, 0, 'effect');
    return composite([child], (step) =>
      settle(
        () => perform(child, step.frame),
        () => null,
        () => {
          step.branch.begin();
          return null;
        },
      ),
    );
  },
});

const sequence = (...effects: EffectDefinition[]): EffectDefinition =>
  ({ type: 'sequence', effects }) as EffectDefinition;
const call = (name: string, of: string): EffectDefinition => ({ type: 'call', function: name, params: { of } });
const take = (of: string): EffectDefinition =>
  ({
    type: 'with_compensation',
    effect: call('take', of),
    compensate: call('give', '{{ result }}'),
  }) as EffectDefinition;
const fail = (of = 'fail') => call('fail', of);
const saga = (...effects: EffectDefinition[]): EffectDefinition =>
  ({ type: 'saga', steps: effects.map((effect) => ({ effect })) }) as EffectDefinition;
const retry = (effect: EffectDefinition, attempts = 2): EffectDefinition =>
  ({ type: 'retry', attempts, delay: 10, jitter: 0, effect }) as EffectDefinition;
const parallel = (...effects: EffectDefinition[]): EffectDefinition =>
  ({ type: 'parallel', effects }) as EffectDefinition;
const race = (effects: EffectDefinition[], first = 'outcome'): EffectDefinition =>
  ({ type: 'race', effects, first }) as EffectDefinition;
const timeout = (duration: string, effect: EffectDefinition): EffectDefinition =>
  ({ type: 'timeout', duration, effect }) as EffectDefinition;
const delay = (duration: string): EffectDefinition => ({ type: 'delay', duration }) as EffectDefinition;
const forEach = (items: Json, effect: EffectDefinition, concurrency: number): EffectDefinition =>
  ({ type: 'for_each', items, effect, concurrency }) as EffectDefinition;
const handled = (effect: EffectDefinition): EffectDefinition => ({ type: 'ignore', effect });

interface Case {
  readonly effect: EffectDefinition;
  readonly broken?: { readonly [what: string]: number };
  /** What is left in the end. */
  readonly stock: { readonly [thing: string]: number };
  /** What was done, in order, as far as the case says; crashes may not change it either. */
  readonly diary?: readonly string[];
  readonly ends: 'well' | string;
}

const always = 1_000;
const cases: { readonly [title: string]: Case } = {
  'an execution that succeeds undoes nothing': {
    effect: sequence(take('a'), take('b')),
    stock: { a: 1, b: 1 },
    ends: 'well',
  },
  'one that fails undoes all, the last first': {
    effect: sequence(take('a'), take('b'), fail()),
    broken: { fail: always },
    stock: { a: 0, b: 0 },
    diary: ['take a', 'take b', 'give b', 'give a'],
    ends: 'EFFECT_FAILED',
  },
  'items of a list are undone, the last first, each with its own item': {
    effect: sequence(
      forEach(
        ['a', 'b', 'c'],
        {
          type: 'with_compensation',
          effect: call('take', '{{ params.item }}'),
          compensate: call('give', '{{ params.item }}'),
        } as EffectDefinition,
        1,
      ),
      fail(),
    ),
    broken: { fail: always },
    stock: { a: 0, b: 0, c: 0 },
    diary: ['take a', 'take b', 'take c', 'give c', 'give b', 'give a'],
    ends: 'EFFECT_FAILED',
  },
  'items side by side of which one fails': {
    effect: saga(forEach(['a', 'b', 'c'], take('{{ params.item }}'), 2)),
    broken: { 'take c': always },
    stock: { a: 0, b: 0 },
    ends: 'SAGA_FAILED',
  },
  'branches that write side by side, of which one fails': {
    effect: parallel(sequence(take('a'), delay('1s')), sequence(take('b'), delay('2s'), fail())),
    broken: { fail: always },
    stock: { a: 0, b: 0 },
    ends: 'EFFECT_FAILED',
  },
  'attempts are one debt': {
    effect: retry(sequence(take('a'), fail())),
    broken: { fail: always },
    stock: { a: 0 },
    diary: ['take a', 'give a'],
    ends: 'EFFECT_FAILED',
  },
  'a saga that was undone is done again in the next attempt': {
    effect: retry(saga(take('a'), take('b'), fail())),
    broken: { fail: 1 },
    stock: { a: 1, b: 1 },
    diary: ['take a', 'take b', 'give b', 'give a', 'take a', 'take b'],
    ends: 'well',
  },
  'and undone again': {
    effect: retry(sequence(saga(take('a'), fail()), fail('later')), 3),
    broken: { fail: 1, later: always },
    stock: { a: 0 },
    ends: 'EFFECT_FAILED',
  },
  'attempts of a saga as one step of another': {
    effect: saga(take('x'), retry(saga(take('a'), retry(fail()), fail('late')))),
    broken: { fail: 1, late: always },
    stock: { a: 0, x: 0 },
    ends: 'SAGA_FAILED',
  },
  'what a loser of a race did, in the reverse order': {
    effect: race([
      parallel(sequence(take('a'), take('b'), delay('1h')), delay('1h')),
      sequence(delay('1s'), take('c')),
    ]),
    stock: { a: 0, b: 0, c: 1 },
    diary: ['take a', 'take b', 'take c', 'give b', 'give a'],
    ends: 'well',
  },
  'a race that is lost again in another attempt': {
    effect: retry(sequence(race([sequence(take('a'), delay('1h')), sequence(take('b'), delay('1s'))]), fail())),
    broken: { fail: 1 },
    stock: { a: 0, b: 1 },
    diary: ['take a', 'take b', 'give a', 'take a', 'give a'],
    ends: 'well',
  },
  'a time limit that ends the execution': {
    effect: timeout('1s', saga(take('a'), take('b'), delay('1h'))),
    stock: { a: 0, b: 0 },
    diary: ['take a', 'take b', 'give b', 'give a'],
    ends: 'EFFECT_TIMEOUT',
  },
  'a saga that a time limit stopped, although the failure is handled': {
    effect: sequence(handled(timeout('1s', saga(take('a'), delay('1h')))), take('b')),
    stock: { a: 0, b: 1 },
    ends: 'well',
  },
  'a saga that a time limit stopped and another attempt completed': {
    effect: retry(timeout('1s', saga(take('a'), call('slow', 'x')))),
    stock: { a: 1 },
    ends: 'well',
  },
  'a sequence that a time limit stopped costs nothing when that is handled': {
    effect: handled(timeout('1s', sequence(take('a'), delay('1h')))),
    stock: { a: 1 },
    ends: 'well',
  },
  'a completed saga around which something fails and is handled': {
    effect: handled(sequence(saga(take('a')), fail())),
    broken: { fail: always },
    stock: { a: 1 },
    ends: 'well',
  },
  'what cannot be undone': {
    effect: saga(take('a'), take('b'), take('c'), fail()),
    broken: { fail: always, 'give b': always },
    stock: { a: 0, b: 1, c: 0 },
    ends: 'COMPENSATION_FAILED',
  },
  'a step that is not undone is not done again in the next attempt': {
    effect: retry(saga(take('a'), take('b'), fail())),
    broken: { fail: 1, 'give b': always },
    stock: { a: 1, b: 1 },
    ends: 'well',
  },
  'a compensation that is a saga itself': {
    effect: saga(
      {
        type: 'with_compensation',
        effect: call('take', 'a'),
        compensate: saga(take('note'), call('give', 'a')),
      } as EffectDefinition,
      fail(),
    ),
    broken: { fail: always },
    stock: { a: 0, note: 1 },
    ends: 'SAGA_FAILED',
  },
  'a compensation inside what is compensated': {
    effect: saga(
      {
        type: 'with_compensation',
        effect: sequence(take('a'), take('b')),
        compensate: call('give', 'whole'),
      } as EffectDefinition,
      fail(),
    ),
    broken: { fail: always },
    stock: { a: 0, b: 0, whole: -1 },
    diary: ['take a', 'take b', 'give whole', 'give b', 'give a'],
    ends: 'SAGA_FAILED',
  },
};

describe.each(Object.entries(cases))('%s', (_, { effect, broken, stock, diary, ends }) => {
  /** Lets it run to its end, through lives that each die after so many records: the first ones, or all. */
  async function live(records: 'at once' | 'later', crashAfter: number, crashes = Number.POSITIVE_INFINITY) {
    const store = new Store(broken);
    let life = start(effect, { functions: store.functions, kinds: [ignore], records, crashAfter });
    await finish(life.host);
    let lives = 1;
    for (; life.host.dead; lives += 1) {
      life = life.restart(lives < crashes ? { records, crashAfter } : { records });
      await finish(life.host);
    }
    expect(life.host.violations).toEqual([]);
    return { store, life, lives };
  }

  async function finish(host: TestHost): Promise<void> {
    await host.rest();
    for (let turn = 0; turn < 5 && !host.dead; turn += 1) await host.finish();
  }

  test.each(['at once', 'later'] as const)('with records that are durable %s, whenever it crashes', async (records) => {
    const whole = await live(records, Number.POSITIVE_INFINITY);
    if (ends === 'well') expect(whole.life.watched.settled).toHaveProperty('output');
    else expect(whole.life.error()).toMatchObject({ code: ends });
    expect(whole.store.stock).toEqual(stock);
    if (diary !== undefined) expect(whole.store.diary).toEqual(diary);
    for (const crashes of [1, Number.POSITIVE_INFINITY]) {
      for (let crashAfter = crashes === 1 ? 0 : 1; ; crashAfter += 1) {
        const { store, life, lives } = await live(records, crashAfter, crashes);
        expect({ crashAfter, stock: store.stock }).toEqual({ crashAfter, stock });
        if (ends === 'well') expect(life.output()).toEqual(whole.life.output());
        else expect({ crashAfter, ...life.error().toJSON() }).toEqual({ crashAfter, ...whole.life.error().toJSON() });
        if (diary !== undefined) expect(store.diary).toEqual(diary);
        if (lives === 1) break;
      }
    }
  });
});

describe('the compensation', () => {
  test('sees the output as `result` and the reason as `params.error`', () => {
    const undo = { type: 'log', message: '{{ [result, params.error.message, params.given] }}' };
    const effects = [
      { type: 'with_compensation', effect: { type: 'put_data', path: 'a', value: 7 }, compensate: undo },
      fail(),
    ];
    const { functions } = new Store({ fail: always });
    const life = start({ type: 'sequence', effects }, { functions, params: { given: 1 } });
    expect(life.error().code).toBe('EFFECT_FAILED');
    expect(life.host.logs[0]!.message).toEqual([7, 'fail is broken', 1]);
  });

  test('is watched', () => {
    const { functions } = new Store({ fail: always });
    const life = start(sequence(take('a'), fail()), { functions, watched: true });
    const phases = life.host.reports
      .filter(({ path }) => path.startsWith('0'))
      .map(({ path, phase }) => `${path} ${phase}`);
    expect(phases).toEqual([
      '0 started',
      '0.0 started',
      '0.0 finished',
      '0 finished',
      '0 compensating',
      '0.1 started',
      '0.1 finished',
      '0 finished',
    ]);
  });

  test('writes what a later life sees in the same order', async () => {
    const put = (value: string) => ({ type: 'put_data', path: 'last', value });
    const step = (name: string) => ({ effect: put(name), compensate: put(`undid ${name}`) });
    const broken: EffectDefinition = {
      type: 'saga',
      steps: [step('one'), step('two'), { effect: fail() }],
    } as EffectDefinition;
    const whole = sequence(handled(broken), { type: 'get_data', path: 'last' });
    const { functions } = new Store({ fail: always });
    const life = start(whole, { functions, kinds: [ignore] });
    await life.host.finish();
    expect(life.output()).toBe('undid one');
    expect(life.restart().output()).toBe('undid one');
  });
});

test('a loser that was done when it lost is undone, although its outcome was not on record yet', async () => {
  const store = new Store();
  const effect = race([take('a'), { type: 'get_data', path: 'nothing' }]);
  const life = start(effect, { functions: store.functions, records: 'later' });
  expect(store.stock).toEqual({ a: 1 });
  await life.host.rest();
  expect(life.output()).toBe(null);
  expect(store.stock).toEqual({ a: 0 });
});

test('a step that is done is undone by a cancellation even when the process died before its debt was on record', async () => {
  const store = new Store();
  const life = start(take('a'), { functions: store.functions, crashAfter: 1 });
  expect(life.host.dead).toBe(true);
  const effect = life.registry.prepare(take('a'));
  const host = new TestHost({ known: life.host.facts });
  expect(await compensate(effect, host)).toEqual({ compensated: [''], failed: [] });
  expect(store.stock).toEqual({ a: 0 });
});

test.each([0, 1, 2, 3])(
  'a cancellation that is interrupted after %i records goes on where it was',
  async (crashAfter) => {
    const store = new Store({ 'give b': always });
    const whole = sequence(take('a'), take('b'), forEach(['c', 'd'], take('{{ params.item }}'), 2), delay('1h'));
    const life = start(whole, { functions: store.functions });
    life.host.abort('left');
    const effect = life.registry.prepare(whole);
    const first = new TestHost({ known: life.host.facts, crashAfter });
    await expect(Promise.resolve().then(() => compensate(effect, first))).rejects.toThrow();
    const settlement = await compensate(effect, first.nextLife());
    expect(settlement).toEqual({
      compensated: ['2@1.0', '2@0.0', '0'],
      failed: [{ path: '1', error: expect.objectContaining({ message: 'give b is broken' }) }],
    });
    expect(store.stock).toEqual({ a: 0, b: 1, c: 0, d: 0 });
  },
);

test('what decided that the whole execution failed stays decided when it crashes while it undoes', async () => {
  const undo = (_: unknown, { key }: { key: string }) => key;
  const limited = (duration: number) => ({ type: 'timeout', duration, effect: { type: 'delay', duration: 1_000 } });
  const owing = {
    type: 'with_compensation',
    effect: { type: 'get_data', path: 'a' },
    compensate: {
      type: 'sequence',
      effects: [
        { type: 'delay', duration: 50 },
        { type: 'call', function: 'undo' },
      ],
    },
  };
  // when it goes on, both times are up; the one that was up first has decided
  const effect = { type: 'parallel', effects: { a: limited(101), b: limited(100), c: owing } };
  const whole = start(effect, { functions: { undo } });
  await whole.host.finish();
  expect(whole.error()).toMatchObject({ code: 'EFFECT_TIMEOUT', path: 'b' });
  for (let crashAfter = 0; crashAfter < whole.host.records.length; crashAfter += 1) {
    const first = start(effect, { functions: { undo }, crashAfter });
    await first.host.finish();
    const next = first.restart({});
    await next.host.advance(2_000);
    expect(next.error(), `after ${crashAfter} records`).toMatchObject({ code: 'EFFECT_TIMEOUT', path: 'b' });
  }
});
