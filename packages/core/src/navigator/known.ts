/**
 * What the compiler knows of a machine under construction. Exists only as a type: a builder's values carry none of it.
 */
export interface Known {
  /** Event types that something waits for. */
  readonly events: string;
  /** Keys of the states inside. */
  readonly states: string;
  /** Targets that must be states inside: those of the states inside, and `initial`. */
  readonly inner: string;
  /** Targets that must be siblings. */
  readonly targets: string;
  /** Targets further inside that are no states there. */
  readonly lost: string;
}

/**
 * `Known` as a list of parameters. What follows takes it apart with `infer` instead of looking its members up: those the
 * compiler works out only when it needs them, and it gives up on the hundredth inside one another.
 */
interface Facts<
  Events extends string,
  States extends string,
  Inner extends string,
  Targets extends string,
  Lost extends string,
> extends Known {
  readonly events: Events;
  readonly states: States;
  readonly inner: Inner;
  readonly targets: Targets;
  readonly lost: Lost;
}

/** Nothing is known yet. */
export type Blank = Facts<never, never, never, never, never>;

type Add<
  K extends Known,
  Events extends string,
  States extends string,
  Inner extends string,
  Targets extends string,
  Lost extends string,
> =
  K extends Facts<infer E, infer S, infer I, infer T, infer L>
    ? Facts<E | Events, S | States, I | Inner, T | Targets, L | Lost>
    : never;

export type WithEvent<K extends Known, Event extends string> = Add<K, Event, never, never, never, never>;

/** With states inside, and targets that must be states inside. */
export type WithInside<K extends Known, States extends string, Inner extends string> = Add<
  K,
  never,
  States,
  Inner,
  never,
  never
>;

/** With a transition: the machine's own lead to states inside, those of a state to its siblings. */
export type WithTransition<
  Kind extends 'state' | 'machine',
  K extends Known,
  Target extends string,
  Event extends string = never,
> = Kind extends 'machine' ? Add<K, Event, never, Target, never, never> : Add<K, Event, never, never, Target, never>;

/** With a state inside, and what is known of that. */
export type WithState<K extends Known, Key extends string, Inside extends Known> =
  Inside extends Facts<infer E, infer S, infer I, infer T, infer L>
    ? Add<K, E, Key, T, never, L | Exclude<Sibling<I>, S>>
    : never;

/** Every target that is no state. */
export type Missing<K extends Known> =
  K extends Facts<infer _E, infer S, infer I, infer _T, infer L> ? L | Exclude<Sibling<I>, S> : never;

/** The sibling that a target begins with; targets of another form are left to `validate`. */
type Sibling<Target extends string> = string extends Target
  ? never
  : Target extends `#${string}` | `.${string}`
    ? never
    : Target extends `${infer First}.${string}`
      ? First
      : Target;

/** Shown by the compiler in place of an argument: a sentence says more than `never`. */
export interface Mistake<Sentence extends string> {
  readonly mistake: Sentence;
}
