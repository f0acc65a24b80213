import { FsmHost } from './fsm-host.ts';
import { liveActors } from './peers/xstate-memory.ts';

/** One measurement per process: `node --expose-gc memory-child.ts <mode> <count> <directory>` prints a report as JSON. */

export interface LiveReport {
  readonly bytesEach: number;
}

export interface EvictedReport {
  readonly bytesEach: number;
  readonly live: number;
}

export interface ReadyReport {
  /** From the call that opens the store until it takes events. */
  readonly readySeconds: number;
  /** From the same call until the first event to one of its instances is acknowledged. */
  readonly firstAcknowledgedSeconds: number;
}

const [mode, countText, directory] = process.argv.slice(2);
const count = Number(countText);
const next = { type: 'NEXT' } as const;
const batch = 1000;

const modes: { readonly [mode: string]: () => Promise<LiveReport | EvictedReport | ReadyReport> } = {
  live: () => live({ unrecordedLines: batch }),
  'live-unrecorded': () => live({ unrecordedLines: 3 * (count + batch) }),

  'live-xstate': async () => {
    const warm = liveActors(Math.min(batch, count));
    const before = usedBytes();
    const actors = liveActors(count);
    const bytesEach = (usedBytes() - before) / count;
    for (const group of [warm, actors]) for (const actor of group.values()) actor.stop();
    return { bytesEach };
  },

  fill: async () => {
    const kept = Math.min(batch, count);
    const host = await FsmHost.open(directory!, { limits: { liveInstances: kept, unrecordedLines: kept } });
    // The second half only: the first pays once for compiled code and buffers that reach their size.
    const half = Math.floor(count / 2);
    await fill(host, 0, half);
    const before = usedBytes();
    await fill(host, half, count);
    const bytesEach = (usedBytes() - before) / (count - half);
    const live = await host.liveInstances();
    await host.close();
    return { bytesEach, live };
  },

  reopen: async () => {
    const start = performance.now();
    const host = await FsmHost.open(directory!);
    const readySeconds = (performance.now() - start) / 1000;
    await host.send(`instance-${Math.floor(count / 2)}`, next);
    const firstAcknowledgedSeconds = (performance.now() - start) / 1000;
    await host.close();
    return { readySeconds, firstAcknowledgedSeconds };
  },
};

process.stdout.write(JSON.stringify(await modes[mode!]!()));

async function live(limits: { readonly unrecordedLines: number }): Promise<LiveReport> {
  const host = await FsmHost.open(directory!, { limits: { liveInstances: count + batch, ...limits } });
  const first = Math.min(batch, count);
  await fill(host, 0, first);
  const before = usedBytes();
  await fill(host, first, first + count);
  const bytesEach = (usedBytes() - before) / count;
  await host.close();
  return { bytesEach };
}

/** Creates instances and sends each one event, a batch at a time. */
async function fill(host: FsmHost, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += batch) {
    const names = Array.from({ length: Math.min(batch, to - first) }, (_, index) => `instance-${first + index}`);
    await host.create(names);
    await Promise.all(names.map((name) => host.send(name, next)));
  }
}

function usedBytes(): number {
  for (let pass = 0; pass < 4; pass++) globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
