import fc from 'fast-check';
import type {
  ActionDefinition,
  GuardDefinition,
  Implementations,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
} from '../../definition/definition.ts';

/**
 * Random machines as small specifications, from which `definitionOf` here makes our format and `xstate-config.ts`
 * XState's. Numbers that refer to states and events are taken modulo what exists, so that every value is a machine and
 * fast-check can shrink freely.
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
  | { readonly kind: 'increment'; readonly variable: Variable }
  | { readonly kind: 'set'; readonly variable: Variable; readonly value: number }
  | { readonly kind: 'swap' }
  | { readonly kind: 'raise'; readonly event: number }
  | { readonly kind: 'delayed'; readonly event: number; readonly delay: number; readonly id: number | undefined }
  | { readonly kind: 'cancel'; readonly id: number };

export const eventTypes = ['E', 'F', 'a', 'a.b', 'a.b.c'] as const;
export const descriptors = [...eventTypes, 'a.*', 'a.b.*', '*'] as const;
export const delays = [10, 20, 30] as const;

export interface RandomMachineOptions {
  readonly invocations: boolean;
}

export function machineSpec(options: RandomMachineOptions): fc.Arbitrary<MachineSpec> {
  return fc.record({ root: stateSpec(options, 3).filter((state) => state.children.length > 0) });
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
    parallel: chance(3),
    final: chance(5),
    children,
    initial: nat,
    initialActions: rarely(actions, 4),
    history: fc.option(fc.record({ deep: fc.boolean(), default: fc.option(nat, { nil: undefined }) }), {
      nil: undefined,
      freq: 3,
    }),
    entry: actions,
    exit: actions,
    on: fc.array(fc.tuple(nat, fc.array(transition, { minLength: 1, maxLength: 2 })), { maxLength: 4 }),
    always: rarely(fc.array(eventless, { minLength: 1, maxLength: 2 }), 4),
    after: rarely(fc.array(fc.tuple(nat, fc.array(transition, { minLength: 1, maxLength: 2 })), { maxLength: 2 }), 3),
    onDone: rarely(fc.array(transition, { minLength: 1, maxLength: 2 }), 2),
    invokes: options.invocations ? chance(6) : fc.constant(false),
    onOutcome: rarely(fc.array(transition, { minLength: 1, maxLength: 2 }), 2),
  });
}

const nat = fc.nat({ max: 99 });
const variable = fc.constantFrom<Variable>('a', 'b');

function chance(oneIn: number): fc.Arbitrary<boolean> {
  return fc.nat({ max: oneIn - 1 }).map((value) => value === oneIn - 1);
}

function rarely<T>(arbitrary: fc.Arbitrary<readonly T[]>, oneIn: number): fc.Arbitrary<readonly T[]> {
  return fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant([]) }, { weight: 1, arbitrary });
}

const action: fc.Arbitrary<ActionSpec> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'trace' } as const) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('increment' as const), variable }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('set' as const), variable, value: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'swap' } as const) },
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

/** A state of a specification with its place; both translations walk these. */
export interface Place {
  readonly key: string;
  readonly path: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  readonly parent: Place | undefined;
  readonly children: readonly Place[];
  /** Of a history state: that of its parent. */
  readonly spec: StateSpec;
}

export interface Layout {
  readonly root: Place;
  /** In document order, history states included. */
  readonly places: readonly Place[];
}

export function layoutOf({ root }: MachineSpec): Layout {
  const places: Place[] = [];
  const add = (spec: StateSpec, key: string, parent: Place | undefined): Place => {
    const path = parent === undefined || parent.path === '' ? key : `${parent.path}.${key}`;
    const kind = spec.children.length > 0 ? (spec.parallel ? 'parallel' : 'compound') : spec.final ? 'final' : 'atomic';
    const children: Place[] = [];
    const place: Place = { key, path, kind, parent, children, spec };
    places.push(place);
    for (const [index, child] of spec.children.entries()) children.push(add(child, `s${index}`, place));
    if (spec.history !== undefined && children.length > 0) {
      const history: Place = {
        key: 'h',
        path: path === '' ? 'h' : `${path}.h`,
        kind: 'history',
        parent: place,
        children: [],
        spec,
      };
      places.push(history);
      children.push(history);
    }
    return place;
  };
  return { root: add(root, '', undefined), places };
}

export function isInside(place: Place, ancestor: Place): boolean {
  for (let around = place.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

/** The states a transition leads to: none, one, or two in different regions. */
export function targetsOf(layout: Layout, spec: TransitionSpec): readonly Place[] {
  const all = layout.places.slice(1);
  const [first, second] = spec.targets.map((target) => all[target % all.length]!);
  if (first === undefined) return [];
  if (second === undefined) return [first];
  const parallel = commonAncestor(first, second);
  const apart = first !== second && parallel !== first && parallel !== second && parallel.kind === 'parallel';
  // a history state stands for any of the regions beside it, so it goes with none of them
  const history = [first, second].some(({ kind, parent: beside }) => kind === 'history' && beside === parallel);
  return apart && !history ? [first, second] : [first];
}

function commonAncestor(a: Place, b: Place): Place {
  const around = new Set<Place>();
  for (let place: Place | undefined = a; place !== undefined; place = place.parent) around.add(place);
  let common = b;
  while (!around.has(common)) common = common.parent!;
  return common;
}

export function initialOf(place: Place): Place {
  const ordinary = place.children.filter((child) => child.kind !== 'history');
  return ordinary[place.spec.initial % ordinary.length]!;
}

export function historyDefaultOf(place: Place): Place | undefined {
  const { history } = place.spec;
  const siblings = place.parent!.children.filter((child) => child.kind !== 'history');
  return history?.default === undefined ? undefined : siblings[history.default % siblings.length];
}

export const eventType = (event: number): string => eventTypes[event % eventTypes.length]!;
export const descriptor = (index: number): string => descriptors[index % descriptors.length]!;
export const delayOf = (index: number): number => delays[index % delays.length]!;

/** What a place's name adds to the trace when an action of it runs. */
export const traceMark = (place: Place, part: string): string => `${place.path}${part} `;

/** A target as text: relative where the specification wants it and it can be, absolute otherwise. */
export function targetText(source: Place, target: Place, relative: boolean): string {
  if (relative && target.parent === source) return `.${target.key}`;
  if (relative && source.parent !== undefined && target.parent === source.parent) return target.key;
  return `#m.${target.path}`;
}

/** The machine in our format. */
export function definitionOf(layout: Layout): MachineDefinition {
  return {
    ...stateDefinition(layout, layout.root),
    id: 'm',
    context: { a: 0, b: 1, trace: '' },
  };
}

function stateDefinition(layout: Layout, place: Place): StateDefinition {
  const { spec, kind } = place;
  if (kind === 'history') {
    const fallback = historyDefaultOf(place);
    return {
      type: 'history',
      history: spec.history!.deep ? 'deep' : 'shallow',
      ...(fallback && { target: fallback.key }),
    };
  }
  const list = (specs: readonly TransitionSpec[]) => specs.map((each) => transitionDefinition(layout, place, each));
  const entry = [mark(place, '+'), ...actionDefinitions(place, spec.entry)];
  const exit = [mark(place, '-'), ...actionDefinitions(place, spec.exit)];
  if (kind === 'final') return { type: 'final', entry, exit, output: '{{ context.a }}' };
  const states = Object.fromEntries(place.children.map((child) => [child.key, stateDefinition(layout, child)]));
  return {
    ...(kind === 'parallel' && { type: 'parallel' }),
    ...(kind === 'compound' && {
      initial: { target: initialOf(place).key, actions: actionDefinitions(place, spec.initialActions) },
    }),
    ...(place.children.length > 0 && { states }),
    entry,
    exit,
    on: Object.fromEntries(spec.on.map(([index, transitions]) => [descriptor(index), list(transitions)])),
    always: list(spec.always.map((each) => endingSomewhere(layout, place, each))),
    after: Object.fromEntries(spec.after.map(([index, transitions]) => [String(delayOf(index)), list(transitions)])),
    ...(place.children.length > 0 && place.parent !== undefined && { onDone: list(spec.onDone) }),
    ...(spec.invokes && {
      invoke: {
        id: invocationId(place),
        effect: { type: 'call' },
        onDone: list(spec.onOutcome),
        onError: list(spec.onOutcome),
      },
    }),
  };
}

/** An eventless transition that leads nowhere gets a guard, because validation refuses the endless loop it would be. */
export function endingSomewhere(layout: Layout, source: Place, spec: TransitionSpec): TransitionSpec {
  const moves = targetsOf(layout, spec).some((target) => target !== source);
  return moves || spec.guard !== undefined ? spec : { ...spec, guard: { kind: 'below', variable: 'a', bound: 3 } };
}

export const invocationId = (place: Place): string => `i:${place.path}`.replaceAll('.', ':');

function transitionDefinition(layout: Layout, source: Place, spec: TransitionSpec): TransitionDefinition {
  const targets = targetsOf(layout, spec).map((target) => targetText(source, target, spec.relative));
  return {
    ...(targets.length > 0 && { target: targets.length === 1 ? targets[0]! : targets }),
    ...(spec.guard && { guard: guardDefinition(layout, spec.guard) }),
    ...(spec.reenter && { reenter: true }),
    actions: actionDefinitions(source, spec.actions),
  };
}

function guardDefinition(layout: Layout, spec: GuardSpec): GuardDefinition {
  switch (spec.kind) {
    case 'below':
      return `context.${spec.variable} < ${spec.bound}`;
    case 'event':
      return `event.type === '${eventType(spec.event)}'`;
    case 'in':
      return { in: `#m.${askedState(layout, spec.state).path}` };
    case 'not':
      return { not: guardDefinition(layout, spec.guard) };
    case 'and':
      return { and: spec.guards.map((each) => guardDefinition(layout, each)) };
    case 'or':
      return { or: spec.guards.map((each) => guardDefinition(layout, each)) };
  }
}

export function askedState(layout: Layout, index: number): Place {
  const ordinary = layout.places.slice(1).filter((place) => place.kind !== 'history');
  return ordinary[index % ordinary.length]!;
}

/** Registered, because parsing hundreds of expressions would take most of the time. */
function mark(place: Place, part: string): ActionDefinition {
  return { type: 'mark', params: traceMark(place, part) };
}

export const implementations: Implementations = {
  actions: { mark: ({ context, params }) => ({ trace: `${context.trace}${params}` }) },
};

function actionDefinitions(place: Place, specs: readonly ActionSpec[]): ActionDefinition[] {
  return withoutReplacing(specs).map((spec) => actionDefinition(place, spec));
}

/** XState fires both of two delayed events with one id; here the second replaces the first. So the first is cancelled. */
export function withoutReplacing(specs: readonly ActionSpec[]): readonly ActionSpec[] {
  return specs.flatMap((spec) =>
    spec.kind === 'delayed' && spec.id !== undefined ? [{ kind: 'cancel' as const, id: spec.id }, spec] : [spec],
  );
}

function actionDefinition(place: Place, spec: ActionSpec): ActionDefinition {
  switch (spec.kind) {
    case 'trace':
      return mark(place, '!');
    case 'increment':
      return { assign: { [spec.variable]: `{{ context.${spec.variable} + 1 }}` } };
    case 'set':
      return { assign: { [spec.variable]: spec.value } };
    case 'swap':
      return { assign: { a: '{{ context.b }}', b: '{{ context.a }}' } };
    case 'raise':
      return { raise: eventType(spec.event) };
    case 'delayed':
      return {
        raise: eventType(spec.event),
        delay: delayOf(spec.delay),
        ...(spec.id !== undefined && { id: `t${spec.id}` }),
      };
    case 'cancel':
      return { cancel: `t${spec.id}` };
  }
}
