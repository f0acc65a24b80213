import { equal } from 'node:assert/strict';
import { join } from 'node:path';
import { closedLoop, type LoopResult } from './closed-loop.ts';
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkResult,
  type Comparison,
  compare,
  type Row,
} from './comparison.ts';
import { assertStored, FsmHost } from './fsm-host.ts';
import { inFreshDirectory } from './host-machine.ts';
import { type Figure, figure } from './measure.ts';
import { flat } from './peers/xstate-machines.ts';
import { XStateSqliteHost } from './peers/xstate-sqlite.ts';
import { XStateSqliteWorkerHost } from './peers/xstate-sqlite-worker.ts';

export const durableEventsBenchmark: Benchmark = {
  name: 'durable-events',
  title: 'Durable events: many instances at once, each waiting for its acknowledgement, SQLite with synchronous=FULL',
  run,
};

interface Side {
  readonly name: string;
  /** One round on a fresh file; throws unless the file holds every event afterwards. */
  round(directory: string, names: readonly string[], eventsEach: number): Promise<LoopResult>;
  readonly results: LoopResult[];
}

const next = { type: 'NEXT' } as const;

/** Against whichever peer is faster here: that depends on the machine. */
const target: Row['target'] = { text: '≥ 1×, goal 100 k/s', met: ({ ratio }) => ratio >= 1 };

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const instances = options.instances ?? (options.quick ? 20 : 1000);
  const eventsEach = options.events ?? (options.quick ? 5 : 200);
  const rounds = options.rounds ?? (options.quick ? 1 : 5);
  const names = Array.from({ length: instances }, (_, index) => `instance-${index}`);

  const ours: Side = { name: 'fsm', round: fsmRound(() => next), results: [] };
  const oursWithIds: Side = { name: 'fsm, events with ids', round: fsmRound(eventsWithIds()), results: [] };
  const peer: Side = { name: 'XState + SQLite', round: xstateRound, results: [] };
  const peerWorker: Side = { name: 'XState + SQLite worker', round: xstateWorkerRound, results: [] };
  const sides = [ours, peer, oursWithIds, peerWorker];

  for (let round = options.quick ? 0 : -1; round < rounds; round++) {
    options.progress(round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`);
    for (const side of sides) {
      const result = await inFreshDirectory(options.directory, (directory) => side.round(directory, names, eventsEach));
      if (round >= 0) side.results.push(result);
    }
  }

  return {
    comparisons: [
      ...rows(ours, peer, options, target),
      ...rows(ours, peerWorker, options, target),
      ...rows(oursWithIds, peer, options),
    ],
    notes: [
      `${instances} instances × ${eventsEach} events a round, each round on a fresh file; after each round the file was read back and held every event.`,
      'fsm appends a hash-chained journal line per event; the peer overwrites the latest snapshot of each instance. Both acknowledge after the commit.',
      'XState + SQLite commits on the main thread, XState + SQLite worker in a worker thread. By CPU: all threads of the process.',
    ],
  };
}

function rows(ours: Side, peer: Side, options: BenchmarkOptions, goal?: Row['target']): Comparison[] {
  const suffix = ours.name === 'fsm' ? '' : ours.name.replace('fsm', '');
  const row = (what: string, unit: string, better: 'higher' | 'lower', pick: (side: Side) => Figure) =>
    ({ what: what + suffix, unit, better, ours: pick(ours), peer: { name: peer.name, figure: pick(peer) } }) as const;
  const throughput = row('throughput', 'events/s', 'higher', ({ results }) =>
    figure(
      results.map(({ eventsPerSecond }) => eventsPerSecond),
      results.map(({ eventsPerCpuSecond }) => eventsPerCpuSecond),
    ),
  );
  return [
    compare(goal === undefined ? throughput : { ...throughput, target: goal }, options),
    compare(
      row('acknowledged, p50', 'ms', 'lower', ({ results }) => figure(results.map(({ p50 }) => p50))),
      options,
    ),
    compare(
      row('acknowledged, p99', 'ms', 'lower', ({ results }) => figure(results.map(({ p99 }) => p99))),
      options,
    ),
  ];
}

function fsmRound(eventFor: () => { readonly type: string; readonly id?: string }): Side['round'] {
  return async (directory, names, eventsEach) => {
    const host = await FsmHost.open(directory);
    await host.create(names);
    const result = await closedLoop(names, eventsEach, (name) => host.send(name, eventFor()));
    await host.close();
    await assertStored(directory, names, eventsEach);
    return result;
  };
}

function eventsWithIds() {
  let last = 0;
  return () => {
    last += 1;
    return { type: 'NEXT', id: `event-${last}` };
  };
}

const xstateRound: Side['round'] = async (directory, names, eventsEach) => {
  const host = new XStateSqliteHost(flat, join(directory, 'xstate.db'));
  host.create(names);
  const result = await closedLoop(names, eventsEach, (name) => host.send(name, next));
  assertCounts(host.storedCounts(), names, eventsEach);
  host.close();
  return result;
};

const xstateWorkerRound: Side['round'] = async (directory, names, eventsEach) => {
  const host = new XStateSqliteWorkerHost(flat, join(directory, 'xstate.db'));
  await host.create(names);
  const result = await closedLoop(names, eventsEach, (name) => host.send(name, next));
  assertCounts(host.storedCounts(), names, eventsEach);
  await host.close();
  return result;
};

function assertCounts(counts: readonly number[], names: readonly string[], eventsEach: number): void {
  equal(counts.length, names.length);
  for (const count of counts) equal(count, eventsEach);
}
