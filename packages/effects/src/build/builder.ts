import type { EffectDefinition } from '@fsm/core';
import type { z } from 'zod';
import type { EffectKind } from '../effect.ts';

/** The parameters of a kind as a definition has them: those with a default may be left out. */
export type EffectInput<Kind extends EffectKind> = z.input<Kind['parameters']>;

/** Names of parameters that stand in front, in this order; the others follow in one object. */
export type Positions<Input> = readonly (keyof Input & string)[];

interface Described {
  /** What the effect is for, in a sentence. */
  readonly description?: string;
}

type Others<Input, First extends Positions<Input>> = Omit<Input, First[number]> & Described;

/** The arguments of a builder. The object at the end may be left out when nothing in it is needed. */
export type BuilderArguments<Input, First extends Positions<Input>> = [
  ...positional: { [Index in keyof First]: Input[First[Index]] },
  ...others: object extends Others<Input, First> ? [others?: Others<Input, First>] : [others: Others<Input, First>],
];

/** Makes definitions of one kind of effect: plain JSON. */
export type Builder<Kind extends EffectKind, First extends Positions<EffectInput<Kind>> = readonly []> = (
  ...given: BuilderArguments<EffectInput<Kind>, First>
) => EffectDefinition;

/**
 * A builder for a kind: what is missing or wrong in its parameters does not compile.
 *
 * ```ts
 * const shoutBuilder = builderOf(shout);
 * shoutBuilder({ text: 'hello' }); // { type: 'shout', text: 'hello' }
 *
 * const shoutAt = builderOf(shout, 'text');
 * shoutAt('hello', { times: 3 }); // { type: 'shout', text: 'hello', times: 3 }
 * ```
 */
export function builderOf<Kind extends EffectKind, const First extends Positions<EffectInput<Kind>> = readonly []>(
  kind: Kind,
  ...positions: First
): Builder<Kind, First> {
  return (...given: readonly unknown[]) => {
    const positional = positions.map((name, index) => [name, given[index]] as const);
    const others = Object.entries((given[positions.length] ?? {}) as object);
    const parameters = [...positional, ...others].filter(([, value]) => value !== undefined);
    return { type: kind.name, ...Object.fromEntries(parameters) } as EffectDefinition;
  };
}
