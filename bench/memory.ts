import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, compare } from './comparison.ts';
import { inFreshDirectory } from './host-machine.ts';
import { figure } from './measure.ts';
import type { EvictedReport, LiveReport, ReadyReport } from './memory-child.ts';

export const memoryBenchmark: Benchmark = {
  name: 'memory',
  title: 'Idle instances: bytes each, in memory and evicted, and the time to be ready on a store full of them',
  run,
};

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const live = options.instances ?? (options.quick ? 200 : 20_000);
  const stored = options.instances ?? (options.quick ? 200 : options.full ? 1_000_000 : 100_000);

  const ours: number[] = [];
  const unrecorded: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    options.progress(`live instances, round ${round + 1} of ${rounds}`);
    for (const [mode, figures] of [
      ['live', ours],
      ['live-unrecorded', unrecorded],
    ] as const) {
      await inFreshDirectory(options.directory, (directory) => {
        figures.push(child<LiveReport>(mode, live, directory).bytesEach);
      });
    }
    theirs.push(child<LiveReport>('live-xstate', live, options.directory).bytesEach);
  }

  const evicted: number[] = [];
  const ready: number[] = [];
  const firstAcknowledged: number[] = [];
  await inFreshDirectory(options.directory, (directory) => {
    options.progress(`filling a store with ${stored} instances`);
    evicted.push(child<EvictedReport>('fill', stored, directory).bytesEach);
    for (let round = 0; round < rounds; round++) {
      options.progress(`reopening it, round ${round + 1} of ${rounds}`);
      const report = child<ReadyReport>('reopen', stored, directory);
      ready.push(report.readySeconds);
      firstAcknowledged.push(report.firstAcknowledgedSeconds);
    }
  });

  const perInstance = { unit: 'bytes/instance', better: 'lower' } as const;
  const seconds = { unit: 's', better: 'lower' } as const;
  return {
    comparisons: [
      compare(
        {
          ...perInstance,
          what: 'live and idle',
          ours: figure(ours),
          peer: { name: 'XState actor', figure: figure(theirs) },
          target: { text: '< 750', met: ({ ours }) => ours < 750 },
        },
        options,
      ),
      compare(
        {
          ...perInstance,
          what: 'live, last lines not yet in its record',
          ours: figure(unrecorded),
          peer: { name: 'XState actor', figure: figure(theirs) },
        },
        options,
      ),
      compare(
        {
          ...perInstance,
          what: 'evicted',
          ours: figure(evicted),
          target: { text: '0 (< 10)', met: ({ ours }) => ours < 10 },
        },
        options,
      ),
      compare(
        {
          ...seconds,
          what: `ready on ${stored} stored instances`,
          ours: figure(ready),
          target: { text: '< 2 s', met: ({ ours }) => ours < 2 },
        },
        options,
      ),
      compare(
        { ...seconds, what: 'first event acknowledged after reopening', ours: figure(firstAcknowledged) },
        options,
      ),
    ],
    notes: [
      `Bytes are growth of heap and external memory after garbage collection over ${live} instances of the flat machine, each after one event; every figure comes from its own process.`,
      'Live and idle: its record is up to date. At most `limits.unrecordedLines` lines (50,000) wait for their record; instances that own some of them are the second row.',
      'Evicted: what the second half of a fill leaves in memory when all but a thousand instances have left it.',
    ],
  };
}

function child<Report>(mode: string, count: number, directory: string): Report {
  const script = fileURLToPath(new URL('./memory-child.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--expose-gc', script, mode, String(count), directory], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Report;
}
