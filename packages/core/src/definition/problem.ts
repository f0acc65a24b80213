/** One thing that is wrong, or looks wrong, in a definition. Errors keep a machine from compiling; warnings do not. */
export interface Problem {
  /** One of {@link problemCodes}, or a code of the package that checked an effect. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** Where, as a JSON path: `$.states.review.on.APPROVE`. */
  readonly path: string;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** What to try, as one sentence. */
  readonly hint?: string;
  /** From 1; only for definitions that were read from text. */
  readonly line?: number;
  readonly column?: number;
}

export type ProblemCode = keyof typeof problemCodes;

/** Every code `parseMachine` and `validate` report, with its meaning. Codes are stable: programs may match them. */
export const problemCodes = {
  MACHINE_SYNTAX: 'The text is not JSON.',
  MACHINE_TOO_LARGE: 'The text of the definition is larger than 1 MB.',
  DUPLICATE_KEY: 'An object of the text has the same key twice; JSON would silently keep the last.',
  HOSTILE_KEY: 'A key is `__proto__`, `constructor` or `prototype`, which JavaScript gives a meaning of its own.',
  TOO_DEEP: 'Objects and lists nest deeper than 64 levels.',
  TOO_MANY_VALUES: 'The definition holds more than 500,000 values.',
  TOO_MANY_STATES: 'The machine has more than 10,000 states.',
  CONTEXT_TOO_LARGE: 'The context is larger than 1 MB as JSON.',
  NOT_JSON: 'A value cannot be written as JSON, or a function stands where only data may stand.',
  WRONG_TYPE: 'A value has another type than its key asks for.',
  INVALID_VALUE: 'A value has the right type, but is not one of the allowed values.',
  UNKNOWN_KEY: 'A key means nothing where it stands.',
  MISPLACED_KEY: 'A key is known, but not for this kind of state, transition or action.',
  MISSING_KEY: 'A required key is absent.',
  INVALID_ID: 'An id is empty, too long or has characters that ids do not have.',
  DUPLICATE_ID: 'Two states have the same id, or two invocations that can run at the same time have.',
  INVALID_STATE_KEY: 'The key of a state is empty, too long or has characters that state keys do not have.',
  INTEGER_STATE_KEY: 'The key of a state is an integer, so JavaScript moves the state before its siblings.',
  NO_STATES: 'The machine, or a compound or parallel state, has no states to be in.',
  TYPE_CONFLICT: 'The `type` of a state contradicts its other keys.',
  MISSING_INITIAL: 'A compound state does not say which of its states is entered first.',
  UNKNOWN_INITIAL: 'The initial state is not a child of the state.',
  INVALID_TARGET: 'A target is not written as `sibling`, `sibling.child`, `.child`, `#id` or `#id.child`.',
  UNKNOWN_TARGET: 'No state is where a target points.',
  CONFLICTING_TARGETS: 'Two targets of one transition cannot be active together.',
  INVALID_HISTORY: 'A history state is the whole machine, or its default is not an ordinary state below its parent.',
  UNKNOWN_STATE: 'The state that a guard asks about, or that a component is used in, does not exist.',
  ENDLESS_LOOP: 'An eventless transition would be taken again and again.',
  UNREACHABLE_TRANSITION: 'A transition stands after one that is always taken.',
  INVALID_EVENT: 'An event type or descriptor is malformed.',
  RESERVED_EVENT: 'An event type belongs to the engine: it starts with `done.`, `error.` or `fsm.`.',
  UNKNOWN_EVENT: 'An event is not among the declared `events`.',
  UNUSED_EVENT: 'A declared event is never used.',
  INVALID_DURATION: 'A value is neither a duration nor an expression.',
  INVALID_GUARD: 'A guard has none of the known forms.',
  UNKNOWN_GUARD: 'No guard is registered under a name.',
  INVALID_ACTION: 'An action has none of the known forms.',
  UNKNOWN_ACTION: 'No action is registered under a name.',
  EXPRESSION_INVALID: 'An expression, or a `{{ }}` in a template, does not compile.',
  UNKNOWN_COMPONENT: 'No component has the name that `use` says.',
  INVALID_COMPONENT: 'A component failed to make its fragment, or made one that cannot stand in its state.',
  COMPONENT_CONFLICT: 'A component would change what the machine, or another component, has already.',
  COMPONENT_SHADOWED: 'A state inside or around takes an event of a component, which the component does not see then.',
} as const satisfies Readonly<Record<string, string>>;
