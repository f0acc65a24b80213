import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchmarkOptions } from '../comparison.ts';
import type { StepRound, StepWorkload } from '../durable-steps.ts';
import { inFreshDirectory } from '../host-machine.ts';

/** The package of the peer: installed on demand, so that nothing of it is among our dependencies. */
const folder = fileURLToPath(new URL('./langgraph', import.meta.url));

export interface LanggraphResult {
  readonly name: string;
  readonly rounds: readonly StepRound[];
  readonly notes: readonly string[];
}

/** Installs LangGraph where it is not yet, and runs the same steps in a process of its own, each round on a fresh file. */
export async function langgraphRounds(workload: StepWorkload, options: BenchmarkOptions): Promise<LanggraphResult> {
  options.progress('installing LangGraph');
  // Its compiled driver is not used (`run.mjs` says why), so that nothing has to be built.
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--no-package-lock'];
  execFileSync('npm', install, { cwd: folder, stdio: 'pipe' });
  const rounds = options.quick ? 1 : Math.min(options.rounds ?? 2, 2);
  const results: StepRound[] = [];
  for (let round = 0; round < rounds; round++) {
    options.progress(`LangGraph, round ${round + 1} of ${rounds}`);
    await inFreshDirectory(options.directory, (directory) => {
      const { executions, steps } = workload;
      const args = ['run.mjs', join(directory, 'langgraph.db'), String(executions), String(steps)];
      const printed = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      results.push(JSON.parse(printed.trimEnd().split('\n').at(-1)!) as StepRound);
    });
  }
  return {
    name: 'LangGraph + SQLite',
    rounds: results,
    notes: [
      'LangGraph: a graph of as many nodes in a row, SqliteSaver over `node:sqlite` with `synchronous=FULL` and `durability: "sync"`, all threads of a round at once; the sums were checked in the stored checkpoints. It ran in a process of its own, after ours.',
    ],
  };
}
