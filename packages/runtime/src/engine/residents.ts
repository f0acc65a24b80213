import { FsmError, type Implementations, type MachineDefinition } from '@fsm/core';
import type { Registry } from '@fsm/effects';
import type { Limits } from '../limits.ts';
import type { RegisteredPlugins } from '../plugins/registered-plugins.ts';
import type { Found, Store } from '../store/store.ts';
import { checkId } from './accept.ts';
import type { Committer } from './committer.ts';
import { type Folded, foldFound, foldRecord, machineHashOf } from './fold.ts';
import { Instance } from './instance.ts';
import { type Listeners, loadListeners } from './listeners.ts';
import type { RuntimeObserver } from './observer.ts';
import { earliestTimer, readRecordText } from './record.ts';
import {
  type LoadedMachine,
  loadMachine,
  machineUnknown,
  reviveMachine,
  storedMachine,
  TenantSpace,
} from './tenant-space.ts';
import { whenReady } from './when-ready.ts';

export interface ResidentsOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly implementations: Implementations | undefined;
  readonly plugins: RegisteredPlugins;
  readonly limits: Limits;
  readonly observer: RuntimeObserver;
  readonly committer: Committer;
  readonly readOnly: boolean;
}

export interface ResidentsPort {
  /** It is ready: timers can be armed and work taken up. */
  loaded(instance: Instance): void;
  /** Its phase is settled: what waited in the mailbox can be handled. */
  drain(instance: Instance): void;
  /** It left memory while a timer of it is armed. */
  left(wake: number | undefined): void;
  noteQuiet(): void;
  afterTurn(callback: () => void): void;
}

/**
 * The instances in memory, and the way in and out: found by name or number, loaded from the store and folded, released when
 * idle. Loading answers at once where the store does; where it does not, the instance is a shell whose mailbox collects.
 */
export class Residents {
  readonly #options: ResidentsOptions;
  readonly #port: ResidentsPort;
  readonly #spaces = new Map<string, TenantSpace>();
  /** Ready instances, those looked at longest ago first. */
  readonly #byNumber = new Map<number, Instance>();
  #loading = 0;
  #evicting = false;

  constructor(options: ResidentsOptions, port: ResidentsPort) {
    this.#options = options;
    this.#port = port;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  /** How many loads are under way. */
  get loading(): number {
    return this.#loading;
  }

  has(number: number): boolean {
    return this.#byNumber.has(number);
  }

  get(number: number): Instance | undefined {
    return this.#byNumber.get(number);
  }

  all(): Instance[] {
    return [...this.#byNumber.values()];
  }

  space(tenant: string): TenantSpace {
    let space = this.#spaces.get(tenant);
    if (space === undefined) {
      checkId('tenant', tenant, this.#options.limits);
      space = new TenantSpace(tenant);
      this.#spaces.set(tenant, space);
    }
    return space;
  }

  /** The instance of that name in memory, or a shell that is loading; never throws. */
  locate(space: TenantSpace, name: string): Instance {
    const live = space.instances.get(name);
    if (live !== undefined) {
      live.touched = true;
      return live;
    }
    const instance = new Instance(space, name);
    space.instances.set(name, instance);
    void this.#load(instance, () => this.#options.store.find(space.id, name));
    return instance;
  }

  /** Brings an instance into memory that has something to do, unless it is there. */
  awaken(number: number): void | Promise<void> {
    if (this.#byNumber.has(number)) return;
    return whenReady(this.#options.store.load(number), (found) => {
      if (found === undefined) return;
      const space = this.space(found.owner.tenant);
      if (space.instances.has(found.owner.name)) return;
      const instance = new Instance(space, found.owner.name);
      space.instances.set(instance.name, instance);
      return this.#load(instance, () => found);
    });
  }

  /** A new instance has decided its creation. */
  admit(instance: Instance): void {
    instance.phase = 'ready';
    instance.space.instances.set(instance.name, instance);
    this.#byNumber.set(instance.number, instance);
    this.#evictSoon();
  }

  /** Takes an instance out of memory; whoever asks for it next loads it again. */
  release(instance: Instance): void {
    instance.phase = 'gone';
    if (instance.space.instances.get(instance.name) === instance) instance.space.instances.delete(instance.name);
    if (this.#byNumber.get(instance.number) === instance) this.#byNumber.delete(instance.number);
    this.#options.committer.forget(instance);
  }

  /** Lets idle instances go while there are too many, those unused for longest first (a second chance for the touched). */
  evict(): void {
    const { limits, committer } = this.#options;
    let looks = 2 * (this.#byNumber.size - limits.liveInstances);
    for (const [number, instance] of this.#byNumber) {
      if (looks <= 0 || this.#byNumber.size <= limits.liveInstances) break;
      looks -= 1;
      if (instance.touched || !instance.idle) {
        instance.touched = false;
        this.#byNumber.delete(number);
        this.#byNumber.set(number, instance);
      } else if (committer.isRecorded(instance)) {
        this.release(instance);
        this.#port.left(earliestTimer(instance.state!));
      } else {
        committer.wantRecord(instance);
      }
    }
  }

  /** Not at once: whoever asked for the instance that made it one too many is about to use it. */
  #evictSoon(): void {
    if (this.#evicting || this.#byNumber.size <= this.#options.limits.liveInstances) return;
    this.#evicting = true;
    this.#port.afterTurn(() => {
      this.#evicting = false;
      this.evict();
    });
  }

  async register(
    space: TenantSpace,
    definition: MachineDefinition,
    implementations: Implementations | undefined,
  ): Promise<LoadedMachine> {
    const { store, registry, committer } = this.#options;
    const { plugins } = this.#options;
    const code =
      implementations === undefined
        ? this.#options.implementations
        : plugins.contributions.implementations(implementations, `the machine \`${definition.id}\``);
    const fresh = loadMachine(definition, registry, code, plugins);
    const { hash, id } = fresh.machine;
    const loaded = space.machines.get(hash) ?? fresh;
    // Whoever creates an instance of it must find it in the store after a crash, so it counts only once it is there.
    if (loaded === fresh && (await store.machine(space.id, hash)) === undefined) {
      committer.addMachine(storedMachine(space.id, loaded.machine));
      await new Promise<void>((resolve, reject) => committer.acknowledge({ resolve: () => resolve(), reject }));
    }
    space.machines.set(hash, loaded);
    space.latest.set(id, loaded);
    for (const instance of [...space.instances.values()]) {
      if (instance.phase !== 'refused' || instance.trouble?.details?.hash !== hash) continue;
      this.release(instance);
      this.locate(space, instance.name);
    }
    return loaded;
  }

  /** A compiled machine by hash, from memory or from the store. Throws MACHINE_UNKNOWN. */
  machine(space: TenantSpace, hash: string, id = hash): LoadedMachine | Promise<LoadedMachine> {
    const known = space.machines.get(hash);
    if (known !== undefined) return known;
    return whenReady(this.#options.store.machine(space.id, hash), (stored) => {
      if (stored === undefined) throw machineUnknown(id, hash, false);
      const { registry, implementations, plugins, readOnly } = this.#options;
      const { components } = plugins.contributions;
      const loaded = reviveMachine(stored, registry, implementations, readOnly ? undefined : plugins, components);
      space.machines.set(hash, loaded);
      return loaded;
    });
  }

  #load(instance: Instance, find: () => Found | undefined | Promise<Found | undefined>): void | Promise<void> {
    this.#loading += 1;
    const over = () => {
      this.#loading -= 1;
      this.#port.drain(instance);
      this.#port.noteQuiet();
    };
    const ready = (found: Found | undefined) => {
      if (found === undefined) instance.phase = 'missing';
      over();
      if (instance.phase === 'missing') instance.space.instances.delete(instance.name);
    };
    const failed = (error: unknown) => {
      this.#refuse(instance, error);
      over();
    };
    let fetched: Found | undefined | Promise<Found | undefined>;
    try {
      fetched = whenReady(this.#listeners(instance.space), () =>
        whenReady(find(), (found) => (found === undefined ? undefined : this.#take(instance, found))),
      );
    } catch (error) {
      failed(error);
      return;
    }
    if (fetched instanceof Promise) return fetched.then(ready, failed);
    ready(fetched);
  }

  /** L1: nothing of a tenant is ready to decide before its listeners are known. */
  #listeners(space: TenantSpace): Listeners | undefined | Promise<Listeners> {
    if (space.listeners !== undefined || this.#options.readOnly) return space.listeners;
    if (space.findingListeners !== undefined) return space.findingListeners;
    const found = loadListeners(this.#options.store, space.id);
    if (!(found instanceof Promise)) {
      space.listeners = found;
      return found;
    }
    space.findingListeners = found
      .then((listeners) => {
        space.listeners = listeners;
        return listeners;
      })
      .finally(() => {
        space.findingListeners = undefined;
      });
    return space.findingListeners;
  }

  #take(instance: Instance, found: Found): Found | Promise<Found> {
    // To look at an instance whose record is current, nobody needs its machine.
    if (this.#options.readOnly && found.record !== undefined && found.lines.length === 0) {
      return this.#settle(instance, found, undefined, foldRecord(found.record));
    }
    const fold = (loaded: LoadedMachine) => this.#settle(instance, found, loaded, foldFound(loaded.machine, found));
    const withoutCode = (error: unknown) => {
      const { record } = found;
      if (!this.#options.readOnly || record === undefined || !needsCode(error)) throw error;
      instance.unread = found.lines.length;
      return this.#settle(instance, found, undefined, foldRecord(record));
    };
    try {
      const result = whenReady(this.machine(instance.space, machineHashOf(found)), fold);
      return result instanceof Promise ? result.catch(withoutCode) : result;
    } catch (error) {
      return withoutCode(error);
    }
  }

  #settle(instance: Instance, found: Found, loaded: LoadedMachine | undefined, folded: Folded): Found {
    instance.number = found.number;
    instance.loaded = loaded;
    instance.state = folded.state;
    instance.sequence = folded.sequence;
    instance.hash = folded.hash;
    instance.at = folded.at;
    instance.reported = found.record === undefined ? 0 : readRecordText(found.record.text).reported;
    instance.phase = 'ready';
    this.#byNumber.set(instance.number, instance);
    if (found.lines.length > 0) this.#options.committer.owesRecord(instance);
    this.#port.loaded(instance);
    this.#evictSoon();
    return found;
  }

  #refuse(instance: Instance, cause: unknown): void {
    const { space, name } = instance;
    const error = FsmError.is(cause)
      ? cause
      : new FsmError('INSTANCE_FAILED', `The instance "${name}" cannot be loaded: ${String(cause)}`, { cause });
    instance.phase = 'refused';
    instance.trouble = error;
    this.#options.observer.refused?.({ tenant: space.id, instance: name, error });
    // One whose machine is missing waits for `register`; any other is tried again when somebody asks for it.
    if (error.code !== 'MACHINE_UNKNOWN') space.instances.delete(name);
  }
}

/** The definition has functions, or names implementations, that only its TypeScript file brings along. */
function needsCode(error: unknown): boolean {
  return FsmError.is(error) && (error.code === 'MACHINE_UNKNOWN' || error.code === 'MACHINE_INVALID');
}
