import {
  type Component,
  compile,
  contentHash,
  type EffectDefinition,
  FsmError,
  type Implementations,
  type Machine,
  type MachineDefinition,
} from '@fsm/core';
import type { PreparedEffect, Registry } from '@fsm/effects';
import type { PreparedPlugin, RegisteredPlugins } from '../plugins/registered-plugins.ts';
import type { StoredMachine } from '../store/store.ts';
import type { Instance } from './instance.ts';
import type { Listeners } from './listeners.ts';
import { compileSubscriptions, type Subscription } from './subscription.ts';

/** What the engine holds in memory of one tenant. Nothing in it refers to another tenant. */
export class TenantSpace {
  readonly id: string;
  readonly instances = new Map<string, Instance>();
  /** By content hash. */
  readonly machines = new Map<string, LoadedMachine>();
  /** The version of each machine that was registered last, by id. */
  readonly latest = new Map<string, LoadedMachine>();
  /** Who listens to whom: there before the first instance is, but when only reading. */
  listeners: Listeners | undefined = undefined;
  /** Instances that may ask people for a decision. */
  readonly asking = new Set<Instance>();
  /** The listeners are being looked up. */
  findingListeners: Promise<Listeners> | undefined = undefined;

  constructor(id: string) {
    this.id = id;
  }
}

/** A compiled machine with its effects prepared on first use. */
export class LoadedMachine {
  readonly machine: Machine;
  readonly subscriptions: readonly Subscription[];
  readonly plugins: readonly PreparedPlugin[];
  readonly #registry: Registry;
  readonly #prepared = new Map<string, PreparedEffect>();

  constructor(machine: Machine, registry: Registry, plugins: readonly PreparedPlugin[]) {
    this.machine = machine;
    this.#registry = registry;
    this.plugins = plugins;
    this.subscriptions = compileSubscriptions(machine.definition);
  }

  effect(state: string, index: number): PreparedEffect {
    const key = `${state} ${index}`;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#registry.prepare(this.machine.effect(state, index));
      this.#prepared.set(key, prepared);
    }
    return prepared;
  }

  /** An effect of an SCXML machine, which has evaluated it in its own data model. */
  evaluated(effect: EffectDefinition): PreparedEffect {
    return this.#registry.prepare(effect, { literal: true });
  }

  /** An effect before a transition, with limited time unless it limits its time itself. */
  before(state: string, index: number, milliseconds: number): PreparedEffect {
    const effect = this.machine.effect(state, index);
    if (effect.type === 'timeout') return this.effect(state, index);
    const key = `before ${state} ${index}`;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#registry.prepare({ type: 'timeout', duration: milliseconds, effect });
      this.#prepared.set(key, prepared);
    }
    return prepared;
  }
}

/** Where a function of a TypeScript definition stood: its text is kept for people, it is never run from there. */
const functionKey = '$function';

/** Without `plugins` the machine is only looked at: its plugins need not be there and are not called. */
export function loadMachine(
  definition: MachineDefinition,
  registry: Registry,
  implementations: Implementations | undefined,
  plugins: RegisteredPlugins | undefined,
  components: readonly Component[] = plugins?.contributions.components ?? [],
): LoadedMachine {
  const machine = compile(definition, {
    implementations,
    components,
    checkEffect: (effect, path) => registry.check(effect, path, { literal: definition.semantics === 'scxml' }),
    ...(plugins === undefined ? undefined : { checkPlugin: (use, path) => plugins.check(use, path) }),
  });
  return new LoadedMachine(machine, registry, plugins?.prepare(machine.definition.plugins ?? []) ?? []);
}

/** The definition as it is stored: functions are replaced by a note that the code must be registered again. */
export function storedMachine(tenant: string, machine: Machine): StoredMachine {
  const text = JSON.stringify(machine.definition, (_key, value) =>
    typeof value === 'function' ? { [functionKey]: String(value) } : value,
  );
  return { tenant, hash: machine.hash, id: machine.id, version: machine.version, text };
}

/** Compiles a stored definition; one that had functions needs its code registered first. */
export function reviveMachine(
  stored: StoredMachine,
  registry: Registry,
  implementations: Implementations | undefined,
  plugins: RegisteredPlugins | undefined,
  components?: readonly Component[],
): LoadedMachine {
  const definition = JSON.parse(stored.text) as MachineDefinition;
  if (contentHash(definition) !== stored.hash) {
    if (stored.text.includes(`"${functionKey}"`)) throw machineUnknown(stored.id, stored.hash, true);
    throw new FsmError('JOURNAL_DAMAGED', `The stored definition of machine "${stored.id}" was altered.`, {
      next: 'stop',
      hint: 'Restore the store from a backup.',
      details: { machine: stored.id, hash: stored.hash },
    });
  }
  return loadMachine(definition, registry, implementations, plugins, components);
}

export function machineUnknown(id: string, hash: string, needsCode: boolean): FsmError {
  return new FsmError(
    'MACHINE_UNKNOWN',
    needsCode
      ? `The machine "${id}" contains TypeScript functions and this version of it (${hash.slice(0, 12)}) is not registered.`
      : `There is no machine "${id}" (${hash.slice(0, 12)}) in this tenant.`,
    {
      hint: needsCode
        ? 'Register the same code before using its instances, or migrate them to the new version.'
        : 'Register the machine first.',
      details: { machine: id, hash },
    },
  );
}
