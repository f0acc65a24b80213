import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkOptions, BenchmarkResult } from './comparison.ts';
import { durableEventsBenchmark } from './durable-events.ts';
import { durableStepsBenchmark } from './durable-steps.ts';
import { effectsBenchmark } from './effects.ts';
import { describeMachine, type MachineReport, machineLine } from './host-machine.ts';
import { memoryBenchmark } from './memory.ts';
import { navigateBenchmark } from './navigate.ts';
import { oneEventBenchmark } from './one-event.ts';
import { replayBenchmark } from './replay.ts';
import { snapshotMemoryBenchmark } from './snapshot-memory.ts';
import { formatTable } from './table.ts';
import { typesBenchmark } from './types.ts';

const benchmarks: readonly Benchmark[] = [
  navigateBenchmark,
  durableEventsBenchmark,
  oneEventBenchmark,
  effectsBenchmark,
  durableStepsBenchmark,
  memoryBenchmark,
  snapshotMemoryBenchmark,
  replayBenchmark,
  typesBenchmark,
];

const usage = `npm run bench -- [options]

  --only <name>      run one benchmark (may be given several times): ${benchmarks.map(({ name }) => name).join(', ')}
  --json             one JSON object on the last line instead of tables
  --quick            tiny sizes, once each: shows that everything runs, measures nothing
  --full             the largest sizes (a million instances)
  --peers            also peers that have to be downloaded first (LangGraph, with durable-steps)
  --rounds <n>       rounds per contestant
  --instances <n>    instances of durable-events and memory, executions of durable-steps, snapshots of snapshot-memory
  --events <n>       events per instance of durable-events, steps of durable-steps, events of one-event
  --dir <path>       where stores are created (default: the system's temporary directory)
  --machine <file>   with --log: replay this machine and log instead of the synthetic sample
  --log <file>
`;

/** The report of `--json`. */
export interface Report {
  readonly quick: boolean;
  readonly machine: MachineReport;
  readonly benchmarks: readonly (BenchmarkResult & {
    readonly name: string;
    readonly title: string;
    readonly seconds: number;
  })[];
}

const flags = readFlags();
const chosen = chooseBenchmarks(flags.only);
const machine = describeMachine(flags.directory, flags.quick);
if (!flags.json) process.stdout.write(`${machineLine(machine)}\n`);
const report: Report = {
  quick: flags.quick,
  machine,
  benchmarks: chosen.length === 1 ? [await runHere(chosen[0]!)] : await runEachInItsProcess(chosen),
};
if (flags.json) process.stdout.write(`${JSON.stringify(report)}\n`);
else if (chosen.length === 1) print(report.benchmarks[0]!);

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        instances: { type: 'string' },
        events: { type: 'string' },
        dir: { type: 'string', default: tmpdir() },
        machine: { type: 'string' },
        log: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    if ((values.machine === undefined) !== (values.log === undefined)) {
      throw new Error('--machine and --log belong together.');
    }
    return {
      ...values,
      directory: values.dir,
      machine: values.machine,
      log: values.log,
      rounds: positiveInteger('--rounds', values.rounds),
      instances: positiveInteger('--instances', values.instances),
      events: positiveInteger('--events', values.events),
    };
  } catch (error) {
    return wrongUse(error instanceof Error ? error.message : String(error));
  }
}

function positiveInteger(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} takes a positive whole number, not "${text}".`);
  return value;
}

function chooseBenchmarks(names: readonly string[] | undefined): readonly Benchmark[] {
  if (names === undefined) return benchmarks;
  return names.map((name) => {
    const found = benchmarks.find((benchmark) => benchmark.name === name);
    return found ?? wrongUse(`There is no benchmark "${name}".`);
  });
}

function wrongUse(message: string): never {
  process.stderr.write(`${message}\n\n${usage}`);
  process.exit(2);
}

async function runHere(benchmark: Benchmark): Promise<Report['benchmarks'][number]> {
  const options: BenchmarkOptions = {
    ...flags,
    progress(message) {
      process.stderr.write(`${benchmark.name}: ${message}\n`);
    },
  };
  const start = performance.now();
  const result = await benchmark.run(options);
  return { name: benchmark.name, title: benchmark.title, ...result, seconds: (performance.now() - start) / 1000 };
}

/** One process per benchmark: none inherits the heap or the compiled code of another. */
async function runEachInItsProcess(selected: readonly Benchmark[]): Promise<Report['benchmarks']> {
  const results: Report['benchmarks'][number][] = [];
  for (const { name } of selected) {
    const kept = process.argv.slice(2).filter((argument, index, all) => {
      return (
        argument !== '--json' && argument !== '--only' && all[index - 1] !== '--only' && !argument.startsWith('--only=')
      );
    });
    const output = await outputOf([fileURLToPath(import.meta.url), ...kept, '--json', '--only', name]);
    const result = (JSON.parse(output.trimEnd().split('\n').at(-1)!) as Report).benchmarks[0]!;
    results.push(result);
    if (!flags.json) print(result);
  }
  return results;
}

function outputOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
    child.stderr?.pipe(process.stderr);
  });
}

function print(result: Report['benchmarks'][number]): void {
  const notes = result.notes.map((note) => `  · ${note}`).join('\n');
  const heading = `${result.name} — ${result.title} (${result.seconds.toFixed(0)} s${flags.quick ? ', quick: not a measurement' : ''})`;
  process.stdout.write(`\n${heading}\n\n${formatTable(result.comparisons)}\n${notes}\n`);
}
