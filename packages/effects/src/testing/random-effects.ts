// biome-ignore-all lint/suspicious/noThenProperty: `then` is a parameter of `choose`, and never a function
import type { EffectDefinition, Json } from '@fsm/core';
import * as fc from 'fast-check';
import { z } from 'zod';
import { defineEffect, leaf } from '../effect.ts';
import { builtInKinds } from '../kinds.ts';
import { createRegistry, type Registry } from '../registry.ts';
import type { TestHost } from './test-host.ts';

/**
 * Whether a probe fails: never, always, or only in the first attempt of the retry around it. One that `hangs` never ends
 * by itself; a `deaf` one works on when nobody wants its result any more.
 */
export type Fate = 'never' | 'always' | 'first' | 'hangs' | 'deaf';

/**
 * The outside world of random effects: it knows what was performed and when, and keeps its word across lives of an
 * execution. A probe that takes time ends at the time its first performance fixed, as a remote job does that is asked
 * for twice with one key.
 */
export class World {
  /** Names of the probes performed, in order. */
  readonly performed: string[] = [];
  readonly violations: string[] = [];
  /** Signals handed to probes that did not end. */
  readonly open = new Set<AbortSignal>();
  readonly registry: Registry;
  host: TestHost | undefined;
  readonly #ends = new Map<string, number>();

  constructor() {
    const world = this;
    const probe = defineEffect({
      name: 'probe',
      summary: 'Says what it sees, now or later, or fails.',
      category: 'test',
      icon: 'flask',
      output: 'Its name, and the context it saw.',
      repeat: 'idempotent',
      parameters: z.strictObject({
        name: z.string(),
        takes: z.number().optional(),
        fate: z.enum(['never', 'always', 'first', 'hangs', 'deaf']),
        sees: z.any().optional(),
      }),
      prepare({ name, takes, fate, sees }, compile) {
        const view = compile.template((sees ?? null) as Json, 'sees');
        const answer = (attempt: number, seen: Json): Json => {
          if (fate === 'always' || (fate === 'first' && attempt === 1)) throw new Error(`${name} fails`);
          return sees === undefined ? name : { name, seen };
        };
        return leaf((step) => {
          world.#begin(name, step.path);
          const seen = view(step);
          const { signal } = step;
          if (fate === 'hangs') {
            world.open.add(signal);
            return new Promise(() => {});
          }
          if (takes === undefined) return answer(step.attempt, seen);
          const due = world.#ends.get(step.path) ?? step.now() + takes;
          world.#ends.set(step.path, due);
          if (fate === 'deaf') {
            return new Promise<void>((resolve) => void world.host?.wakeAt(due, resolve)).then(() => answer(1, seen));
          }
          world.open.add(signal);
          return Promise.resolve(step.sleepUntil(due)).then(() => {
            world.open.delete(signal);
            return answer(step.attempt, seen);
          });
        });
      },
    });
    this.registry = createRegistry({ kinds: [probe] });
  }

  #begin(name: string, path: string): void {
    this.performed.push(name);
    const { host } = this;
    const known = host?.facts.get(path);
    if (known?.output !== undefined || known?.error !== undefined) this.violations.push(`${path} was performed again`);
    if (host?.dead) this.violations.push(`${path} was performed after the crash`);
    if (host?.signal.aborted) this.violations.push(`${path} was performed after the abort`);
  }
}

export interface RandomEffectOptions {
  readonly fates?: readonly Fate[];
  /** Kinds to leave out. */
  readonly without?: readonly string[];
  /** Whether probes tell what they see of the context. */
  readonly sees?: boolean;
  readonly depth?: number;
  /** Whether the waits of retries are left to chance, which depends on where in the tree they stand. */
  readonly jitter?: boolean;
  /** The longest wait; when it is short, more things come in between others, and more trees have two ends at one time. */
  readonly longest?: number;
}

const leaves = ['probe', 'put_data', 'update_data', 'get_data', 'delay', 'log'];

/** Everything that owes or pays compensations. */
export const compensating: readonly string[] = ['with_compensation', 'saga'];
/** Kinds that only let through here what they guard. */
export const guarding: readonly string[] = ['bulkhead', 'circuit_breaker', 'rate_limit'];

const registered = new Set(builtInKinds.map(({ name }) => name));

/** Random effect trees, with waits long enough that two hardly ever end at the same time (see `TestHost.tied`). */
export function randomEffect(options: RandomEffectOptions = {}): fc.Arbitrary<EffectDefinition> {
  const {
    fates = ['never', 'never', 'always', 'first'],
    without = [],
    sees = true,
    depth = 4,
    jitter = true,
    longest = 10_000_000,
  } = options;
  const wait = fc.integer({ min: 1, max: longest });
  const view = sees ? { sees: fc.constant('{{ context }}') } : {};
  const { tree } = fc.letrec<{ tree: EffectDefinition }>((tie) => {
    const inner = tie('tree');
    const some = fc.array(inner, { maxLength: 4 });
    const probe = fc.record({
      type: fc.constant('probe'),
      name: fc.constant('probe'),
      fate: fc.constantFrom<Fate>('never', 'never', 'never', ...fates.filter((fate) => fate === 'always')),
      takes: optional(wait),
    });
    const undo = fc.oneof(
      { arbitrary: probe, weight: 4 },
      fc.record({ type: fc.constant('sequence'), effects: fc.array(probe, { minLength: 1, maxLength: 3 }) }),
    );
    const kinds: Record<string, fc.Arbitrary<object>> = {
      probe: fc.record({ name: fc.constant('probe'), fate: fc.constantFrom(...fates), takes: optional(wait), ...view }),
      put_data: fc.record({ path: fc.constantFrom('a', 'b', 'c.d'), value: fc.constantFrom(1, 2, '{{ result }}') }),
      delay: fc.record({ duration: wait }),
      log: fc.constant({ message: '{{ results.length }} {{ context.a }}' }),
      sequence: fc.record({ effects: some }),
      parallel: fc.record({
        effects: fc.oneof(some, fc.dictionary(fc.constantFrom('x', 'y', 'z'), inner, { noNullPrototype: true })),
        concurrency: optional(fc.integer({ min: 1, max: 2 })),
      }),
      race: fc.record({
        effects: fc.array(inner, { minLength: 1, maxLength: 3 }),
        first: fc.constantFrom('outcome', 'success'),
      }),
      choose: fc.record({
        branches: fc.tuple(
          fc.record({ when: fc.constantFrom('context.a == 1', 'result == null', 'false'), then: inner }),
        ),
        otherwise: optional(inner),
      }),
      retry: fc.record({
        attempts: fc.integer({ min: 1, max: 3 }),
        delay: fc.oneof(wait, fc.constant(0)),
        maxDelay: fc.constant('24h'),
        jitter: fc.constant(jitter ? 0.5 : 0),
        effect: inner,
      }),
      timeout: fc.record({ duration: wait, effect: inner }),
      get_data: fc.record({ path: fc.constantFrom('a', 'b', 'c.d') }),
      update_data: fc.record({
        path: fc.constantFrom('a', 'b', 'c.d'),
        expression: fc.constantFrom('params.value == null ? 1 : 2', 'result == null ? 3 : 1'),
      }),
      for_each: fc.record({
        items: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
        concurrency: fc.integer({ min: 1, max: 3 }),
        effect: inner,
      }),
      fallback: fc.record({ effect: inner, fallback: inner }),
      with_compensation: fc.record({ effect: inner, compensate: undo }),
      saga: fc.record({
        steps: fc.array(fc.record({ effect: inner, compensate: optional(undo) }).map(withoutUndefined), {
          minLength: 1,
          maxLength: 3,
        }),
      }),
      bulkhead: fc.record({ name: fc.constant('slots'), slots: fc.constant(1_000), effect: inner }),
      circuit_breaker: fc.record({ name: fc.constant('circuit'), failures: fc.constant(1_000), effect: inner }),
      rate_limit: fc.record({ name: fc.constant('rate'), limit: fc.constant(1_000_000), effect: inner }),
    };
    const chosen = Object.entries(kinds)
      .filter(([kind]) => !without.includes(kind) && (kind === 'probe' || registered.has(kind)))
      .map(([type, parameters]) => ({
        arbitrary: parameters.map((rest) => withoutUndefined({ type, ...rest })),
        weight: leaves.includes(type) || guarding.includes(type) ? 1 : 3,
      }));
    return { tree: fc.oneof({ maxDepth: depth, depthSize: 'max', depthIdentifier: 'effects' }, ...chosen) };
  });
  return tree.map((effect) => withNames(effect, 'p'));
}

/** The tree with a name of its own for each probe. */
export function withNames(effect: EffectDefinition, prefix: string): EffectDefinition {
  let count = 0;
  return JSON.parse(JSON.stringify(effect), (key, value) => {
    if (key !== 'name') return value;
    count += 1;
    return `${prefix}${count}`;
  });
}

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined });
}

function withoutUndefined(effect: object): EffectDefinition {
  return Object.fromEntries(
    Object.entries(effect).filter(([, value]) => value !== undefined),
  ) as unknown as EffectDefinition;
}
