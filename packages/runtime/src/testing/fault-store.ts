import { FsmError } from '@fsm/core';
import type { Commit, Store } from '../store/store.ts';

/**
 * What happens to a write: the process dies before it arrived (`lost`) or after it arrived and before anybody was told
 * (`kept`), or the disk is `full`.
 */
export type Fault = 'lost' | 'kept' | 'full';

export interface FaultStore extends Store {
  /** How many writes were asked for so far. */
  readonly writes: number;
  /** The write at which the process died. */
  readonly died: number | undefined;
}

/**
 * A store over another one that fails where you say. A process that died hears nothing any more: whatever it asks of the
 * store stays unanswered. Open another runtime over the same `disk` to see how it goes on.
 *
 * ```ts
 * const disk = new MemoryStore();
 * const store = faultStore(disk, (write) => (write === 3 ? 'lost' : undefined));
 * const runtime = await openRuntime({ store });
 * ```
 *
 * `fault` is asked once for each write, counted from 1. Commits of a full disk throw STORE_FULL.
 */
export function faultStore(disk: Store, fault: (write: number, commit: Commit) => Fault | undefined): FaultStore {
  let writes = 0;
  let died: number | undefined;
  const unlessDead = <T>(answer: () => T | Promise<T>): T | Promise<T> =>
    died === undefined ? answer() : new Promise<never>(() => {});
  return {
    name: disk.name,
    location: disk.location,
    get writes() {
      return writes;
    },
    get died() {
      return died;
    },
    open: () => unlessDead(() => disk.open()),
    close: () => unlessDead(() => disk.close()),
    commit: (commit) =>
      unlessDead(() => {
        writes += 1;
        const what = fault(writes, commit);
        if (what === 'full') {
          throw new FsmError('STORE_FULL', 'The disk is full, as the test asked for.', { hint: 'Free some space.' });
        }
        if (what === undefined) return disk.commit(commit);
        died = writes;
        const never = new Promise<never>(() => {});
        if (what === 'lost') return never;
        const kept = disk.commit(commit);
        return kept instanceof Promise ? kept.then(() => never) : never;
      }),
    find: (tenant, name) => unlessDead(() => disk.find(tenant, name)),
    load: (number) => unlessDead(() => disk.load(number)),
    lines: (number, from, limit) => unlessDead(() => disk.lines(number, from, limit)),
    list: (tenant, query) => unlessDead(() => disk.list(tenant, query)),
    tenants: () => unlessDead(() => disk.tenants()),
    unsettled: () => unlessDead(() => disk.unsettled()),
    due: (time, limit) => unlessDead(() => disk.due(time, limit)),
    nextWake: (time) => unlessDead(() => disk.nextWake(time)),
    machine: (tenant, hash) => unlessDead(() => disk.machine(tenant, hash)),
    machines: (tenant) => unlessDead(() => disk.machines(tenant)),
    status: () => unlessDead(() => disk.status()),
  };
}
