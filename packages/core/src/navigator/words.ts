import type {
  ActionDefinition,
  ActionList,
  Duration,
  EffectDefinition,
  GuardDefinition,
  InvokeDefinition,
  MachineEvent,
  StateDefinition,
} from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Blank, Known, WithEvent, WithInside, WithState, WithTransition } from './known.ts';
import type { Navigator } from './navigator.ts';

/** The words that a state and the machine as a whole have in common. Each gives back a new builder. */
export interface Words<Kind extends 'state' | 'machine', Context, K extends Known> {
  /** What it means, for people and agents. */
  description(text: string): Next<Kind, Context, K>;
  /** Words for people and programs, for example `human`. */
  tags(...tags: readonly string[]): Next<Kind, Context, K>;
  /** Any JSON, kept for tools. */
  meta(meta: JsonObject): Next<Kind, Context, K>;
  /** The state inside that is entered first. */
  initial<const State extends string>(key: State): Next<Kind, Context, WithInside<K, never, State>>;
  /** Adds a state inside. */
  state<const Key extends string, Inside extends Known = Blank>(
    key: Key,
    describe?: (state: StateNavigator<Context, Blank>) => StateNavigator<Context, Inside>,
  ): Next<Kind, Context, WithState<K, Key, Inside>>;
  /** All states inside are active together. */
  parallel(): Next<Kind, Context, K>;
  /**
   * A transition: when the event of `when` arrives, and `if` holds, do `do` and go to the state. Several with the same
   * `when` are tried in the order they are written. Without `when` it needs no event, only its `if`.
   */
  navigateTo<const Target extends string, const Event extends string = never>(
    target: Target,
    options?: TransitionOptions<Context> & EventOption<Event>,
  ): Next<Kind, Context, WithTransition<Kind, K, Target, Event>>;
  /** As `navigateTo`, but the state stays active. */
  stay<const Event extends string>(
    options: TransitionOptions<Context> & Required<EventOption<Event>>,
  ): Next<Kind, Context, WithEvent<K, Event>>;
  /** A transition that needs no event. */
  always<const Target extends string>(
    target: Target,
    options?: TransitionOptions<Context>,
  ): Next<Kind, Context, WithTransition<Kind, K, Target>>;
  /** A transition after a time in the state. */
  after<const Target extends string>(
    delay: Duration,
    target: Target,
    options?: TransitionOptions<Context>,
  ): Next<Kind, Context, WithTransition<Kind, K, Target>>;
  after(delay: Duration): Delayed<Kind, Context, K>;
  /** Hooks: what to do on the way in. */
  onEnter(...actions: readonly ActionFor<Context>[]): Next<Kind, Context, K>;
  /** Hooks: what to do on the way out. */
  onExit(...actions: readonly ActionFor<Context>[]): Next<Kind, Context, K>;
  /** Work that runs while the state is active, beside `effect`. */
  invoke(invocation: InvokeDefinition): Next<Kind, Context, K>;
  /** What a final state, or the machine, gives. */
  output(template: Json | ((scope: Scope<Context>) => Json)): Next<Kind, Context, K>;
  /**
   * A rule for every event that the author's transitions take here or inside. When it does not hold, the event is
   * refused: nothing changes but that the message is logged and emitted as `navigation.refused`.
   */
  validate(rule: GuardFor<Context>, message: string): Next<Kind, Context, K>;
}

/** What comes after a word. */
export type Next<Kind extends 'state' | 'machine', Context, K extends Known> = Kind extends 'machine'
  ? Navigator<Context, K>
  : StateNavigator<Context, K>;

/** A state under construction. */
export interface StateNavigator<Context, K extends Known> extends Words<'state', Context, K> {
  /** A name that is unique in the machine, for targets like `#id`. */
  id(id: string): StateNavigator<Context, K>;
  /** Work that runs while the state is active; `onDone` and `onError` say where it leads. */
  effect(effect: EffectDefinition): StateNavigator<Context, K>;
  /** When the effect is done (`event.output`), or the states inside are. */
  onDone<const Target extends string>(
    target: Target,
    options?: TransitionOptions<Context>,
  ): StateNavigator<Context, WithTransition<'state', K, Target>>;
  onDone(options: TransitionOptions<Context>): StateNavigator<Context, K>;
  /** When the effect failed (`event.error`). */
  onError<const Target extends string>(
    target: Target,
    options?: TransitionOptions<Context>,
  ): StateNavigator<Context, WithTransition<'state', K, Target>>;
  onError(options: TransitionOptions<Context>): StateNavigator<Context, K>;
  /** The machine, or the state around, is done here. */
  final(output?: Json): StateNavigator<Context, K>;
  /** Stands for what was last active around it, or else for `target`. */
  history(depth?: 'shallow' | 'deep', target?: string): StateNavigator<Context, K>;
  /** The definition so far. */
  build(): StateDefinition;
}

/** `after('10s')` before it says where it leads. */
export interface Delayed<Kind extends 'state' | 'machine', Context, K extends Known> {
  navigateTo<const Target extends string>(
    target: Target,
    options?: TransitionOptions<Context>,
  ): Next<Kind, Context, WithTransition<Kind, K, Target>>;
  stay(options: TransitionOptions<Context>): Next<Kind, Context, K>;
}

export interface EventOption<Event extends string> {
  /** The event, or several. */
  readonly when?: Event | readonly Event[];
}

export interface TransitionOptions<Context = unknown> {
  /** The transition is taken only when this is true. */
  readonly if?: GuardFor<Context>;
  /** What to do on the way. */
  readonly do?: ActionFor<Context> | readonly ActionFor<Context>[];
  /** Whether the state is left and entered again when it goes to itself or into itself. */
  readonly reenter?: boolean;
  readonly description?: string;
}

/** What a function of a builder is called with. */
export interface Scope<Context> {
  readonly context: Context;
  readonly event: MachineEvent;
}

export type GuardFor<Context> =
  | Exclude<GuardDefinition, (...scope: never[]) => unknown>
  | ((scope: Scope<Context>) => boolean);

/** An action, or a function that returns what changes in the context. */
export type ActionFor<Context> =
  | Exclude<ActionDefinition, (...scope: never[]) => unknown>
  | ((scope: Scope<Context>) => JsonObject | undefined);

/** The options as they stand in a definition. */
export type AnyOptions = {
  readonly when?: string | readonly string[];
  readonly if?: GuardDefinition;
  readonly do?: ActionList;
  readonly reenter?: boolean;
  readonly description?: string;
};
