import { equal } from 'node:assert/strict';
import { join } from 'node:path';
import type { MachineDefinition } from '@fsm/core';
import { createRegistry } from '@fsm/effects';
import { openRuntime } from '@fsm/runtime';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, type Comparison, compare } from './comparison.ts';
import { inFreshDirectory } from './host-machine.ts';
import { collectGarbage, collectYoungGarbage, type Figure, figure, quantile } from './measure.ts';
import { langgraphRounds } from './peers/langgraph.ts';

export const durableStepsBenchmark: Benchmark = {
  name: 'durable-steps',
  title: 'Durable effects: executions of many steps at once, and one of one step, SQLite with synchronous=FULL',
  run,
};

const target = {
  throughput: { text: '≥ 60 k/s', met: ({ ours }: { ours: number }) => ours >= 60_000 },
  latency: { text: '< 5 ms', met: ({ ours }: { ours: number }) => ours < 5 },
};

/** One execution on every side: `steps` steps, each adding one to what the step before gave. */
export interface StepWorkload {
  readonly executions: number;
  readonly steps: number;
}

export interface StepRound {
  readonly stepsPerSecond: number;
  /** Steps per second of CPU time of the process, all threads. */
  readonly stepsPerCpuSecond: number;
}

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const executions = options.instances ?? (options.quick ? 5 : 100);
  const steps = options.events ?? (options.quick ? 5 : 100);
  const rounds = options.rounds ?? (options.quick ? 1 : 7);
  const warmUp = options.quick ? 0 : 3;
  const workload: StepWorkload = { executions, steps };
  const ours: StepRound[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    options.progress(round < 0 ? 'warm-up' : `round ${round + 1} of ${rounds}`);
    const result = await inFreshDirectory(options.directory, (directory) => stepRound(directory, workload));
    if (round >= 0) ours.push(result);
  }
  const throughput = throughputOf(ours);
  const alone = await inFreshDirectory(options.directory, (directory) => aloneRounds(directory, rounds, options));
  const peer = options.peers ? await langgraphRounds(workload, options) : undefined;
  const latency = (what: string, share: number, goal?: typeof target.latency): Comparison =>
    compare(
      {
        what,
        unit: 'ms',
        better: 'lower',
        ours: figure(alone.map((round) => quantile(round, share))),
        ...(goal && { target: goal }),
      },
      options,
    );
  const what = 'steps of all executions';
  const row = { what, unit: 'steps/s', better: 'higher', ours: throughput } as const;
  return {
    comparisons: [
      compare({ ...row, target: target.throughput }, options),
      ...(peer === undefined
        ? []
        : [compare({ ...row, peer: { name: peer.name, figure: throughputOf(peer.rounds) } }, options)]),
      latency('one effect, p50', 0.5),
      latency('one effect, p99', 0.99, target.latency),
    ],
    notes: [
      `${executions} instances at once, each an execution of ${steps} \`call\` steps in a sequence, on a fresh file each round; the file was read back and every instance held its sum and a journal line for every step.`,
      'A step begins when the one before it is on stable storage. One effect: from the call of `send` until its event, its step and its outcome are on stable storage and the instance is back where it was.',
      ...(peer === undefined ? ['`--peers` installs LangGraph and gives it the same steps.'] : peer.notes),
    ],
  };
}

function throughputOf(rounds: readonly StepRound[]): Figure {
  return figure(
    rounds.map(({ stepsPerSecond }) => stepsPerSecond),
    rounds.map(({ stepsPerCpuSecond }) => stepsPerCpuSecond),
  );
}

const functions = { add: ({ to }: { to: number }) => to + 1 };

function adding(steps: number): MachineDefinition {
  const first = { type: 'call', function: 'add', params: { to: '{{ event.data.from }}' } };
  const next = { type: 'call', function: 'add', params: { to: '{{ result }}' } };
  const effects = Array.from({ length: steps }, (_, index) => (index === 0 ? first : next));
  return {
    id: 'adding',
    context: { sum: 0 },
    initial: 'idle',
    states: {
      idle: { on: { ADD: 'adding' } },
      adding: {
        effect: { type: 'sequence', effects },
        onDone: { target: 'idle', actions: { assign: { sum: '{{ event.output }}' } } },
      },
    },
  };
}

async function stepRound(directory: string, { executions, steps }: StepWorkload): Promise<StepRound> {
  const store = join(directory, 'fsm.db');
  const runtime = await openRuntime({ store, registry: createRegistry({ functions }) });
  const tenant = runtime.tenant('bench');
  await tenant.register(adding(steps));
  const names = Array.from({ length: executions }, (_, index) => `execution-${index}`);
  await Promise.all(names.map((name) => tenant.create('adding', name)));
  collectGarbage();
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  await Promise.all(names.map((name) => tenant.send(name, { type: 'ADD', data: { from: 0 } })));
  await runtime.settled();
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  await runtime.close();

  const stored = await openRuntime({ store, registry: createRegistry({ functions }), readOnly: true });
  for (const name of names) {
    const { snapshot, sequence } = await stored.tenant('bench').get(name);
    equal(snapshot.context.sum, steps);
    equal(sequence, steps + 3, 'creation, event, steps and outcome are lines of the journal');
  }
  await stored.close();
  const total = executions * steps;
  return { stepsPerSecond: total / seconds, stepsPerCpuSecond: total / ((cpu.user + cpu.system) / 1e6) };
}

async function aloneRounds(directory: string, rounds: number, options: BenchmarkOptions): Promise<number[][]> {
  const store = join(directory, 'fsm.db');
  const runtime = await openRuntime({ store, registry: createRegistry({ functions }) });
  const tenant = runtime.tenant('bench');
  await tenant.register(adding(1));
  await tenant.create('adding', 'alone');
  const times = options.quick ? 5 : 300;
  const results: number[][] = [];
  for (let round = options.quick ? 0 : -2; round < rounds; round++) {
    collectYoungGarbage();
    const milliseconds: number[] = [];
    for (let index = 0; index < times; index++) {
      const start = performance.now();
      await tenant.send('alone', { type: 'ADD', data: { from: index } });
      await runtime.settled();
      milliseconds.push(performance.now() - start);
      equal((await tenant.get('alone')).snapshot.context.sum, index + 1);
    }
    if (round >= 0) results.push(milliseconds);
  }
  await runtime.close();
  return results;
}
