import type { Json, JsonObject } from '../json.ts';
import type { MachineEvent } from './definition.ts';
import type { DeclaredEvent } from './typed-machine.ts';

declare const defined: unique symbol;

/** What `defineMachine` returns: a definition whose types say all there is to know. Exists only for the compiler. */
export interface Defined {
  readonly [defined]: true;
}

/** The paths of all states but the root: `'review' | 'review.manual'`. */
export type StatePath<State> = State extends { readonly states: infer Children }
  ? { [Key in keyof Children & string]: Key | `${Key}.${StatePath<Children[Key]>}` }[keyof Children & string]
  : never;

/** The types of the events that can be sent to the machine: those it declares, and those its states name in `on`. */
export type EventType<Machine> = Exclude<
  DeclaredType<Machine> | Descriptor<Machine>,
  '*' | `${string}.*` | `done.${string}` | `error.${string}` | `fsm.${string}`
>;

/**
 * The events that can be sent to the machine, with their data where the machine says what it is:
 * `{ type: 'SUBMIT', data: { amount: number } } | { type: 'CANCEL', data?: Json }`.
 */
export type EventOf<Machine> = Machine extends { readonly events: infer Events }
  ? { [Type in keyof Events & string]: DeclaredEvent<Type, Events[Type]> }[keyof Events & string]
  : { [Type in EventType<Machine>]: { readonly type: Type; readonly data?: Json } }[EventType<Machine>];

/** The events a compiled machine takes: of one from `defineMachine` those it knows, of another one any. */
export type SentEvent<Machine> = Machine extends Defined ? EventOf<Machine> : MachineEvent;

type DeclaredType<Machine> = Machine extends { readonly events: infer Events } ? keyof Events & string : never;

type Descriptor<State> =
  | (State extends { readonly on: infer Transitions } ? keyof Transitions & string : never)
  | (State extends { readonly states: infer Children }
      ? { [Key in keyof Children]: Descriptor<Children[Key]> }[keyof Children]
      : never);

/** The type of the context, from the values it starts with. A value that starts as `null` may become anything. */
export type ContextOf<Machine> = Machine extends { readonly context: infer Context } ? Widened<Context> : unknown;

/** The context that functions of a machine get; a machine that declares none may have any. */
export type ScopeContext<Context> = JsonObject extends Context ? JsonObject : Widened<Context>;

export type Widened<Value> = Value extends string
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
