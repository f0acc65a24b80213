import type { Json, JsonObject } from '../json.ts';

/**
 * The machine format (DESIGN §4): what people and agents write, before it is checked and compiled.
 * Keys are XState v5's; functions are names or expressions. A TypeScript machine may put a function
 * wherever {@link Implemented} allows it.
 */
export interface MachineDefinition extends StateDefinition {
  /** For editors; means nothing to the machine. */
  readonly $schema?: string;
  readonly id: string;
  readonly version?: string;
  readonly context?: JsonObject;
  /** The events the machine understands; when present, unknown event types are refused by validation. */
  readonly events?: { readonly [type: string]: EventDefinition };
}

export interface EventDefinition {
  readonly description?: string;
  /** JSON Schema of `event.data`. */
  readonly data?: JsonObject;
}

export interface StateDefinition {
  readonly id?: string;
  readonly type?: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly initial?: string | TransitionDefinition;
  readonly states?: { readonly [key: string]: StateDefinition };
  readonly on?: { readonly [descriptor: string]: TransitionList };
  readonly always?: TransitionList;
  readonly after?: { readonly [duration: string]: TransitionList };
  readonly entry?: ActionList;
  readonly exit?: ActionList;
  readonly invoke?: InvokeDefinition | readonly InvokeDefinition[];
  /** Shorthand for one `invoke`, in a state without children. */
  readonly effect?: EffectDefinition;
  readonly onDone?: TransitionList;
  readonly onError?: TransitionList;
  readonly history?: 'shallow' | 'deep';
  /** Default of a history state. */
  readonly target?: string | readonly string[];
  readonly tags?: string | readonly string[];
  readonly meta?: JsonObject;
  readonly description?: string;
  /** Template; the output of a final state or, on the root, of the machine. */
  readonly output?: Json | Implementation;
}

export type TransitionList = string | TransitionDefinition | readonly (string | TransitionDefinition)[];

export interface TransitionDefinition {
  readonly target?: string | readonly string[];
  readonly guard?: GuardDefinition;
  readonly actions?: ActionList;
  readonly reenter?: boolean;
  readonly before?: EffectDefinition;
  readonly description?: string;
  readonly meta?: JsonObject;
}

/** An expression, or the name of a registered guard (a bare identifier, also with `params`), or a combination. */
export type GuardDefinition =
  | string
  | { readonly type: string; readonly params?: Json }
  | { readonly and: readonly GuardDefinition[] }
  | { readonly or: readonly GuardDefinition[] }
  | { readonly not: GuardDefinition }
  | { readonly in: string }
  | Implementation;

export type ActionList = ActionDefinition | readonly ActionDefinition[];

export type ActionDefinition =
  | string
  | { readonly type: string; readonly params?: Json }
  | { readonly assign: { readonly [path: string]: Json } | Implementation }
  | { readonly raise: EventTemplate; readonly delay?: Duration; readonly id?: string }
  | { readonly send: EventTemplate; readonly to: string; readonly delay?: Duration; readonly id?: string }
  | { readonly cancel: string }
  | { readonly log: Json; readonly level?: 'debug' | 'info' | 'warn' | 'error' }
  | { readonly emit: EventTemplate }
  | Implementation;

/** An event type, or a type with templated data. */
export type EventTemplate = string | { readonly type: string; readonly data?: Json };

/** Milliseconds, `"500ms" "30s" "5m" "2h" "30d"`, or an expression. */
export type Duration = number | string;

export interface InvokeDefinition {
  readonly id?: string;
  readonly effect: EffectDefinition;
  readonly onDone?: TransitionList;
  readonly onError?: TransitionList;
}

/** A described piece of work. Core knows only that it has a kind; `@fsm/effects` knows the rest. */
export interface EffectDefinition {
  readonly type: string;
  readonly [parameter: string]: EffectParameter;
}

/** JSON, with effects anywhere in it: `effects: [...]`, `effects: { score: ... }`, `branches: [{ when, then: ... }]`. */
export type EffectParameter =
  | Json
  | undefined
  | readonly EffectParameter[]
  | { readonly [key: string]: EffectParameter };

/** What an inline TypeScript function of a definition, or a registered guard or action, is called with. */
export interface ImplementationScope {
  readonly context: JsonObject;
  readonly event: MachineEvent;
  readonly params: Json | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: authors narrow context and event to their own machine's types
export type Implementation = (scope: any) => unknown;

/** Guards and actions referred to by name. A guard returns a boolean; an action returns a context patch or nothing. Both must be pure. */
export interface Implementations {
  readonly guards?: { readonly [name: string]: (scope: ImplementationScope) => boolean };
  readonly actions?: { readonly [name: string]: (scope: ImplementationScope) => JsonObject | undefined };
}

/** An event as it is handled. `output` and `error` stand on the outcome events of effects. */
export interface MachineEvent {
  readonly type: string;
  readonly data?: Json;
  readonly output?: Json;
  readonly error?: Json;
}
