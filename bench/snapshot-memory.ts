import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, type Comparison, compare } from './comparison.ts';
import { figure } from './measure.ts';
import type { MachineName } from './peers/xstate-engine.ts';

export const snapshotMemoryBenchmark: Benchmark = {
  name: 'snapshot-memory',
  title: 'Snapshots: bytes each, as the pure steps of both engines return them',
  run,
};

const machines: readonly MachineName[] = ['flat', 'hierarchy', 'parallel'];
const peers = [
  { side: 'xstate5', name: 'XState transition()' },
  { side: 'xstate6', name: 'XState 6 alpha transition()' },
];

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const count = options.instances ?? (options.quick ? 500 : 100_000);
  const comparisons: Comparison[] = [];
  for (const machine of options.quick ? machines.slice(0, 1) : machines) {
    options.progress(machine);
    const measure = (side: string) =>
      figure(Array.from({ length: rounds }, () => bytesOfSnapshot(side, machine, count)));
    const ours = measure('fsm');
    for (const { side, name } of peers) {
      const peer = { name, figure: measure(side) };
      comparisons.push(compare({ what: machine, unit: 'bytes/snapshot', better: 'lower', ours, peer }, options));
    }
  }
  return {
    comparisons,
    notes: [
      `Growth of heap and external memory after garbage collection over ${count} snapshots, each one transition after the last and all kept; every figure comes from its own process.`,
      'What snapshots share with each other or with the machine is paid once. Ours are plain data; XState’s hold what only a running program can use.',
    ],
  };
}

function bytesOfSnapshot(side: string, machine: MachineName, count: number): number {
  const script = fileURLToPath(new URL('./snapshot-memory-child.ts', import.meta.url));
  const output = execFileSync(process.execPath, ['--expose-gc', script, side, machine, String(count)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (JSON.parse(output) as { readonly bytesEach: number }).bytesEach;
}
