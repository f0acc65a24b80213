import type { Store } from './store.ts';

/** A store whose process dies when told to: from then on commits reach the disk, and nobody is told. */
export function mortal(store: Store): Store & { kill(): void } {
  let dead = false;
  return {
    name: store.name,
    location: store.location,
    kill: () => {
      dead = true;
    },
    open: () => store.open(),
    close: () => store.close(),
    find: store.find.bind(store),
    load: store.load.bind(store),
    lines: store.lines.bind(store),
    list: store.list.bind(store),
    tenants: store.tenants.bind(store),
    unsettled: store.unsettled.bind(store),
    due: store.due.bind(store),
    nextWake: store.nextWake.bind(store),
    machine: store.machine.bind(store),
    machines: store.machines.bind(store),
    status: store.status.bind(store),
    commit: (commit: Parameters<Store['commit']>[0]) => {
      const done = store.commit(commit);
      return dead ? new Promise<void>(() => undefined) : done;
    },
  };
}
