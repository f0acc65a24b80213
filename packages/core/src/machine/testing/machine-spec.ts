import fc from 'fast-check';

/**
 * Random machines as small specifications, from which `definitionOf` makes our format and `xstateMachineOf` XState's.
 * Numbers that refer to states and events are taken modulo what exists, so that every value is a machine and fast-check
 * can shrink freely.
 */
export interface MachineSpec {
  readonly root: StateSpec;
}

export interface StateSpec {
  readonly parallel: boolean;
  readonly final: boolean;
  readonly children: readonly StateSpec[];
  readonly initial: number;
  readonly initialActions: readonly ActionSpec[];
  readonly history: HistorySpec | undefined;
  readonly entry: readonly ActionSpec[];
  readonly exit: readonly ActionSpec[];
  readonly on: readonly (readonly [descriptor: number, transitions: readonly TransitionSpec[]])[];
  readonly always: readonly TransitionSpec[];
  readonly after: readonly (readonly [delay: number, transitions: readonly TransitionSpec[]])[];
  readonly onDone: readonly TransitionSpec[];
  readonly invokes: boolean;
  readonly onOutcome: readonly TransitionSpec[];
  readonly tags: readonly number[];
}

export interface HistorySpec {
  readonly deep: boolean;
  readonly default: number | undefined;
}

export interface TransitionSpec {
  readonly targets: readonly number[];
  readonly relative: boolean;
  readonly reenter: boolean;
  readonly guard: GuardSpec | undefined;
  readonly actions: readonly ActionSpec[];
}

export type GuardSpec =
  | { readonly kind: 'below'; readonly variable: Variable; readonly bound: number }
  | { readonly kind: 'event'; readonly event: number }
  | { readonly kind: 'in'; readonly state: number }
  | { readonly kind: 'not'; readonly guard: GuardSpec }
  | { readonly kind: 'and' | 'or'; readonly guards: readonly GuardSpec[] };

export type Variable = 'a' | 'b';

export type ActionSpec =
  | { readonly kind: 'trace' }
  /** Writes the output that came with the event. */
  | { readonly kind: 'output' }
  | { readonly kind: 'increment'; readonly variable: Variable }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: number }
  | { readonly kind: 'swap' }
  | { readonly kind: 'raise'; readonly event: number }
  | { readonly kind: 'delayed'; readonly event: number; readonly delay: number; readonly id: number | undefined }
  | { readonly kind: 'cancel'; readonly id: number };

export const eventTypes = ['E', 'F', 'a', 'a.b', 'a.b.c'] as const;
/** `done.*` and `done.state.*` are the engine's own, under our names. */
export const descriptors = [...eventTypes, ...eventTypes, 'a.*', 'a.b.*', '*', 'done.*', 'done.state.*'] as const;
export const delays = [10, 20, 30] as const;

export interface RandomMachineOptions {
  readonly invocations: boolean;
  /** Of so many states with children one is parallel; 3 when not given. */
  readonly parallelOneIn?: number;
}

export function machineSpec(options: RandomMachineOptions): fc.Arbitrary<MachineSpec> {
  return fc.record({ root: stateSpec(options, 3) });
}

function stateSpec(options: RandomMachineOptions, depth: number): fc.Arbitrary<StateSpec> {
  const nothing = fc.constant([]);
  const children =
    depth === 0
      ? nothing
      : fc.oneof(
          { weight: depth === 3 ? 0 : 3, arbitrary: nothing },
          {
            weight: 2,
            arbitrary: fc.array(fc.limitShrink(stateSpec(options, depth - 1), 20), { minLength: 1, maxLength: 3 }),
          },
        );
  return fc.record({
    parallel: chance(options.parallelOneIn ?? 3),
    final: chance(4),
    children,
    initial: nat,
    initialActions: rarely(actions, 4),
    history: fc.option(fc.record({ deep: fc.boolean(), default: fc.option(nat, { nil: undefined }) }), {
      nil: undefined,
      freq: 3,
    }),
    entry: actions,
    exit: actions,
    on: fc.array(
      fc.tuple(
        nat,
        fc.oneof({ weight: 9, arbitrary: some(transition) }, { weight: 1, arbitrary: fc.constant([forbidden]) }),
      ),
      { maxLength: 4 },
    ),
    always: rarely(some(eventless), 4),
    after: rarely(fc.array(fc.tuple(nat, some(transition)), { maxLength: 2 }), 3),
    onDone: rarely(some(transition), 2),
    invokes: options.invocations ? chance(6) : fc.constant(false),
    onOutcome: rarely(some(transition), 2),
    tags: rarely(fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 2 }), 4),
  });
}

const nat = fc.nat({ max: 999 });
const variable = fc.constantFrom<Variable>('a', 'b');

function chance(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat({ max: oneIn - 1 }).map((value) => value === oneIn - 1);
}

function rarely<T>(arbitrary: fc.Arbitrary<readonly T[]>, oneIn: number): fc.Arbitrary<readonly T[]> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary });
}

function some<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<readonly T[]> {
  return fc.array(arbitrary, { minLength: 1, maxLength: 2 });
}

const action: fc.Arbitrary<ActionSpec> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'trace' } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('increment' as const), variable }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('set' as const), variable, value: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'swap' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'output' } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raise' as const), event: nat }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delayed' as const),
      event: nat,
      delay: nat,
      id: fc.option(fc.nat({ max: 1 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), id: fc.nat({ max: 1 }) }) },
);

const actions: fc.Arbitrary<readonly ActionSpec[]> = fc.array(action, { maxLength: 2 });

const simpleGuard: fc.Arbitrary<GuardSpec> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('below' as const), variable, bound: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('event' as const), event: nat }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('in' as const), state: nat }) },
);

const guard: fc.Arbitrary<GuardSpec> = fc.oneof(
  { weight: 6, arbitrary: simpleGuard },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('not' as const), guard: simpleGuard }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      guards: fc.array(simpleGuard, { minLength: 1, maxLength: 2 }),
    }),
  },
);

const transition: fc.Arbitrary<TransitionSpec> = fc.record({
  targets: fc.oneof(
    { weight: 6, arbitrary: fc.tuple(nat) },
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.tuple(nat, nat) },
  ),
  relative: fc.boolean(),
  reenter: chance(4),
  guard: fc.option(guard, { nil: undefined, freq: 2 }),
  actions,
});

/** Takes the event from the states around and does nothing. */
const forbidden: TransitionSpec = { targets: [], relative: false, reenter: false, guard: undefined, actions: [] };

/** Mostly one that comes to an end: it counts, and its guard watches the count. */
const eventless: fc.Arbitrary<TransitionSpec> = fc.oneof(
  { weight: 1, arbitrary: transition },
  {
    weight: 9,
    arbitrary: fc.tuple(transition, variable, fc.nat({ max: 4 })).map(([spec, counted, bound]) => ({
      ...spec,
      guard: { kind: 'below' as const, variable: counted, bound },
      actions: [
        { kind: 'increment' as const, variable: counted },
        ...spec.actions.filter(({ kind }) => kind !== 'set'),
      ],
    })),
  },
);
