import { equal } from 'node:assert/strict';
import type { EffectDefinition, Json } from '@fsm/core';
import { createRegistry, defineFunction, type ExecutionHost, execute, MemoryHost, type StepRecord } from '@fsm/effects';
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkResult,
  type Comparison,
  compare,
  type Row,
} from './comparison.ts';
import { type Contestant, race } from './measure.ts';
import { type EffectStyle, effectProgram } from './peers/effect-sequence.ts';

export const effectsBenchmark: Benchmark = {
  name: 'effects',
  title: 'Effect overhead: trivial effects in a sequence, in memory, against Effect 4 and plain promises',
  run,
};

/** Leaves in one sequence. */
const length = 1000;

/** What every trivial effect does, on both sides: the proof that it was performed. */
let performed = 0;
const count = () => {
  performed += 1;
  return performed;
};

const registry = createRegistry({
  functions: {
    count,
    'count.pure': defineFunction({ repeat: 'pure', run: count }),
    'count.async': async () => count(),
    'count.from': ({ from }: { from: number }) => from - from + count(),
  },
});

interface Case {
  readonly what: string;
  readonly leaf: EffectDefinition;
  readonly host: () => ExecutionHost;
  readonly peer: (result: Json) => Json | Promise<Json>;
  readonly asynchronous?: boolean;
  readonly targets?: true;
}

const inMemory = () => new MemoryHost();

const cases: readonly Case[] = [
  { what: 'call', leaf: { type: 'call', function: 'count' }, host: inMemory, peer: count, targets: true },
  { what: 'call, pure', leaf: { type: 'call', function: 'count.pure' }, host: inMemory, peer: count },
  { what: 'call, each step recorded', leaf: { type: 'call', function: 'count' }, host: recordingHost, peer: count },
  {
    what: 'call, parameter from expression',
    leaf: { type: 'call', function: 'count.from', params: { from: '{{ context.from + 1 }}' } },
    host: () => new MemoryHost({ context: { from: 1 } }),
    peer: count,
  },
  {
    what: 'call, asynchronous function',
    leaf: { type: 'call', function: 'count.async' },
    host: inMemory,
    peer: async () => count(),
    asynchronous: true,
  },
];

const goals: Readonly<Record<string, NonNullable<Row['target']>>> = {
  'Effect 4, gen': { text: '≥ 1×', met: ({ ratio }) => ratio >= 1 },
  'Effect 4, forEach': { text: '≥ 1×', met: ({ ratio }) => ratio >= 1 },
  'plain promises': { text: '≥ 2 M/s', met: ({ ours }) => ours >= 2e6 },
};

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const comparisons: Comparison[] = [];
  const races = cases.map((one) => ({
    ...one,
    contestants: [sequenceOf(one), effectOf(one, 'gen'), effectOf(one, 'forEach'), promisesOf(one)],
  }));
  // Every case runs before any is timed, so that the order of the rows does not favour the first.
  for (const { contestants } of races) for (const side of contestants) await side.run(options.quick ? 1 : 20);
  for (const { what, contestants, targets } of races) {
    options.progress(what);
    const [ours, ...peers] = await race(contestants, {
      rounds: options.rounds ?? (options.quick ? 1 : 15),
      sliceMilliseconds: options.quick ? 2 : 100,
    });
    for (const [index, figure] of peers.entries()) {
      const { name } = contestants[index + 1]!;
      const target = targets === undefined ? undefined : goals[name];
      const peer = { name, figure };
      comparisons.push(
        compare({ what, unit: 'effects/s', better: 'higher', ours: ours!, peer, ...(target && { target }) }, options),
      );
    }
  }
  return {
    comparisons,
    notes: [
      `Sequences of ${length} leaves, one execution each. Every leaf counts itself and the counts were checked.`,
      'Effect 4: `Effect.sync` of the same function, in an `Effect.gen` that loops over the steps, and in `Effect.forEach`; run with `runSync`. Steps have no names, parameters or paths there, and what they give is not copied.',
      'Plain promises: an async loop that awaits one function per step and collects the results; nothing named, recorded or cancellable.',
    ],
  };
}

function sequenceOf({ leaf, host }: Case): Contestant {
  const effect = registry.prepare({ type: 'sequence', effects: Array.from({ length }, () => leaf) });
  return {
    name: 'fsm',
    operations: length,
    async run(executions) {
      const expected = performed + executions * length;
      let output: Json = null;
      for (let execution = 0; execution < executions; execution++) {
        const result = execute(effect, host());
        output = result instanceof Promise ? await result : result;
      }
      equal(output, expected);
      return output;
    },
  };
}

function promisesOf({ peer }: Case): Contestant {
  const steps = Array.from({ length }, () => peer);
  return {
    name: 'plain promises',
    operations: length,
    async run(executions) {
      const expected = performed + executions * length;
      let output: Json | undefined;
      for (let execution = 0; execution < executions; execution++) output = (await inTurn(steps)).at(-1);
      equal(output, expected);
      return output;
    },
  };
}

function effectOf({ peer, asynchronous = false }: Case, style: EffectStyle): Contestant {
  const program = effectProgram(() => peer(null), asynchronous, length, style);
  return {
    name: `Effect 4, ${style}`,
    operations: length,
    async run(executions) {
      const expected = performed + executions * length;
      let output: Json | undefined;
      for (let execution = 0; execution < executions; execution++) {
        const results = program();
        output = (results instanceof Promise ? await results : results).at(-1);
      }
      equal(output, expected);
      return output;
    },
  };
}

async function inTurn(steps: readonly ((result: Json) => Json | Promise<Json>)[]): Promise<Json[]> {
  const results: Json[] = [];
  let result: Json = null;
  for (const step of steps) {
    result = await step(result);
    results.push(result);
  }
  return results;
}

/** Keeps the outcome of every step, as a durable host does before its journal writes. */
function recordingHost(): ExecutionHost {
  const records = new Map<string, StepRecord>();
  return {
    id: 'bench/one/work#1',
    scope: { context: {}, event: { type: 'START' }, instance: 'one', tenant: 'bench', now: 0 },
    signal: new AbortController().signal,
    now: () => 0,
    recorded: (path) => records.get(path),
    record: (path, step) => void records.set(path, step),
    sleepUntil: () => Promise.reject(new Error('nothing sleeps here')),
    send: () => undefined,
    emit: () => undefined,
    log: () => undefined,
  };
}
