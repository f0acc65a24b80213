import type {
  ActionDefinition,
  Duration,
  EffectDefinition,
  GuardDefinition,
  Implementation,
  InvokeDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';
import { type Rule, withRules } from './validation.ts';
import type { AnyOptions } from './words.ts';

/** What the words of a builder do to the definition; `Words` says what the compiler makes of them. */
export abstract class Builder<Self, Definition extends StateDefinition = StateDefinition> {
  protected readonly draft: Definition;
  private readonly rules: readonly Rule[];

  constructor(draft: Definition, rules: readonly Rule[] = []) {
    this.draft = draft;
    this.rules = rules;
  }

  protected abstract make(draft: Definition, rules: readonly Rule[]): Self;

  /** How a target is written here. */
  protected abstract target(name: string): string;

  description(description: string): Self {
    return this.set({ description });
  }

  tags(...tags: readonly string[]): Self {
    return this.set({ tags: add(this.draft.tags, tags) });
  }

  meta(meta: JsonObject): Self {
    return this.set({ meta });
  }

  initial(initial: string): Self {
    return this.set({ initial });
  }

  state(key: string, describe: (state: StateBuilder) => StateBuilder = (state) => state): Self {
    return this.set({ states: { ...this.draft.states, [key]: describe(new StateBuilder({})).build() } });
  }

  parallel(): Self {
    return this.set({ type: 'parallel' });
  }

  navigateTo(target: string, options: AnyOptions = {}): Self {
    const { when } = options;
    if (when === undefined) return this.always(target, options);
    return this.on(when, transition(options, this.target(target)));
  }

  stay(options: AnyOptions): Self {
    return this.on(options.when ?? [], transition(options));
  }

  always(target: string, options: AnyOptions = {}): Self {
    return this.set({ always: add(this.draft.always, [transition(options, this.target(target))]) });
  }

  after(delay: Duration): DelayedBuilder<Self>;
  after(delay: Duration, target: string, options?: AnyOptions): Self;
  after(delay: Duration, target?: string, options: AnyOptions = {}): Self | DelayedBuilder<Self> {
    const later = (one: string | TransitionDefinition): Self => {
      const { after = {} } = this.draft;
      const key = String(delay);
      return this.set({ after: { ...after, [key]: add(after[key], [one]) } });
    };
    if (target !== undefined) return later(transition(options, this.target(target)));
    return {
      navigateTo: (name, own = {}) => later(transition(own, this.target(name))),
      stay: (own) => later(transition(own)),
    };
  }

  onEnter(...actions: readonly ActionDefinition[]): Self {
    return this.set({ entry: add(this.draft.entry, actions) });
  }

  onExit(...actions: readonly ActionDefinition[]): Self {
    return this.set({ exit: add(this.draft.exit, actions) });
  }

  invoke(invocation: InvokeDefinition): Self {
    return this.set({ invoke: add(this.draft.invoke, [invocation]) });
  }

  output(output: Json | Implementation): Self {
    return this.set({ output });
  }

  validate(rule: GuardDefinition, message: string): Self {
    return this.make(this.draft, [...this.rules, { guard: rule, message }]);
  }

  private on(when: string | readonly string[], one: string | TransitionDefinition): Self {
    const on: Record<string, TransitionList> = { ...this.draft.on };
    for (const type of typeof when === 'string' ? [when] : when) on[type] = add(on[type], [one]);
    return this.set({ on });
  }

  build(): Definition {
    return withRules(this.draft, this.rules);
  }

  /** The same builder with other values under some keys. */
  protected set(changes: Partial<Definition> | StateDefinition): Self {
    return this.make({ ...this.draft, ...changes }, this.rules);
  }
}

interface DelayedBuilder<Self> {
  navigateTo(target: string, options?: AnyOptions): Self;
  stay(options: AnyOptions): Self;
}

export class StateBuilder extends Builder<StateBuilder> {
  protected override make(draft: StateDefinition, rules: readonly Rule[]): StateBuilder {
    return new StateBuilder(draft, rules);
  }

  protected override target(name: string): string {
    return name;
  }

  id(id: string): StateBuilder {
    return this.set({ id });
  }

  effect(effect: EffectDefinition): StateBuilder {
    return this.set({ effect });
  }

  onDone(target: string | AnyOptions, options: AnyOptions = {}): StateBuilder {
    return this.set({ onDone: add(this.draft.onDone, [outcome(target, options)]) });
  }

  onError(target: string | AnyOptions, options: AnyOptions = {}): StateBuilder {
    return this.set({ onError: add(this.draft.onError, [outcome(target, options)]) });
  }

  final(output?: Json): StateBuilder {
    return this.set({ type: 'final', ...(output !== undefined && { output }) });
  }

  history(history: 'shallow' | 'deep' = 'shallow', target?: string): StateBuilder {
    return this.set({ type: 'history', history, ...(target !== undefined && { target }) });
  }
}

function outcome(target: string | AnyOptions, options: AnyOptions): string | TransitionDefinition {
  return typeof target === 'string' ? transition(options, target) : transition(target);
}

/** A transition as a person would write it: only a target is just its name. */
function transition(
  { if: guard, do: actions, reenter, description }: AnyOptions,
  target?: string,
): string | TransitionDefinition {
  const options = {
    ...(guard !== undefined && { guard }),
    ...(actions !== undefined && { actions }),
    ...(reenter !== undefined && { reenter }),
    ...(description !== undefined && { description }),
  };
  if (target === undefined) return options;
  return Object.keys(options).length === 0 ? target : { target, ...options };
}

/** One stands alone, several are a list. */
function add<T>(existing: T | readonly T[] | undefined, more: readonly T[]): T | readonly T[] {
  const before: readonly T[] = existing === undefined ? [] : Array.isArray(existing) ? existing : [existing as T];
  const all = [...before, ...more];
  return all.length === 1 ? all[0]! : all;
}
