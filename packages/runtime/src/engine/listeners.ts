import { FsmError, type MachineDefinition } from '@fsm/core';
import type { Limits } from '../limits.ts';
import type { Store, StoredSummary } from '../store/store.ts';
import { type CreateFact, decodeEntry } from './fact.ts';
import { compileSubscriptions, type Listens, type Subscription } from './subscription.ts';
import { whenReady } from './when-ready.ts';

/** One subscription of one version of a machine, with the instances that have it. */
export interface Group {
  readonly subscription: Subscription;
  /** Names by number of those that listen to every instance. Ascending: numbers only grow, and nobody comes back. */
  readonly toAll: Map<number, string>;
  /** The same of those that listen to one instance, by its name. */
  readonly toOne: Map<string, Map<number, string>>;
  readonly machine: string;
  readonly index: number;
}

/** Where a subscriber stands: in a group, and there among those that listen to one instance, or to all. */
interface Place {
  readonly group: Group;
  readonly one: string | null;
}

/**
 * Who listens to whom in a tenant: the active instances of machines with `subscriptions`, by the machine they listen to.
 *
 * How a subscription works, from here to the receiver:
 *
 * L1  *Who.* A decision awaits nothing, so the listeners must be known when it is made. They are kept in memory: found in the
 *     store when something of the tenant is first loaded and before anything of it is decided (`loadListeners`), added by
 *     their creation, dropped once their end is committed. The store is read for it only where a machine subscribes; a
 *     subscriber costs some hundred bytes even while it is out of memory. An instance listens as its version says: a newer
 *     version of its machine changes nothing for it.
 * L2  *What.* `noticesOf` compares the configurations before and after a decision, and looks at the event it took and at what
 *     its actions emitted. Listeners come in the order of machine hash, subscription and creation, so two runs agree. Nobody
 *     listens to himself. A template that fails costs its listeners their event, which the observer is told; never the
 *     publisher its decision.
 * L3  *Durable.* The notices stand in the journal line of the decision and from there in the publisher's state, so no crash
 *     comes between. Folding takes them from the line: who listened then is not asked again. A subscriber that is created
 *     later gets nothing of the past.
 * L4  *Delivered.* `Work` hands each receiver the event under the id `<publisher>/<line>.n<notice>`, which the receiver's
 *     journal accepts once; a `heard` line of the publisher takes receivers off the notice, and until then every start
 *     delivers again. A receiver that has ended gets nothing and is done with.
 * L5  *Bounded.* At most `limits.subscribers` instances may listen to all instances of a machine, and as many to one of them:
 *     more are refused their creation. A decision makes at most `limits.notices` deliveries. A chain of notices, however it
 *     runs through subscriptions and sends, ends after `limits.hops`: machines that listen to each other in a circle stop.
 */
export class Listeners {
  readonly #groups = new Map<string, Group[]>();
  readonly #subscribers = new Map<number, Place[]>();

  /** Whether anybody listens to anything. */
  get any(): boolean {
    return this.#subscribers.size > 0;
  }

  /** The subscriptions to a machine, in the order of L2. */
  to(machine: string): readonly Group[] | undefined {
    return this.#groups.get(machine);
  }

  add(
    number: number,
    name: string,
    machine: string,
    subscriptions: readonly Subscription[],
    listens: Listens | undefined,
  ): void {
    const places = subscriptions.map((subscription, index): Place => {
      const group = this.#group(machine, index, subscription);
      const one = listens?.[index] ?? null;
      if (one === null) group.toAll.set(number, name);
      else {
        const those = group.toOne.get(one) ?? new Map<number, string>();
        group.toOne.set(one, those.set(number, name));
      }
      return { group, one };
    });
    this.#subscribers.set(number, places);
  }

  remove(number: number): void {
    for (const { group, one } of this.#subscribers.get(number) ?? []) {
      if (one === null) {
        group.toAll.delete(number);
        continue;
      }
      const those = group.toOne.get(one);
      those?.delete(number);
      if (those?.size === 0) group.toOne.delete(one);
    }
    this.#subscribers.delete(number);
  }

  /** Refuses one subscriber too many. Throws SUBSCRIBERS_EXCEEDED. */
  checkRoom(subscriptions: readonly Subscription[], listens: Listens | undefined, { subscribers }: Limits): void {
    subscriptions.forEach(({ machine }, index) => {
      const one = listens?.[index] ?? null;
      let count = 0;
      for (const { toAll, toOne } of this.to(machine) ?? []) {
        count += one === null ? toAll.size : (toOne.get(one)?.size ?? 0);
      }
      if (count < subscribers) return;
      const whom = one === null ? `all instances of "${machine}"` : `"${one}" of "${machine}"`;
      throw new FsmError('SUBSCRIBERS_EXCEEDED', `${count} instances listen to ${whom} already.`, {
        hint: 'End instances that need not listen any more, name one `instance` to listen to, or raise the limit `subscribers`.',
        details: { machine, instance: one, limit: subscribers },
      });
    });
  }

  #group(machine: string, index: number, subscription: Subscription): Group {
    const groups = this.#groups.get(subscription.machine) ?? [];
    const known = groups.find((group) => group.machine === machine && group.index === index);
    if (known !== undefined) return known;
    const group: Group = { subscription, toAll: new Map(), toOne: new Map(), machine, index };
    groups.push(group);
    groups.sort((a, b) => (a.machine === b.machine ? a.index - b.index : a.machine < b.machine ? -1 : 1));
    this.#groups.set(subscription.machine, groups);
    return group;
  }
}

const page = 10_000;

/** Finds the listeners of a tenant in its store: only where a machine subscribes are its instances looked through. */
export function loadListeners(store: Store, tenant: string): Listeners | Promise<Listeners> {
  return whenReady(store.machines(tenant), (machines) => {
    const listening = new Map<string, readonly Subscription[]>();
    for (const { hash, text } of machines) {
      if (!text.includes('"subscriptions"')) continue;
      const subscriptions = compileSubscriptions(JSON.parse(text) as MachineDefinition);
      if (subscriptions.length > 0) listening.set(hash, subscriptions);
    }
    if (listening.size === 0) return new Listeners();
    return whenReady(summaries(store, tenant), (found) => collect(store, listening, found));
  });
}

function summaries(store: Store, tenant: string): StoredSummary[] | Promise<StoredSummary[]> {
  const all: StoredSummary[] = [];
  const next = (): StoredSummary[] | Promise<StoredSummary[]> =>
    whenReady(store.list(tenant, { after: all.at(-1)?.name, limit: page }), (some) => {
      for (const summary of some) all.push(summary);
      return some.length < page ? all : next();
    });
  return next();
}

/** The creation line says what an instance without a record runs, and to whom it listens. */
function collect(
  store: Store,
  listening: ReadonlyMap<string, readonly Subscription[]>,
  found: readonly StoredSummary[],
): Listeners | Promise<Listeners> {
  const listeners = new Listeners();
  const candidates = found
    .filter(({ machine, status }) => machine === '' || (status === 'active' && listening.has(machine)))
    .sort((a, b) => a.number - b.number);
  const from = (start: number): Listeners | Promise<Listeners> => {
    for (let index = start; index < candidates.length; index += 1) {
      const { number, name, machine } = candidates[index]!;
      const simple = listening.get(machine)?.every(({ instance }) => instance === undefined) === true;
      if (simple) {
        listeners.add(number, name, machine, listening.get(machine)!, undefined);
        continue;
      }
      const added = whenReady(store.lines(number, 1, 1), ([line]) => {
        const created = line === undefined ? undefined : (decodeEntry(line.text) as CreateFact);
        const subscriptions = created === undefined ? undefined : listening.get(created.machine.hash);
        if (created === undefined || subscriptions === undefined) return;
        listeners.add(number, name, created.machine.hash, subscriptions, created.listens);
      });
      if (added instanceof Promise) return added.then(() => from(index + 1));
    }
    return listeners;
  };
  return from(0);
}
