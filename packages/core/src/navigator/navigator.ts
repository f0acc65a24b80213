import type {
  EffectDefinition,
  EventDefinition,
  MachineDefinition,
  SubscriptionDefinition,
} from '../definition/definition.ts';
import type { JsonObject } from '../json.ts';
import type { CompileOptions, Machine } from '../machine/machine.ts';
import type { AiWorkflow } from './ai-workflow.ts';
import type { Blank, Known, Missing, Mistake, WithEvent, WithInside } from './known.ts';
import { MachineBuilder } from './machine-builder.ts';
import type { Words } from './words.ts';

/**
 * A machine under construction, in the words of FSM version 1. It builds the same value that a person would write as
 * JSON; the compiler collects the states and events on the way.
 */
export interface Navigator<Context, K extends Known> extends Words<'machine', Context, K> {
  /** A version for people. */
  version(version: string): Navigator<Context, K>;
  /** The data an instance starts with. */
  context<const Values extends JsonObject>(values: Values): Navigator<Loose<Values>, K>;
  /** Declares an event. Once one is declared, all must be. */
  event<const Type extends string>(type: Type, declaration?: EventDefinition): Navigator<Context, WithEvent<K, Type>>;
  /** Work that runs as long as the instance is active. */
  effect(effect: EffectDefinition): Navigator<Context, K>;
  /** Adds a component; `name` is its own name in lower case when not given. Its states count as known. */
  useComponent<const Component extends string>(
    component: Component,
    parameters?: JsonObject,
    place?: { readonly name?: string; readonly at?: string; readonly prefix?: string },
  ): Navigator<Context, Component extends 'Timer' ? K : WithInside<K, string, never>>;
  usePlugin(plugin: string, options?: JsonObject): Navigator<Context, K>;
  /** Listens to another machine. */
  subscribe(subscription: SubscriptionDefinition): Navigator<Context, K>;
  /** Adds a state that asks a model, keeps its answer, and goes on. */
  aiWorkflow<const Key extends string, const Done extends string, const Failed extends string>(
    key: Key,
    workflow: AiWorkflow<Done, Failed>,
  ): Navigator<Context, WithInside<K, Key, Done | Failed>>;
  /** The definition. Does not compile while a target is no state; what else can be wrong, `validate` says. */
  build(...mistake: Mistakes<K>): MachineDefinition;
  /**
   * The compiled machine.
   *
   * @throws FsmError MACHINE_INVALID
   */
  compile(this: Complete<K, this>, options?: CompileOptions): Machine;
}

/** The type of the context is that of its values, not the values. */
type Loose<Value> = Value extends string
  ? string
  : Value extends number
    ? number
    : Value extends boolean
      ? boolean
      : Value extends null
        ? unknown
        : Value extends readonly (infer Item)[]
          ? readonly Loose<Item>[]
          : { readonly [Key in keyof Value]: Loose<Value[Key]> };

type Mistakes<K extends Known> = [Missing<K>] extends [never]
  ? []
  : [mistake: Mistake<`There is no state \`${Missing<K>}\``>];

type Complete<K extends Known, Self> = [Missing<K>] extends [never]
  ? Self
  : Mistake<`There is no state \`${Missing<K>}\``>;

/** The event types that a builder's machine waits for. */
export type NavigatorEvent<Builder> = Builder extends Navigator<infer _Context, infer K> ? K['events'] : never;

/** The keys of the outermost states of a builder's machine. */
export type NavigatorState<Builder> = Builder extends Navigator<infer _Context, infer K> ? K['states'] : never;

/**
 * Begins a machine.
 *
 * ```ts
 * const door = navigator('SmartDoor')
 *   .context({ opened: 0 })
 *   .initial('closed')
 *   .state('closed', (s) =>
 *     s.navigateTo('open', { when: 'open_command', do: { assign: { opened: '{{ context.opened + 1 }}' } } }),
 *   )
 *   .state('open', (s) => s.navigateTo('closed', { when: 'close_command' }).after('10s').navigateTo('closed'))
 *   .build();
 * ```
 *
 * A builder never changes: every word gives back a new one, so that machines can share a beginning.
 */
export function navigator(id: string): Navigator<JsonObject, Blank> {
  // what the compiler collects is nowhere in the values, so it cannot be inferred from them
  return new MachineBuilder({ id }) as unknown as Navigator<JsonObject, Blank>;
}
