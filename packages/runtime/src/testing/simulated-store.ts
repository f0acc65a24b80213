import { FsmError } from '@fsm/core';
import type { Commit, Store } from '../store/store.ts';

/** Hands a moment to the simulation, which decides when it comes. */
export type Later = (label: string, action: () => void) => void;

export interface SimulatedFaults {
  /** The next commit finds the disk full. */
  full(): boolean;
  /** Reads answer later instead of at once. */
  readonly slowReads: boolean;
}

/**
 * A disk in memory whose commits end when the simulation says so, or never: the process may die before, or after the data
 * arrived and before anybody was told.
 */
export function simulatedStore(
  disk: Store,
  later: Later,
  faults: SimulatedFaults,
  watch: (commit: Commit) => void,
): Store & { dieWith(applied: boolean): void } {
  let alive = true;
  let pending: Commit | undefined;
  let full = false;

  const apply = (commit: Commit) => {
    disk.commit(commit);
    watch(commit);
  };
  const read = <T>(answer: () => T): T | Promise<T> => {
    if (!faults.slowReads) return answer();
    return new Promise((resolve, reject) => {
      later('read', () => {
        try {
          resolve(answer());
        } catch (error) {
          reject(error);
        }
      });
    });
  };

  return {
    name: 'simulated',
    location: 'simulated',
    open: () => disk.open(),
    close: () => disk.close(),
    commit(commit) {
      pending = commit;
      full = faults.full();
      return new Promise((resolve, reject) => {
        later(`commit ${commit.lines.length} lines ${commit.records.length} records`, () => {
          if (!alive) return;
          pending = undefined;
          if (full) {
            reject(new FsmError('STORE_FULL', 'The simulated disk is full.', { hint: 'Free some space.' }));
            return;
          }
          apply(commit);
          resolve();
        });
      });
    },
    /** The process dies: the commit under way either reached the disk or left nothing. */
    dieWith(applied) {
      alive = false;
      if (applied && pending !== undefined && !full) apply(pending);
    },
    find: (tenant, name) => read(() => sync(disk.find(tenant, name))),
    load: (number) => read(() => sync(disk.load(number))),
    lines: (number, from, limit) => read(() => sync(disk.lines(number, from, limit))),
    list: (tenant, query) => read(() => sync(disk.list(tenant, query))),
    tenants: () => disk.tenants(),
    unsettled: () => disk.unsettled(),
    due: (time, limit) => read(() => sync(disk.due(time, limit))),
    nextWake: (time) => read(() => sync(disk.nextWake(time))),
    machine: (tenant, hash) => read(() => sync(disk.machine(tenant, hash))),
    machines: (tenant) => read(() => sync(disk.machines(tenant))),
    status: () => disk.status(),
  };
}

function sync<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('the simulated disk must answer at once');
  return value;
}
