import { equal } from 'node:assert/strict';
import { join } from 'node:path';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, compare } from './comparison.ts';
import { assertStored, FsmHost } from './fsm-host.ts';
import { inFreshDirectory } from './host-machine.ts';
import { collectYoungGarbage, figure, quantile } from './measure.ts';
import { flat } from './peers/xstate-machines.ts';
import { XStateSqliteHost } from './peers/xstate-sqlite.ts';

export const oneEventBenchmark: Benchmark = {
  name: 'one-event',
  title: 'One durable event at a time on one instance, SQLite with synchronous=FULL',
  run,
};

const next = { type: 'NEXT' } as const;
const name = 'alone';

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const events = options.events ?? (options.quick ? 10 : 500);
  const rounds = options.rounds ?? (options.quick ? 1 : 10);
  const warmUp = options.quick ? 0 : 2;
  const ours: number[][] = [];
  const theirs: number[][] = [];
  await inFreshDirectory(options.directory, async (directory) => {
    const fsm = await FsmHost.open(directory);
    const xstate = new XStateSqliteHost(flat, join(directory, 'xstate.db'));
    await fsm.create([name]);
    xstate.create([name]);
    for (let round = -warmUp; round < rounds; round++) {
      const fsmLatencies = await latencies(events, () => fsm.send(name, next));
      const xstateLatencies = await latencies(events, () => xstate.sendAlone(name, next));
      if (round < 0) continue;
      options.progress(`round ${round + 1} of ${rounds}`);
      ours.push(fsmLatencies);
      theirs.push(xstateLatencies);
    }
    const total = (rounds + warmUp) * events;
    equal(xstate.storedCounts()[0], total);
    xstate.close();
    await fsm.close();
    await assertStored(directory, [name], total);
  });

  const row = (share: number) => ({
    unit: 'ms',
    better: 'lower' as const,
    ours: figure(ours.map((round) => quantile(round, share))),
    peer: { name: 'XState + SQLite', figure: figure(theirs.map((round) => quantile(round, share))) },
  });
  return {
    comparisons: [
      compare({ what: 'p50', ...row(0.5), target: { text: '< 0.3 ms', met: ({ ours }) => ours < 0.3 } }, options),
      compare({ what: 'p99', ...row(0.99), target: { text: '< 1 ms', met: ({ ours }) => ours < 1 } }, options),
    ],
    notes: [
      `${rounds} rounds of ${events} events in turn, both files in the same directory; both files were read back and held every event.`,
      'The peer steps, saves and commits in one synchronous call; fsm goes through its mailbox and group commit and awaits the acknowledgement.',
    ],
  };
}

async function latencies(count: number, send: () => unknown): Promise<number[]> {
  collectYoungGarbage();
  const milliseconds: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await send();
    milliseconds.push(performance.now() - start);
  }
  return milliseconds;
}
