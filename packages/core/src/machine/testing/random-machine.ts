import type {
  ActionDefinition,
  GuardDefinition,
  Implementations,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
} from '../../definition/definition.ts';
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

export { layoutOf } from './machine-layout.ts';
export { eventTypes, machineSpec, type RandomMachineOptions } from './machine-spec.ts';

export interface DefinitionOptions {
  /** Registered guards and actions instead of expressions: parsing hundreds of them would take most of the time. */
  readonly registered?: boolean;
  /** What is worth noting when a transition is taken: the action `note` is called with it. */
  readonly notes?: (layout: Layout, place: Place, spec: TransitionSpec, trigger: string) => readonly string[];
  /** The effect of a state that invokes. */
  readonly effect?: StateDefinition['effect'];
}

/** The machine in our format. */
export function definitionOf(layout: Layout, options: DefinitionOptions = {}): MachineDefinition {
  return {
    ...new DefinitionWriter(layout, options).state(layout.root),
    id: 'm',
    context: { a: 0, b: 1, trace: '' },
  };
}

/** The registered functions of these machines. */
export const implementations: Implementations = {
  guards: {
    below: ({ context, params }) => {
      const [variable, bound] = params as [string, number];
      return Number(context[variable]) < bound;
    },
    eventIs: ({ event, params }) => event.type === params,
  },
  actions: {
    mark: ({ context, params }) => ({ trace: `${context.trace}${params}` }),
    output: ({ context, event }) => ({ trace: `${context.trace}=${event.output ?? ''} ` }),
    increment: ({ context, params }) => ({ [String(params)]: Number(context[String(params)]) + 1 }),
    swap: ({ context: { a = 0, b = 0 } }) => ({ a: b, b: a }),
  },
};

class DefinitionWriter {
  private readonly layout: Layout;
  private readonly options: DefinitionOptions;

  constructor(layout: Layout, options: DefinitionOptions) {
    this.layout = layout;
    this.options = options;
  }

  state(place: Place): StateDefinition {
    const { layout } = this;
    const { spec, kind } = place;
    if (kind === 'history') {
      const fallback = historyDefaultOf(place);
      return {
        type: 'history',
        history: spec.history!.deep ? 'deep' : 'shallow',
        ...(fallback && { target: fallback.key }),
      };
    }
    const list = (specs: readonly TransitionSpec[], trigger: string) =>
      specs.map((each) => this.transition(place, each, trigger));
    const entry = [this.mark(place, '+'), ...this.actions(place, spec.entry)];
    const exit = [this.mark(place, '-'), ...this.actions(place, spec.exit)];
    const tags = spec.tags.length > 0 && { tags: spec.tags.map((tag) => `t${tag}`) };
    if (kind === 'final') return { type: 'final', ...tags, entry, exit, output: '{{ context.a }}' };
    const states = Object.fromEntries(place.children.map((child) => [child.key, this.state(child)]));
    return {
      ...(kind === 'parallel' && { type: 'parallel' }),
      ...tags,
      ...(kind === 'compound' && {
        initial: { target: initialOf(place).key, actions: this.actions(place, spec.initialActions) },
      }),
      ...(place.children.length > 0 && { states }),
      entry,
      exit,
      on: Object.fromEntries(
        spec.on.map(([index, transitions]) => [descriptor(index), list(transitions, descriptor(index))]),
      ),
      always: list(
        spec.always.map((each) => endingSomewhere(layout, place, each)),
        'always',
      ),
      after: Object.fromEntries(
        spec.after.map(([index, transitions]) => [String(delayOf(index)), list(transitions, 'after')]),
      ),
      ...(place.children.length > 0 &&
        place.parent !== undefined && { onDone: list(spec.onDone, `done of a ${kind} state`) }),
      ...(spec.invokes && {
        invoke: {
          id: invocationId(place),
          effect: this.options.effect ?? { type: 'call' },
          onDone: list(spec.onOutcome, 'done of an invocation'),
          onError: list(spec.onOutcome, 'error of an invocation'),
        },
      }),
    };
  }

  private transition(source: Place, spec: TransitionSpec, trigger: string): TransitionDefinition {
    const targets = targetsOf(this.layout, spec).map((target) => targetText(source, target, spec.relative));
    const actions = this.actions(source, spec.actions);
    const does = targets.length > 0 || actions.length > 0;
    // a transition that does nothing is forbidden, and must stay so
    const notes = does ? (this.options.notes?.(this.layout, source, spec, trigger) ?? []) : [];
    return {
      ...(targets.length > 0 && { target: targets.length === 1 ? targets[0]! : targets }),
      ...(spec.guard && { guard: this.guard(spec.guard) }),
      ...(spec.reenter && { reenter: true }),
      actions: notes.length === 0 ? actions : [{ type: 'note', params: notes }, ...actions],
    };
  }

  private guard(spec: GuardSpec): GuardDefinition {
    switch (spec.kind) {
      case 'below':
        return this.options.registered
          ? { type: 'below', params: [spec.variable, spec.bound] }
          : `context.${spec.variable} < ${spec.bound}`;
      case 'event':
        return this.options.registered
          ? { type: 'eventIs', params: eventType(spec.event) }
          : `event.type === '${eventType(spec.event)}'`;
      case 'in':
        return { in: `#m.${askedState(this.layout, spec.state).path}` };
      case 'not':
        return { not: this.guard(spec.guard) };
      case 'and':
        return { and: spec.guards.map((each) => this.guard(each)) };
      case 'or':
        return { or: spec.guards.map((each) => this.guard(each)) };
    }
  }

  private mark(place: Place, part: string): ActionDefinition {
    return { type: 'mark', params: traceMark(place, part) };
  }

  private actions(place: Place, specs: readonly ActionSpec[]): ActionDefinition[] {
    return withoutReplacing(specs).map((spec) => this.action(place, spec));
  }

  private action(place: Place, spec: ActionSpec): ActionDefinition {
    const { registered } = this.options;
    switch (spec.kind) {
      case 'trace':
        return this.mark(place, '!');
      case 'output':
        return 'output';
      case 'increment':
        return registered
          ? { type: 'increment', params: spec.variable }
          : { assign: { [spec.variable]: `{{ context.${spec.variable} + 1 }}` } };
      case 'set':
        return { assign: { [spec.variable]: spec.value } };
      case 'swap':
        return registered ? 'swap' : { assign: { a: '{{ context.b }}', b: '{{ context.a }}' } };
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
}
