import { type AnyStateMachine, and, assign, cancel, createMachine, fromPromise, not, or, raise, stateIn } from 'xstate';
import {
  askedState,
  delayOf,
  descriptor,
  endingSomewhere,
  eventType,
  historyDefaultOf,
  initialOf,
  invocationId,
  type Layout,
  type Place,
  targetsOf,
  targetText,
  traceMark,
  withoutReplacing,
} from './machine-layout.ts';
import type { ActionSpec, GuardSpec, TransitionSpec } from './machine-spec.ts';

interface Context {
  readonly a: number;
  readonly b: number;
  readonly trace: string;
}

interface Scope {
  readonly context: Context;
  readonly event: { readonly type: string; readonly output?: unknown };
}

const never = fromPromise(() => new Promise(() => {}));

/** The machine in XState's format, with JavaScript functions where ours has expressions. */
export function xstateMachineOf(layout: Layout, maxIterations: number): AnyStateMachine {
  const config = {
    ...stateConfig(layout, layout.root),
    id: 'm',
    context: { a: 0, b: 1, trace: '' },
    // without one XState's output is that of no final state
    output: ({ event }: Scope) => event.output,
    options: { maxIterations },
  };
  return createMachine(config as Parameters<typeof createMachine>[0]);
}

function stateConfig(layout: Layout, place: Place): object {
  const { spec, kind } = place;
  if (kind === 'history') {
    const fallback = historyDefaultOf(place);
    return {
      type: 'history',
      history: spec.history!.deep ? 'deep' : 'shallow',
      ...(fallback && { target: fallback.key }),
    };
  }
  const list = (specs: readonly TransitionSpec[]) => specs.map((each) => transitionConfig(layout, place, each));
  const entry = [trace(place, '+'), ...actions(place, spec.entry)];
  const exit = [trace(place, '-'), ...actions(place, spec.exit)];
  const tags = spec.tags.map((tag) => `t${tag}`);
  if (kind === 'final') return { type: 'final', tags, entry, exit, output: ({ context }: Scope) => context.a };
  return {
    ...(kind === 'parallel' && { type: 'parallel' }),
    tags,
    ...(kind === 'compound' && {
      initial: { target: initialOf(place).key, actions: actions(place, spec.initialActions) },
    }),
    ...(place.children.length > 0 && {
      states: Object.fromEntries(place.children.map((child) => [child.key, stateConfig(layout, child)])),
    }),
    entry,
    exit,
    on: Object.fromEntries(spec.on.map(([index, transitions]) => [xstateDescriptor(index), list(transitions)])),
    always: list(spec.always.map((each) => endingSomewhere(layout, place, each))),
    after: Object.fromEntries(spec.after.map(([index, transitions]) => [String(delayOf(index)), list(transitions)])),
    ...(place.children.length > 0 && place.parent !== undefined && { onDone: list(spec.onDone) }),
    ...(spec.invokes && {
      invoke: {
        id: invocationId(place),
        src: never,
        onDone: list(spec.onOutcome),
        onError: list(spec.onOutcome),
      },
    }),
  };
}

/** Events of the engine have another name there. */
function xstateDescriptor(index: number): string {
  return descriptor(index).replace(/^done\./, 'xstate.done.');
}

function transitionConfig(layout: Layout, source: Place, spec: TransitionSpec): object {
  const targets = targetsOf(layout, spec).map((target) => targetText(source, target, spec.relative));
  return {
    ...(targets.length > 0 && { target: targets }),
    ...(spec.guard && { guard: guardOf(layout, spec.guard) }),
    ...(spec.reenter && { reenter: true }),
    actions: actions(source, spec.actions),
  };
}

function guardOf(layout: Layout, spec: GuardSpec): unknown {
  switch (spec.kind) {
    case 'below':
      return ({ context }: Scope) => context[spec.variable] < spec.bound;
    case 'event':
      return ({ event }: Scope) => event.type === eventType(spec.event);
    case 'in':
      return stateIn(`#m.${askedState(layout, spec.state).path}`);
    case 'not':
      return not(guardOf(layout, spec.guard) as () => boolean);
    case 'and':
      return and(spec.guards.map((each) => guardOf(layout, each) as () => boolean));
    case 'or':
      return or(spec.guards.map((each) => guardOf(layout, each) as () => boolean));
  }
}

function trace(place: Place, part: string): unknown {
  return assign({ trace: ({ context }: Scope) => context.trace + traceMark(place, part) });
}

function actions(place: Place, specs: readonly ActionSpec[]): unknown[] {
  return withoutReplacing(specs).map((spec) => actionOf(place, spec));
}

function actionOf(place: Place, spec: ActionSpec): unknown {
  switch (spec.kind) {
    case 'trace':
      return trace(place, '!');
    case 'output':
      return assign({ trace: ({ context, event }: Scope) => `${context.trace}=${event.output ?? ''} ` });
    case 'increment':
      return assign({ [spec.variable]: ({ context }: Scope) => context[spec.variable] + 1 });
    case 'set':
      return assign({ [spec.variable]: spec.value });
    case 'swap':
      return assign({ a: ({ context }: Scope) => context.b, b: ({ context }: Scope) => context.a });
    case 'raise':
      return raise({ type: eventType(spec.event) });
    case 'delayed':
      return raise(
        { type: eventType(spec.event) },
        { delay: delayOf(spec.delay), ...(spec.id !== undefined && { id: `t${spec.id}` }) },
      );
    case 'cancel':
      return cancel(`t${spec.id}`);
  }
}
