import { FsmError, type Json } from '@fsm/core';
import type { z } from 'zod';
import type { Report } from './report.ts';

/**
 * A plugin: code that a machine asks for by name (`"plugins": ["Logger", { "use": "Audit", "with": { … } }]`) and that the
 * runtime was opened with. Today a plugin watches, through hooks.
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
 */
export interface Plugin<Options extends z.ZodObject = z.ZodObject> {
  /** What a machine calls it. Plugins of others put theirs in front: `acme.Billing`. */
  readonly name: string;
  /** One sentence. */
  readonly description: string;
  /** What may stand in `with`: a strict Zod object with a description on every field. None when not given. */
  readonly options?: Options;
  /** Called once for each version of a machine that uses the plugin. */
  hooks(options: z.output<Options>): PluginHooks;
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
 * await openRuntime({ store: 'doors.db', plugins: [counter] });
 * ```
 *
 * @throws FsmError PLUGIN_INVALID when it has no usable name, or no hooks
 */
export function definePlugin<Options extends z.ZodObject>(plugin: Plugin<Options>): Plugin<Options> {
  const { name, hooks } = plugin;
  if (typeof name !== 'string' || !nameForm.test(name) || typeof hooks !== 'function') {
    throw new FsmError('PLUGIN_INVALID', `\`${String(name).slice(0, 60)}\` is not a plugin.`, {
      hint: 'Give it a `name` of letters, digits and `. _ -`, and `hooks`: a function that returns them.',
    });
  }
  return Object.freeze(plugin);
}
