import type { ActionList, Duration, EffectDefinition, GuardDefinition } from '../definition/definition.ts';
import type { ProblemList } from './problems.ts';
import type { SourceStates } from './source-states.ts';

/**
 * What names of a configuration mean here. A name that is not listed stays a reference: to a guard or an action to
 * register, or to a function that the effect `call` calls.
 */
export interface XStateMeanings {
  readonly guards?: { readonly [name: string]: GuardDefinition };
  readonly actions?: { readonly [name: string]: ActionList };
  /** Milliseconds, a duration such as `"30s"`, or an expression. */
  readonly delays?: { readonly [name: string]: Duration };
  readonly effects?: { readonly [src: string]: EffectDefinition };
}

/** What all parts of one import share. */
export interface ImportScope {
  readonly states: SourceStates;
  readonly problems: ProblemList;
  readonly meanings: Required<XStateMeanings>;
  /** Whether transitions follow XState v4, where one to the state itself or into it leaves and enters it again. */
  readonly isVersion4: boolean;
  /** Ids of invocations here, by XState's. */
  readonly invocationIds: ReadonlyMap<string, string>;
  /** Whether some state invokes something, whose failure every `*` takes there. */
  readonly hasInvocations: boolean;
  /** Of `@expr` without a language of its own. */
  readonly expressionLanguage: string | undefined;
  /** A nested machine as a configuration of its own. */
  importNested(config: Readonly<Record<string, unknown>>): unknown;
}

export function own<T>(table: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
