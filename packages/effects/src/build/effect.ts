import type { EffectDefinition } from '@fsm/core';
import type { EffectKind } from '../effect.ts';
import { kinds } from '../kinds.ts';
import { type Builder, builderOf, type EffectInput } from './builder.ts';

type Kinds = typeof kinds;

/** Parameters that stand in front; a kind that is not listed takes one object with all of them. */
const positions = {
  call: ['function'],
  callApi: ['url'],
  delay: ['duration'],
  log: ['message'],
  putData: ['path', 'value'],
  mergeData: ['data'],
  getData: ['path'],
  updateData: ['path', 'expression'],
  emit: ['event'],
  sendEvent: ['to', 'event'],
  spawnFsm: ['machine'],
  invokeFsm: ['machine'],
  requestApproval: ['title'],
  parallel: ['effects'],
  race: ['effects'],
  choose: ['branches'],
  forEach: ['items', 'effect'],
  retry: ['effect'],
  timeout: ['effect', 'duration'],
  fallback: ['effect', 'fallback'],
  circuitBreaker: ['name', 'effect'],
  bulkhead: ['name', 'effect'],
  rateLimit: ['name', 'effect'],
  cache: ['effect'],
  invalidateCache: ['tags'],
  batch: ['function', 'input'],
  withCompensation: ['effect', 'compensate'],
  saga: ['steps'],
} as const satisfies { readonly [Name in keyof Kinds]?: readonly (keyof EffectInput<Kinds[Name]>)[] };

type PositionsOf<Name extends keyof Kinds> = Name extends keyof typeof positions
  ? (typeof positions)[Name] extends readonly (keyof EffectInput<Kinds[Name]> & string)[]
    ? (typeof positions)[Name]
    : readonly []
  : readonly [];

type Builders = { readonly [Name in keyof Kinds]: Builder<Kinds[Name], PositionsOf<Name>> };

/** Builders of the built-in kinds. */
export type EffectBuilders = Omit<Builders, 'sequence'> & {
  /** One after the other. */
  readonly sequence: (...effects: readonly EffectDefinition[]) => EffectDefinition;
};

/**
 * Effects as TypeScript: each function makes the definition that stands in a machine, as plain JSON. Parameters that
 * are missing, wrong or unknown do not compile.
 *
 * ```ts
 * effect.saga([
 *   { effect: effect.call('reserve'), compensate: effect.call('release') },
 *   { effect: effect.retry(effect.call('charge', { params: { sum: '{{ context.sum }}' } }), { attempts: 3 }) },
 * ]);
 * // { type: 'saga', steps: [{ effect: { type: 'call', function: 'reserve' }, compensate: … }, …] }
 * ```
 *
 * Kinds of your own get a builder from `builderOf`.
 */
export const effect: EffectBuilders = Object.freeze({
  ...(Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, build(name, kind)]),
  ) as unknown as Builders),
  sequence: (...effects: readonly EffectDefinition[]) => ({ type: 'sequence', effects }),
});

function build(name: string, kind: EffectKind): unknown {
  const first: readonly string[] = name in positions ? positions[name as keyof typeof positions] : [];
  return builderOf<EffectKind, readonly string[]>(kind, ...first);
}
