import { builtInComponents, type Component, FsmError, type Implementations } from '@fsm/core';
import { builtInKinds, type EffectKind, leaf, type Registry, type RegistryOptions } from '@fsm/effects';
import type { Plugin } from './plugin.ts';

type Functions = NonNullable<RegistryOptions['functions']>;

/**
 * What plugins bring along, with its owners: the runtime's registry, and the code and components of every machine, get it
 * through here, so that no name has two meanings (P6).
 */
export class Contributions {
  readonly components: readonly Component[];
  readonly #plugins: readonly Plugin[];
  readonly #owners: Readonly<Record<Sort, Map<string, string>>>;

  /** @throws FsmError PLUGIN_CLASH when two plugins bring something of the same name, or one something built in */
  constructor(plugins: readonly Plugin[]) {
    this.#plugins = plugins;
    this.#owners = { kind: new Map(), function: new Map(), guard: new Map(), action: new Map(), component: new Map() };
    for (const { name } of builtInKinds) this.#owners.kind.set(name, builtIn);
    for (const { name } of builtInComponents) this.#owners.component.set(name, builtIn);
    for (const { name: owner, kinds = [], functions = {}, guards = {}, actions = {}, components = [] } of plugins) {
      for (const { name } of kinds) this.#claim('kind', name, owner);
      for (const name of Object.keys(functions)) this.#claim('function', name, owner);
      for (const name of Object.keys(guards)) this.#claim('guard', name, owner);
      for (const name of Object.keys(actions)) this.#claim('action', name, owner);
      for (const { name } of components) this.#claim('component', name, owner);
    }
    this.components = plugins.flatMap(({ components = [] }) => components);
  }

  /** The registry with the kinds and functions of the plugins. Throws PLUGIN_CLASH. */
  registry(own: Registry): Registry {
    const owner = 'the registry';
    for (const { name } of own.kinds()) if (!builtInNames.has(name)) this.#refuse('kind', name, owner);
    for (const name of own.functions()) this.#refuse('function', name, owner);
    const kinds = this.#plugins.flatMap(({ name, kinds = [] }) => kinds.map((kind) => guarded(kind, name)));
    const functions: Functions = Object.assign({}, ...this.#plugins.map((plugin) => plugin.functions));
    const any = this.#plugins.some((plugin) => plugin.functions !== undefined);
    if (kinds.length === 0 && !any) return own;
    return own.with({ kinds, ...(any && { functions }) });
  }

  /** Guards and actions by name, with those of the plugins. Throws PLUGIN_CLASH. */
  implementations(own: Implementations | undefined, owner: string): Implementations | undefined {
    for (const name of Object.keys(own?.guards ?? {})) this.#refuse('guard', name, owner);
    for (const name of Object.keys(own?.actions ?? {})) this.#refuse('action', name, owner);
    const guards = merged(this.#plugins.map((plugin) => plugin.guards));
    const actions = merged(this.#plugins.map((plugin) => plugin.actions));
    if (guards === undefined && actions === undefined) return own;
    return {
      ...own,
      ...(guards && { guards: { ...guards, ...own?.guards } }),
      ...(actions && { actions: { ...actions, ...own?.actions } }),
    };
  }

  #claim(sort: Sort, name: string, owner: string): void {
    this.#refuse(sort, name, owner);
    this.#owners[sort].set(name, owner);
  }

  #refuse(sort: Sort, name: string, owner: string): void {
    const other = this.#owners[sort].get(name);
    if (other === undefined) return;
    throw new FsmError(
      'PLUGIN_CLASH',
      `The ${nouns[sort]} \`${name}\` comes from ${quoted(other)} and from ${quoted(owner)}.`,
      {
        hint: 'Rename one of them; plugins put their name in front: `acme.score`.',
        details: { what: sort, name, owners: [other, owner] },
      },
    );
  }
}

type Sort = 'kind' | 'function' | 'guard' | 'action' | 'component';

const nouns: Readonly<Record<Sort, string>> = {
  kind: 'kind of effect',
  function: 'function',
  guard: 'guard',
  action: 'action',
  component: 'component',
};

const builtIn = 'what is built in';
const builtInNames = new Set(builtInKinds.map(({ name }) => name));

/** Names of plugins are quoted; other owners are described. */
function quoted(owner: string): string {
  return owner.includes(' ') ? owner : `the plugin \`${owner}\``;
}

function merged<T>(records: readonly ({ readonly [name: string]: T } | undefined)[]): Record<string, T> | undefined {
  const given = records.filter((record) => record !== undefined);
  return given.length === 0 ? undefined : Object.assign({}, ...given);
}

/** A kind whose `prepare` may throw: that is a problem of the effect then, which names the plugin (P7). */
function guarded(kind: EffectKind, plugin: string): EffectKind {
  return {
    ...kind,
    prepare(parameters, compile) {
      try {
        return kind.prepare(parameters, compile);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `The plugin \`${plugin}\` cannot prepare an effect of its kind \`${kind.name}\`: ${reason}`;
        compile.problem('PLUGIN_FAILED', message, 'Correct the plugin, or use another effect.');
        return leaf(() => {
          throw new FsmError('PLUGIN_FAILED', message, { details: { plugin }, cause });
        });
      }
    },
  };
}
