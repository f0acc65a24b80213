import type { Json, JsonObject } from '../json.ts';
import type {
  ActionDefinition,
  EventDefinition,
  GuardDefinition,
  Implementation,
  InvokeDefinition,
  MachineDefinition,
  MachineEvent,
  StateDefinition,
  TransitionDefinition,
} from './definition.ts';
import type { SchemaType } from './schema-type.ts';

/**
 * The machine format as `defineMachine` has it: the same as `MachineDefinition`, but functions know the context of the
 * machine and the event of the transition they stand at.
 */
export interface TypedMachine<Context, Events>
  extends Omit<MachineDefinition, keyof StateDefinition | 'context' | 'events'>,
    TypedState<Context, Events> {
  readonly id: string;
  readonly context?: Context;
  readonly events?: Events;
}

export interface EventDefinitions {
  readonly [type: string]: EventDefinition;
}

type TransitionKey = 'on' | 'always' | 'after' | 'onDone' | 'onError';

export interface TypedState<Context, Events>
  extends Omit<StateDefinition, TransitionKey | 'states' | 'initial' | 'entry' | 'exit' | 'invoke' | 'output'> {
  readonly initial?: string | TypedTransition<Context, MachineEvent>;
  readonly states?: { readonly [key: string]: TypedState<Context, Events> };
  readonly on?: TypedEvents<Context, Events>;
  readonly always?: TypedTransitions<Context, MachineEvent>;
  readonly after?: { readonly [duration: string]: TypedTransitions<Context, MachineEvent> };
  readonly entry?: TypedActions<Context, MachineEvent>;
  readonly exit?: TypedActions<Context, MachineEvent>;
  readonly invoke?: TypedInvoke<Context> | readonly TypedInvoke<Context>[];
  readonly onDone?: TypedTransitions<Context, DoneEvent>;
  readonly onError?: TypedTransitions<Context, ErrorEvent>;
  readonly output?: Json | TypedFunction<Context, MachineEvent, unknown>;
}

interface TypedInvoke<Context> extends Omit<InvokeDefinition, 'onDone' | 'onError'> {
  readonly onDone?: TypedTransitions<Context, DoneEvent>;
  readonly onError?: TypedTransitions<Context, ErrorEvent>;
}

/** Where a machine declares no events, any may come; where it does, wildcards see one of those or one of the engine. */
type TypedEvents<Context, Events> = string extends keyof Events
  ? { readonly [descriptor: string]: TypedTransitions<Context, MachineEvent> }
  : {
      readonly [Type in keyof Events & string]?: TypedTransitions<Context, DeclaredEvent<Type, Events[Type]>>;
    } & {
      readonly [descriptor in '*' | `${string}.*` | EngineEventType]?: TypedTransitions<Context, MachineEvent>;
    };

type EngineEventType = `done.${string}` | `error.${string}` | `fsm.${string}`;

type TypedTransitions<Context, Event> =
  | string
  | TypedTransition<Context, Event>
  | readonly (string | TypedTransition<Context, Event>)[];

interface TypedTransition<Context, Event> extends Omit<TransitionDefinition, 'guard' | 'actions'> {
  readonly guard?: TypedGuard<Context, Event>;
  readonly actions?: TypedActions<Context, Event>;
}

type TypedGuard<Context, Event> =
  | PlainGuard
  | { readonly and: readonly TypedGuard<Context, Event>[] }
  | { readonly or: readonly TypedGuard<Context, Event>[] }
  | { readonly not: TypedGuard<Context, Event> }
  | TypedFunction<Context, Event, boolean>;

type PlainGuard = Exclude<
  GuardDefinition,
  Implementation | { readonly and: unknown } | { readonly or: unknown } | { readonly not: unknown }
>;

type TypedActions<Context, Event> = TypedAction<Context, Event> | readonly TypedAction<Context, Event>[];

type TypedAction<Context, Event> =
  | PlainAction
  | { readonly assign: { readonly [path: string]: Json } | TypedFunction<Context, Event, Patch<Context>> }
  | TypedFunction<Context, Event, Patch<Context> | undefined>;

type PlainAction = Exclude<ActionDefinition, Implementation | { readonly assign: unknown }>;

/** Some of the keys of the context, with new values. */
type Patch<Context> = Context extends object ? { readonly [Key in keyof Context]?: Context[Key] } : JsonObject;

export type TypedFunction<Context, Event, Result> = (scope: {
  readonly context: Context;
  readonly event: Event;
  readonly params: Json | undefined;
}) => Result;

/** An effect, or all final states of a compound state, came to the end. */
interface DoneEvent extends MachineEvent {
  readonly output?: Json;
}

interface ErrorEvent extends MachineEvent {
  readonly error?: Json;
}

/** An event that the machine declares, as it arrives. */
export type DeclaredEvent<Type extends string, Definition> = Definition extends { readonly data: infer Schema }
  ? undefined extends DataOf<Schema>
    ? { readonly type: Type; readonly data?: SchemaType<Schema> }
    : { readonly type: Type; readonly data: SchemaType<Schema> }
  : { readonly type: Type; readonly data?: Json };

/** With `undefined`, when an event may come without data: an object none of whose keys is required. */
type DataOf<Schema> = Schema extends { readonly type: 'object' }
  ? Schema extends { readonly required: readonly [unknown, ...unknown[]] }
    ? SchemaType<Schema>
    : undefined
  : SchemaType<Schema>;
