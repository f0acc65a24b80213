import { FsmError, listNames, type PluginUse, type Problem, suggest } from '@fsm/core';
import type { z } from 'zod';
import { Contributions } from './contributions.ts';
import type { Plugin, PluginHooks } from './plugin.ts';

/** The hooks of one plugin for one machine. */
export interface PreparedPlugin {
  readonly name: string;
  readonly hooks: PluginHooks;
}

/** The plugins a runtime was opened with: checks what machines ask for and makes it ready. */
export class RegisteredPlugins {
  /** What they bring along. */
  readonly contributions: Contributions;
  readonly #plugins = new Map<string, Plugin>();

  /** @throws FsmError PLUGIN_EXISTS when two have the same name, PLUGIN_CLASH when they bring something of the same name */
  constructor(plugins: readonly Plugin[]) {
    for (const plugin of plugins) {
      if (this.#plugins.has(plugin.name)) {
        throw new FsmError('PLUGIN_EXISTS', `There are two plugins named \`${plugin.name}\`.`, {
          hint: 'Give yours another name, with that of your organisation in front: `acme.Logger`.',
          details: { name: plugin.name },
        });
      }
      this.#plugins.set(plugin.name, plugin);
    }
    this.contributions = new Contributions(plugins);
  }

  /** Everything that is wrong with a use of a plugin, whose form `validate` has checked. */
  check(use: unknown, path: string): Problem[] {
    const { name, options } = partsOf(use as PluginUse);
    const plugin = this.#plugins.get(name);
    if (plugin === undefined) return [this.#unknown(name, typeof use === 'string' ? path : `${path}.use`)];
    const place = typeof use === 'string' ? path : `${path}.with`;
    if (plugin.options === undefined) {
      const keys = Object.keys(options);
      if (keys.length === 0) return [];
      return [problem('UNKNOWN_KEY', `${place}.${keys[0]}`, `\`${name}\` has no options.`, 'Remove `with`.')];
    }
    const parsed = plugin.options.safeParse(options);
    return parsed.success ? [] : parsed.error.issues.flatMap((issue) => optionProblems(plugin, issue, place));
  }

  /** Makes the plugins of a machine ready, in the order it names them. Throws PLUGIN_FAILED when one cannot be. */
  prepare(uses: readonly PluginUse[]): readonly PreparedPlugin[] {
    return uses.map((use) => {
      const { name, options } = partsOf(use);
      const plugin = this.#plugins.get(name);
      try {
        if (plugin === undefined) throw new Error('it is not registered');
        const given = plugin.options === undefined ? {} : plugin.options.parse(options);
        return { name, hooks: plugin.hooks?.(given) ?? {} };
      } catch (cause) {
        throw new FsmError('PLUGIN_FAILED', `The plugin \`${name}\` cannot be used: ${messageOf(cause)}`, {
          hint: 'Correct the plugin, or remove it from the machine.',
          details: { plugin: name },
          cause,
        });
      }
    });
  }

  #unknown(name: string, path: string): Problem {
    const names = [...this.#plugins.keys()];
    const near = suggest(name, names);
    const hint =
      names.length === 0 ? 'Open the runtime with `plugins: [ … ]`, or remove it.' : `Registered: ${listNames(names)}.`;
    const ending = near === undefined ? '.' : `; did you mean \`${near}\`?`;
    return problem('UNKNOWN_PLUGIN', path, `There is no plugin \`${name}\`${ending}`, hint);
  }
}

function partsOf(use: PluginUse): { readonly name: string; readonly options: object } {
  return typeof use === 'string' ? { name: use, options: {} } : { name: use.use, options: use.with ?? {} };
}

function optionProblems({ name, options }: Plugin, issue: z.core.$ZodIssue, place: string): Problem[] {
  const shape = options!.shape;
  const known = Object.keys(shape);
  const list = known.length === 0 ? 'It has no options.' : `Its options are ${listNames(known)}.`;
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = suggest(key, known);
      const hint = near === undefined ? list : `Did you mean \`${near}\`? ${list}`;
      return problem('UNKNOWN_KEY', [place, ...at, key].join('.'), `\`${name}\` has no option \`${key}\`.`, hint);
    });
  }
  const description = (shape[at[0] ?? ''] as z.ZodType | undefined)?.description;
  const hint = description === undefined ? list : `\`${at[0]}\`: ${description}`;
  const message = `\`${at.join('.')}\` of \`${name}\` is not right: ${issue.message}.`;
  return [problem('INVALID_VALUE', [place, ...at].join('.'), message, hint)];
}

function problem(code: string, path: string, message: string, hint: string): Problem {
  return { code, severity: 'error', path, message, hint };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
