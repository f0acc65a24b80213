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
  /** Reusable fragments by name; they become plain states and transitions before the machine is compiled. */
  readonly components?: { readonly [name: string]: ComponentUse };
  /** Registered plugins that watch the instances of this machine. */
  readonly plugins?: readonly PluginUse[];
  /** Other machines to listen to. */
  readonly subscriptions?: readonly SubscriptionDefinition[];
  /**
   * `scxml`: transitions, events and errors follow the W3C recommendation, and expressions are ECMAScript over the data
   * model. What machines imported from SCXML have; absent, they follow XState v5.
   */
  readonly semantics?: 'scxml';
  /** SCXML: what `_name` is, when it is no machine id. */
  readonly name?: string;
  /** SCXML: when `data` gets its values: at the start, or when its state is first entered. */
  readonly binding?: 'early' | 'late';
  /** SCXML: scripts that run once at the start. */
  readonly script?: readonly string[];
}

/** A component a machine uses. */
export interface ComponentUse {
  /** Name of the component. */
  readonly use: string;
  readonly with?: JsonObject;
  /** Path of the state that gets the fragment; the root when absent. */
  readonly at?: string;
  /** Stands before the keys of the fragment's states. */
  readonly prefix?: string;
}

/** The name of a registered plugin, or the name with its options. */
export type PluginUse = string | { readonly use: string; readonly with?: JsonObject };

/** What another machine of the tenant does becomes an event of this one. */
export interface SubscriptionDefinition {
  /** Id of the machine to listen to. */
  readonly machine: string;
  /** Template: the one instance to listen to; every instance of the machine when absent. */
  readonly instance?: string;
  /** Path of a state: when it is entered. */
  readonly entered?: string;
  /** Type of an event: when it is taken or emitted. */
  readonly event?: string;
  /** What this instance gets; templates see the other's `context` and the event that caused it. */
  readonly send: EventTemplate;
  readonly description?: string;
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
  /** SCXML: data by name, as templates. */
  readonly data?: JsonObject;
}

export type TransitionList = string | TransitionDefinition | readonly (string | TransitionDefinition)[];

export interface TransitionDefinition {
  readonly target?: string | readonly string[];
  readonly guard?: GuardDefinition;
  readonly actions?: ActionList;
  readonly reenter?: boolean;
  /** Must succeed before the transition is taken; when it fails, the next candidate is asked. */
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
  | {
      readonly send: EventTemplate;
      /** Required but in SCXML, where an event without receiver goes to the machine itself. */
      readonly to?: string;
      readonly delay?: Duration;
      readonly id?: string;
      /** SCXML: where to put the id that the event gets. */
      readonly idLocation?: string;
      /** SCXML: the event I/O processor, a template. */
      readonly processor?: string;
    }
  | { readonly cancel: string }
  | { readonly log: Json; readonly level?: 'debug' | 'info' | 'warn' | 'error'; readonly label?: string }
  | { readonly emit: EventTemplate }
  /** Starts an effect that no exit stops. With an `id`, transitions may take its outcome. */
  | { readonly effect: EffectDefinition; readonly id?: string }
  /** SCXML: actions of which a failing one skips the rest. */
  | { readonly block: ActionList }
  /** SCXML: the first whose guard passes; the last may have none. */
  | { readonly if: readonly { readonly guard?: GuardDefinition; readonly actions?: ActionList }[] }
  /** SCXML: `foreach` is an expression that gives a list; `item` and `index` name data. */
  | { readonly foreach: string; readonly item: string; readonly index?: string; readonly actions?: ActionList }
  /** SCXML: ECMAScript statements over the data model. */
  | { readonly script: string }
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
  /** SCXML: where to put the id that the invocation gets. */
  readonly idLocation?: string;
  /** SCXML: whether every event is handed on to the invoked machine. */
  readonly autoForward?: boolean;
  /** SCXML: what runs before an event of the invoked machine is handled. */
  readonly finalize?: ActionList;
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
  /** How the effect `before` the transition ended; after `error`, a later candidate is asked. */
  readonly before?: { readonly output: Json } | { readonly error: Json };
  /** SCXML: how it came here. */
  readonly delivery?: EventDelivery;
}

/** The fields of SCXML's `_event` that native machines have no use for. */
export interface EventDelivery {
  /** What `_event.type` is; `external` when absent. */
  readonly kind?: 'platform' | 'internal' | 'external';
  readonly sendid?: string;
  /** Where to answer, and through which event I/O processor. */
  readonly origin?: string;
  readonly origintype?: string;
  readonly invokeid?: string;
  /** The message as an event I/O processor received it. */
  readonly raw?: string;
}
