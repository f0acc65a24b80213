import { z } from 'zod';
import type { EffectDefinition, StateDefinition, TransitionDefinition } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { ComponentHost, Fragment } from './component.ts';

/** What components share that make several states out of one: their parameters, and how their states become children. */

/** An effect of the author's: any object with a `type`. What it means is checked where it stands in the end. */
export const effectParameter = z.looseObject({ type: z.string().min(1) });

export type EffectParameter = z.output<typeof effectParameter>;

export function effectOf(effect: EffectParameter): EffectDefinition {
  return effect as unknown as EffectDefinition;
}

/** A key of the machine's context under which a component keeps what it knows. */
export function keepParameter(name: string) {
  return z
    .string()
    .regex(/^[A-Za-z_$][\w$]*$/, 'expected a name that expressions can use: letters, digits, `_`')
    .default(name);
}

/** The states of a component as the children of the state it is used in, which must have none of its own. */
export function insideOf(
  host: ComponentHost,
  initial: string,
  states: { readonly [key: string]: StateDefinition },
): Pick<Fragment, 'initial' | 'states'> {
  if (host.kind === 'atomic') return { initial, states };
  refuse(
    'The state it is used in has children of its own.',
    'Use it `at` a state without children; a region of a parallel state is one.',
  );
}

/** An assignment that changes some keys of an object in the context and keeps the others. */
export function changing(key: string, changes: { readonly [member: string]: string }): { readonly assign: object } {
  const members = Object.entries(changes).map(([member, expression]) => `${member}: ${expression}`);
  return { assign: { [key]: `{{ ({ ...context.${key}, ${members.join(', ')} }) }}` } };
}

/** A transition to a state, with actions on the way. */
export function going(target: string, ...actions: readonly object[]): TransitionDefinition {
  return { target, ...(actions.length > 0 && { actions: actions as TransitionDefinition['actions'] & object }) };
}

export function refuse(message: string, hint: string): never {
  throw new FsmError('INVALID_PARAMETERS', message, { hint });
}
