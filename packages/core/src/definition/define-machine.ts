import type { MachineDefinition, StateDefinition } from './definition.ts';

/**
 * A machine written in TypeScript: returns the definition as it is, and lets the compiler know its states, events and
 * context. Unknown keys and an `initial` that is no child do not compile; everything else is what `validate` checks.
 *
 * ```ts
 * const door = defineMachine({
 *   id: 'door',
 *   context: { opened: 0 },
 *   initial: 'closed',
 *   states: {
 *     closed: { on: { OPEN: { target: 'open', actions: { assign: { opened: '{{ context.opened + 1 }}' } } } } },
 *     open: { on: { CLOSE: { target: 'closed', guard: ({ context }) => context.opened < 100 } } },
 *   },
 * });
 * type State = StatePath<typeof door>;  // 'closed' | 'open'
 * type Event = EventType<typeof door>;  // 'OPEN' | 'CLOSE'
 * type Context = ContextOf<typeof door>; // { opened: number }
 * ```
 */
export function defineMachine<const Definition extends MachineDefinition>(
  definition: Definition & CheckedState<Definition>,
): Definition {
  return definition;
}

/** The paths of all states but the root: `'review' | 'review.manual'`. */
export type StatePath<State> = State extends { readonly states: infer Children }
  ? { [Key in keyof Children & string]: Key | `${Key}.${StatePath<Children[Key]>}` }[keyof Children & string]
  : never;

/** The types of the events that can be sent to the machine: those it declares, and those its states name in `on`. */
export type EventType<Machine> = Exclude<
  DeclaredEvent<Machine> | Descriptor<Machine>,
  '*' | `${string}.*` | `done.${string}` | `error.${string}` | `fsm.${string}`
>;

type DeclaredEvent<Machine> = Machine extends { readonly events: infer Events } ? keyof Events & string : never;

type Descriptor<State> =
  | (State extends { readonly on: infer Transitions } ? keyof Transitions & string : never)
  | (State extends { readonly states: infer Children }
      ? { [Key in keyof Children]: Descriptor<Children[Key]> }[keyof Children]
      : never);

/** The type of the context, from the values it starts with. A value that starts as `null` may become anything. */
export type ContextOf<Machine> = Machine extends { readonly context: infer Context } ? Widened<Context> : unknown;

type Widened<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends boolean
      ? boolean
      : Value extends null
        ? unknown
        : Value extends readonly (infer Item)[]
          ? Widened<Item>[]
          : { [Key in keyof Value]: Widened<Value[Key]> };

/** Shown by the compiler in place of a type: a sentence says more than `never`. */
interface Mistake<Sentence extends string> {
  readonly mistake: Sentence;
}

/** The same state, with a `Mistake` where a key or `initial` is wrong. */
type CheckedState<State, Keys extends PropertyKey = keyof MachineDefinition> = {
  readonly [Key in keyof State]: Key extends 'states'
    ? { readonly [Child in keyof State[Key]]: CheckedState<State[Key][Child], keyof StateDefinition> }
    : Key extends 'initial'
      ? CheckedInitial<State[Key], State>
      : Key extends Keys
        ? State[Key]
        : Mistake<`\`${Key & string}\` is not a key of a ${Keys extends keyof StateDefinition ? 'state' : 'machine'}`>;
};

type CheckedInitial<Initial, State> = Initial extends string
  ? State extends { readonly states: infer Children }
    ? Initial extends keyof Children
      ? Initial
      : Mistake<`There is no child \`${Initial}\``>
    : Initial
  : Initial;
