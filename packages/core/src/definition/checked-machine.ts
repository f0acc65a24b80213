import type { MachineDefinition, StateDefinition } from './definition.ts';

/**
 * What only the whole of a machine shows to be wrong: a key, an `initial`, a target, an event or a context key that does
 * not exist. The type has the states of the machine, and in each a `Mistake` where something is wrong; where nothing is,
 * it says nothing. It does not go deeper than the keys of a state: a type that repeats every transition is several times
 * more work for the compiler, above all where there are lists.
 */
export type CheckedMachine<Machine> = CheckedState<Machine, Machine, unknown, keyof MachineDefinition>;

/** Shown by the compiler in place of a type: a sentence says more than `never`. */
interface Mistake<Sentence extends string> {
  readonly mistake: Sentence;
}

type Verdict<Problem extends string> = [Problem] extends [never] ? unknown : Mistake<Problem>;

type CheckedState<State, Machine, Siblings, Keys extends PropertyKey = keyof StateDefinition> = {
  readonly [Key in keyof State]: Key extends 'states'
    ? { readonly [Child in keyof State[Key]]: CheckedState<State[Key][Child], Machine, State[Key]> }
    : Key extends 'on'
      ? {
          readonly [Type in keyof State[Key]]: Verdict<
            EventProblem<Type, Machine> | TransitionProblem<State[Key][Type], State, Machine, Siblings>
          >;
        }
      : Key extends 'after'
        ? {
            readonly [Delay in keyof State[Key]]: Verdict<
              TransitionProblem<State[Key][Delay], State, Machine, Siblings>
            >;
          }
        : Key extends 'always' | 'onDone' | 'onError'
          ? Verdict<TransitionProblem<State[Key], State, Machine, Siblings>>
          : Key extends 'initial'
            ? Verdict<InitialProblem<State[Key], State, Machine>>
            : Key extends 'entry' | 'exit'
              ? Verdict<ActionProblem<State[Key], Machine>>
              : Key extends 'target'
                ? Verdict<TargetProblem<State[Key], State, Machine, Siblings>>
                : Key extends 'invoke'
                  ? Verdict<InvocationProblem<State[Key], State, Machine, Siblings>>
                  : Key extends Keys
                    ? unknown
                    : Mistake<`\`${Key & string}\` is not a key of a ${Keys extends keyof StateDefinition ? 'state' : 'machine'}`>;
};

/** Components bring states and events that are not written here. */
interface WithComponents {
  readonly components: unknown;
}

type EventProblem<Type, Machine> = Machine extends WithComponents
  ? never
  : Machine extends { readonly events: infer Events }
    ? Type extends keyof Events | '*' | `${string}.*` | `done.${string}` | `error.${string}` | `fsm.${string}`
      ? never
      : `\`${Type & string}\` is not one of the events of this machine`
    : never;

type InvocationProblem<Value, State, Machine, Siblings> = Value extends readonly (infer Invocation)[]
  ? InvocationProblem<Invocation, State, Machine, Siblings>
  :
      | (Value extends { readonly onDone: infer Done } ? TransitionProblem<Done, State, Machine, Siblings> : never)
      | (Value extends { readonly onError: infer Failed }
          ? TransitionProblem<Failed, State, Machine, Siblings>
          : never);

/** Distributes over the transitions of a list. */
type TransitionProblem<Value, State, Machine, Siblings> = Value extends string
  ? TargetProblem<Value, State, Machine, Siblings>
  : Value extends readonly (infer Transition)[]
    ? TransitionProblem<Transition, State, Machine, Siblings>
    :
        | (Value extends { readonly target: infer Target } ? TargetProblem<Target, State, Machine, Siblings> : never)
        | (Value extends { readonly actions: infer Actions } ? ActionProblem<Actions, Machine> : never);

type TargetProblem<Value, State, Machine, Siblings> = Value extends keyof Siblings
  ? never
  : Value extends readonly (infer Target)[]
    ? TargetProblem<Target, State, Machine, Siblings>
    : Machine extends WithComponents
      ? never
      : Value extends `#${infer Reference}`
        ? ReferenceProblem<Machine, Reference, Value>
        : Value extends `.${infer Path}`
          ? PathProblem<ChildrenOf<State>, Path, Value>
          : Value extends string
            ? PathProblem<Siblings, Value, Value>
            : never;

/** Whether a dotted path leads from a state's children to a state. A text that is not known in advance may. */
type PathProblem<Children, Path extends string, Asked extends string> = string extends Asked
  ? never
  : Path extends keyof Children
    ? never
    : Path extends `${infer Key}.${infer Rest}`
      ? Key extends keyof Children
        ? PathProblem<ChildrenOf<Children[Key]>, Rest, Asked>
        : `There is no state \`${Asked}\``
      : `There is no state \`${Asked}\``;

type ChildrenOf<State> = State extends { readonly states: infer Children } ? Children : unknown;

/** A reference is the id of the machine or of a state, alone or with a path behind it. */
type ReferenceProblem<Machine, Reference extends string, Asked extends string> = string extends Reference
  ? never
  : Machine extends { readonly id: infer Id extends string }
    ? Reference extends Id
      ? never
      : Reference extends `${Id}.${infer Path}`
        ? PathProblem<ChildrenOf<Machine>, Path, Asked>
        : Reference extends IdOf<StatesWithId<Machine>>
          ? never
          : true extends HasPath<StatesWithId<Machine>, Reference>
            ? never
            : `There is no state \`${Asked}\``
    : never;

/** `[id, state]` of every state that has an id of its own. */
type StatesWithId<State> = State extends { readonly states: infer Children }
  ? {
      [Key in keyof Children]:
        | (Children[Key] extends { readonly id: infer Id } ? readonly [Id, Children[Key]] : never)
        | StatesWithId<Children[Key]>;
    }[keyof Children]
  : never;

type IdOf<Known> = Known extends readonly [infer Id, unknown] ? Id : never;

type HasPath<Known, Reference extends string> = Known extends readonly [infer Id extends string, infer State]
  ? Reference extends `${Id}.${infer Path}`
    ? [PathProblem<ChildrenOf<State>, Path, Reference>] extends [never]
      ? true
      : false
    : false
  : false;

type InitialProblem<Value, State, Machine> = Value extends string
  ? Value extends `#${infer Reference}`
    ? ReferenceProblem<Machine, Reference, Value>
    : string extends Value
      ? never
      : Value extends keyof ChildrenOf<State>
        ? never
        : `There is no child \`${Value}\``
  : Value extends readonly (infer Target)[]
    ? InitialProblem<Target, State, Machine>
    :
        | (Value extends { readonly target: infer Target } ? InitialProblem<Target, State, Machine> : never)
        | (Value extends { readonly actions: infer Actions } ? ActionProblem<Actions, Machine> : never);

/** Looks at the keys of `assign`; a machine that declares no context may have any. */
type ActionProblem<Value, Machine> = Machine extends { readonly context: infer Context }
  ? AssignProblem<Value, keyof Context & string>
  : never;

type AssignProblem<Value, Keys extends string> = Value extends readonly (infer Action)[]
  ? AssignProblem<Action, Keys>
  : Value extends { readonly assign: infer Assigned }
    ? `\`${Exclude<keyof Assigned & string, Keys | `${Keys}.${string}` | `${Keys}[${string}`>}\` is not in the context`
    : never;
