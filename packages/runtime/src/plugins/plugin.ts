import { type Component, FsmError, type Implementations, type Json, listNames } from '@fsm/core';
import type { EffectKind, RegistryOptions } from '@fsm/effects';
import type { z } from 'zod';
import type { Report } from './report.ts';

/**
 * A plugin: code that the runtime is opened with. It brings along effect kinds, functions, guards, actions and components,
 * which every machine of the runtime may use; and it watches, through hooks, the instances of machines that ask for it by
 * name (`"plugins": ["Logger", { "use": "Audit", "with": { … } }]`).
 *
 * P1  *Watching changes nothing.* Hooks are called after the commit, with copies; what they return is ignored.
 * P2  *In order.* Each instance's lines are reported in the order of its journal, one after another: a hook that returns a
 *     promise holds up the next report of the same instance, and of no other.
 * P3  *Isolated.* A hook that throws, rejects or takes longer than `limits.pluginTime` is named to the observer and counted in
 *     the status; instances and the other plugins go on. A promise that takes longer is not waited for any more. While one is
 *     waited for, up to `limits.pluginBacklog` reports wait behind it; those beyond are counted as missed.
 * P4  *At least once.* A record says up to which line everything was reported. What came after is reported again when the
 *     instance is next loaded, with `again: true` and its `sequence`, so a plugin can tell whether it knows the line. After an
 *     orderly close nothing is repeated. What was missed under P3 is not made up for.
 * P5  *Only whoever asked.* An instance reports to the plugins its version of the machine names, from its first line on.
 * P6  *No name twice.* What plugins bring has names of its own: one that the runtime, a machine's own code or another plugin
 *     has already is refused, and both owners are named.
 * P7  *Named when broken.* A plugin that cannot be set up refuses the machines that ask for it, and no others; an effect of a
 *     kind that cannot be prepared is a problem where it stands. Both say which plugin it was.
 */
export interface Plugin<Options extends z.ZodObject = z.ZodObject> {
  /** What a machine calls it. Plugins of others put theirs in front: `acme.Billing`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** What may stand in `with`: a strict Zod object with a description on every field. None when not given. */
  readonly options?: Options;
  /** Called once for each version of a machine that uses the plugin. It watches nothing when not given. */
  hooks?(options: z.output<Options>): PluginHooks;
  /** Kinds of effects. Plugins of others put their name in front: `acme.score`. */
  readonly kinds?: readonly EffectKind[];
  /** What `call` can call. */
  readonly functions?: NonNullable<RegistryOptions['functions']>;
  /** Guards that definitions refer to by name. */
  readonly guards?: NonNullable<Implementations['guards']>;
  /** Actions that definitions refer to by name. */
  readonly actions?: NonNullable<Implementations['actions']>;
  readonly components?: readonly Component[];
}

/** What a plugin may watch. A journal line calls the hooks that fit, in this order. */
export interface PluginHooks {
  /** The instance began. */
  created?(report: Report): Watching;
  /** An event from outside or from another instance was taken. */
  taken?(report: Report): Watching;
  /** An event came that no transition takes: nothing changed. */
  ignored?(report: Report): Watching;
  /** The machine moved: an event, a timer or the outcome of an effect was taken, or an effect changed the context. */
  transition?(report: Report): Watching;
  effectEnded?(report: Report & { readonly effect: EffectEnd }): Watching;
  effectStarted?(report: Report & { readonly effect: EffectStart }): Watching;
  /** The machine failed: on an event, which changed nothing (`status: 'active'`), or on its own work, and ended. */
  failed?(report: Report & { readonly error: FailureReport }): Watching;
  /** It reached its final state. */
  done?(report: Report & { readonly output: Json | undefined }): Watching;
  destroyed?(report: Report): Watching;
}

export type HookName = keyof PluginHooks;

/** Nothing, now or later; a promise holds up the next report of the same instance. */
export type Watching = void | Promise<void>;

export interface EffectStart {
  readonly invocation: string;
  /** Path of the state that runs it. */
  readonly state: string;
  /** Kind of the effect. */
  readonly kind: string;
}

export interface EffectEnd {
  readonly invocation: string;
  readonly outcome: 'done' | 'failed' | 'cancelled';
  readonly output?: Json;
  readonly error?: FailureReport;
}

export interface FailureReport {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

const nameForm = /^[A-Za-z][A-Za-z0-9._-]{0,127}$/;

/**
 * Defines a plugin.
 *
 * ```ts
 * const counter = definePlugin({
 *   name: 'acme.Counter',
 *   description: 'Counts how often states are entered.',
 *   options: z.strictObject({ prefix: z.string().optional().describe('Stands before the names.') }),
 *   hooks: ({ prefix = '' }) => ({ transition: ({ to }) => to.forEach((state) => count(prefix + state)) }),
 * });
 *
 * const credit = definePlugin({
 *   name: 'acme.Credit',
 *   description: 'Knows what applicants are worth.',
 *   functions: { 'acme.score': ({ applicant }) => lookUp(applicant) },
 *   guards: { solvent: ({ context }) => context.score > 600 },
 * });
 *
 * await openRuntime({ store: 'doors.db', plugins: [counter, credit] });
 * ```
 *
 * @throws FsmError PLUGIN_INVALID when it has no usable name, brings nothing, or brings something that is none
 */
export function definePlugin<Options extends z.ZodObject>(plugin: Plugin<Options>): Plugin<Options> {
  const { name } = plugin;
  if (typeof name !== 'string' || !nameForm.test(name)) {
    throw invalid(String(name).slice(0, 60), 'has no usable name', 'Give it a `name` of letters, digits and `. _ -`.');
  }
  const wrong = Object.entries(forms).find(([key, form]) => {
    const value = (plugin as unknown as Readonly<Record<string, unknown>>)[key];
    return value !== undefined && !form.is(value);
  });
  if (wrong !== undefined)
    throw invalid(name, `brings \`${wrong[0]}\` that are none`, `\`${wrong[0]}\` is ${wrong[1].what}.`);
  if (!Object.keys(forms).some((key) => Object.hasOwn(plugin, key))) {
    throw invalid(name, 'brings nothing', `Give it one of ${listNames(Object.keys(forms))}.`);
  }
  return Object.freeze(plugin);
}

interface Form {
  readonly what: string;
  is(value: unknown): boolean;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const hasMethod = (method: string) => (value: unknown) =>
  isRecord(value) && 'name' in value && typeof value.name === 'string' && isFunction(Reflect.get(value, method));
const listOf = (isOne: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(isOne);
const recordOf = (isOne: (value: unknown) => boolean) => (value: unknown) =>
  isRecord(value) && Object.values(value).every(isOne);

/** What a plugin may bring. */
const forms: Readonly<Record<string, Form>> = {
  hooks: { what: 'a function that returns them', is: isFunction },
  kinds: { what: 'a list of what `defineEffect` returns', is: listOf(hasMethod('prepare')) },
  functions: {
    what: 'an object of functions, or of what `defineFunction` returns',
    is: recordOf((value) => isFunction(value) || isRecord(value)),
  },
  guards: { what: 'an object of functions', is: recordOf(isFunction) },
  actions: { what: 'an object of functions', is: recordOf(isFunction) },
  components: { what: 'a list of what `defineComponent` returns', is: listOf(hasMethod('build')) },
};

function invalid(name: string, what: string, hint: string): FsmError {
  return new FsmError('PLUGIN_INVALID', `The plugin \`${name}\` ${what}.`, { hint, details: { plugin: name } });
}
