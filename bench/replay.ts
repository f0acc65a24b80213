import { deepStrictEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleEvents } from '../examples/loan-application/generate.ts';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, compare } from './comparison.ts';
import { inFreshDirectory } from './host-machine.ts';
import { figure } from './measure.ts';

export const replayBenchmark: Benchmark = {
  name: 'replay',
  title: 'Replaying a log with `fsm run`, by store, from the first line read to the summary',
  run,
};

/** The part of the summary of `fsm run --json` that is looked at. */
interface Summary {
  readonly instances: number;
  readonly events: number;
  readonly taken: number;
  readonly rejected: number;
  readonly states: { readonly [path: string]: number };
  readonly eventsPerSecond: number;
}

const stores = [
  { what: 'memory', database: undefined },
  { what: 'sqlite', database: 'replay.db' },
  { what: 'jsonl', database: 'replay/' },
] as const;

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const rounds = options.rounds ?? (options.quick ? 1 : 3);
  const applications = options.instances ?? (options.quick ? 10 : options.full ? 13_000 : 3_000);
  return await inFreshDirectory(options.directory, async (directory) => {
    const machine =
      options.machine ?? fileURLToPath(new URL('../examples/loan-application/machine.json', import.meta.url));
    const log = options.log ?? writeSample(directory, applications);
    const rates = new Map<string, number[]>(
      stores.flatMap(({ what }) => [
        [what, []],
        [`${what}, again`, []],
      ]),
    );
    let first: Summary | undefined;
    for (let round = 0; round < rounds; round++) {
      options.progress(`round ${round + 1} of ${rounds}`);
      for (const { what, database } of stores) {
        await inFreshDirectory(directory, (fresh) => {
          const args = ['run', machine, '--events', log, '--json'];
          if (database !== undefined) args.push('--db', join(fresh, database));
          const summary = fsm(args);
          first ??= summary;
          assertSame(summary, first);
          rates.get(what)!.push(summary.eventsPerSecond);
          if (database === undefined) return;
          const again = fsm(args);
          deepStrictEqual(again.states, first.states);
          rates.get(`${what}, again`)!.push(again.eventsPerSecond);
        });
      }
    }
    return {
      comparisons: [...rates]
        .filter(([, values]) => values.length > 0)
        .map(([what, values]) => compare({ what, unit: 'events/s', better: 'higher', ours: figure(values) }, options)),
      notes: [
        `${first!.events} events of ${first!.instances} instances, ${first!.taken} taken, ${first!.rejected} rejected; every store ended in the same states.`,
        '“Again” is a second run over the same store: every line is read, recognised and applied to nothing.',
      ],
    };
  });
}

function writeSample(directory: string, applications: number): string {
  const file = join(directory, 'sample.ndjson');
  writeFileSync(
    file,
    sampleEvents({ applications })
      .map((event) => `${JSON.stringify(event)}\n`)
      .join(''),
  );
  return file;
}

function fsm(args: readonly string[]): Summary {
  const launcher = fileURLToPath(new URL('../packages/cli/bin/fsm.js', import.meta.url));
  const output = execFileSync(process.execPath, [launcher, ...args], {
    encoding: 'utf8',
    // Notices of a run that succeeds are of no interest; those of one that fails stand in the error.
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as Summary;
}

function assertSame(summary: Summary, first: Summary): void {
  equal(summary.events, first.events);
  equal(summary.taken, first.taken);
  deepStrictEqual(summary.states, first.states);
}
