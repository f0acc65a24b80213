import { deepStrictEqual } from 'node:assert/strict';
import { compile, type MachineDefinition, type MachineEvent, navigate, type Snapshot, start } from '@fsm/core';
import { type Benchmark, type BenchmarkOptions, type BenchmarkResult, type Comparison, compare } from './comparison.ts';
import * as machines from './machines.ts';
import { type Contestant, race } from './measure.ts';
import { activeLeaves, type MachineName, type PeerEngine, xstate5, xstate6 } from './peers/xstate-engine.ts';

interface Case {
  readonly what: string;
  readonly definition: MachineDefinition;
  readonly peer: MachineName;
  /** Sent over and over in this order. */
  readonly events: readonly MachineEvent[];
  readonly target?: { readonly text: string; readonly ratio: number };
}

const next: readonly MachineEvent[] = [{ type: 'NEXT' }];

const cases: readonly Case[] = [
  { what: 'toggle', definition: machines.toggle, peer: 'toggle', events: next },
  {
    what: 'flat',
    definition: machines.flat,
    peer: 'flat',
    events: next,
    target: { text: '≥ 50×', ratio: 50 },
  },
  {
    what: 'hierarchy',
    definition: machines.hierarchy,
    peer: 'hierarchy',
    events: [
      { type: 'STEP', data: { step: 1 } },
      { type: 'NEXT', data: { step: 1 } },
    ],
    target: { text: '≥ 50× (≥ 20×)', ratio: 20 },
  },
  {
    what: 'parallel, all 4',
    definition: machines.parallel,
    peer: 'parallel',
    events: next,
    target: { text: '≥ 50× (≥ 20×)', ratio: 20 },
  },
  {
    what: 'parallel, 1 of 4',
    definition: machines.parallel,
    peer: 'parallel',
    events: [0, 1, 2, 3].map((region) => ({ type: `MOVE_${region}` })),
  },
];

export const navigateBenchmark: Benchmark = {
  name: 'navigate',
  title: 'Deciding: navigate, JSON machines with expressions, against XState 5 and 6 with JavaScript functions',
  run,
};

const moment = { now: Date.UTC(2026, 0, 1), instance: 'one', tenant: 'bench' };

async function run(options: BenchmarkOptions): Promise<BenchmarkResult> {
  for (const one of cases) assertSameBehaviour(one);
  // Every machine runs on every side before any is timed, so that the order of the rows does not favour the first.
  const prepared = cases.map((one) => ({ case: one, contestants: contestants(one) }));
  const warmUp = options.quick ? 100 : 20_000;
  for (const { contestants } of prepared) for (const side of contestants) side.run(warmUp);

  const comparisons: Comparison[] = [];
  for (const { case: one, contestants } of prepared) {
    options.progress(one.what);
    const [ours, ...theirs] = await race(contestants, {
      rounds: options.rounds ?? (options.quick ? 1 : 15),
      sliceMilliseconds: options.quick ? 2 : 100,
    });
    for (const contestant of contestants) contestant.check();
    for (const [index, figure] of theirs.entries()) {
      const { name } = contestants[index + 1]!;
      const isGoal = name === `${xstate5.name} transition()`;
      comparisons.push(
        compare(
          {
            what: one.what,
            unit: 'transitions/s',
            better: 'higher',
            ours: ours!,
            peer: { name, figure },
            ...(one.target && isGoal && { target: targetOf(one.target) }),
          },
          options,
        ),
      );
    }
  }
  return {
    comparisons,
    notes: [
      'Before timing, all sides went through 1,000 events of each machine with equal configurations and contexts after each.',
      'transition() is the pure step navigate compares with; actor.send() is XState’s faster, stateful way.',
    ],
  };
}

function targetOf({ text, ratio }: NonNullable<Case['target']>) {
  return { text, met: (row: { readonly ratio: number }) => row.ratio >= ratio };
}

interface CheckedContestant extends Contestant {
  /** Throws unless the final state is the one that the number of events explains. */
  check(): void;
}

function contestants({ definition, peer, events }: Case): CheckedContestant[] {
  const machine = compileJson(definition);
  let { snapshot } = start(machine, moment);
  let done = 0;

  // Two laps of the events bring every machine here back to where it began; only counts remember how many there were.
  const check: Check = (configuration, context, total) => {
    deepStrictEqual([...configuration], [...follow(machine, events, total % (2 * events.length)).configuration]);
    if ('count' in context) deepStrictEqual(context.count, Math.floor(total / events.length));
  };

  return [
    {
      name: 'fsm',
      run(count) {
        const length = events.length;
        let position = done % length;
        for (let index = 0; index < count; index++) {
          snapshot = navigate(machine, snapshot, events[position]!, moment).snapshot;
          if (++position === length) position = 0;
        }
        done += count;
        return snapshot;
      },
      check() {
        check(snapshot.configuration, snapshot.context, done);
      },
    },
    ...peerContestants(xstate5, peer, events, check),
    ...peerContestants(xstate6, peer, events, check),
  ];
}

type Check = (configuration: readonly string[], context: object, total: number) => void;

function peerContestants(
  engine: PeerEngine,
  name: MachineName,
  events: readonly MachineEvent[],
  check: Check,
): CheckedContestant[] {
  const machine = engine.machine(name);
  let snapshot = machine.initial();
  let done = 0;

  const actor = machine.start();
  let actorDone = 0;

  return [
    {
      name: `${engine.name} transition()`,
      run(count) {
        const length = events.length;
        let position = done % length;
        for (let index = 0; index < count; index++) {
          snapshot = machine.step(snapshot, events[position]!);
          if (++position === length) position = 0;
        }
        done += count;
        return snapshot;
      },
      check() {
        check(activeLeaves(snapshot), snapshot.context ?? {}, done);
      },
    },
    {
      name: `${engine.name} actor.send()`,
      run(count) {
        const length = events.length;
        let position = actorDone % length;
        for (let index = 0; index < count; index++) {
          actor.send(events[position]!);
          if (++position === length) position = 0;
        }
        actorDone += count;
        return actor.getSnapshot();
      },
      check() {
        check(activeLeaves(actor.getSnapshot()), actor.getSnapshot().context ?? {}, actorDone);
      },
    },
  ];
}

/** Compiles what a file would hold: no function survives the way through JSON text. */
function compileJson(definition: MachineDefinition) {
  return compile(JSON.parse(JSON.stringify(definition)));
}

function follow(machine: ReturnType<typeof compile>, events: readonly MachineEvent[], count: number): Snapshot {
  let { snapshot } = start(machine, moment);
  for (let index = 0; index < count; index++) {
    snapshot = navigate(machine, snapshot, events[index % events.length]!, moment).snapshot;
  }
  return snapshot;
}

function assertSameBehaviour({ definition, peer, events }: Case): void {
  const machine = compileJson(definition);
  let { snapshot } = start(machine, moment);
  const theirs = [xstate5, xstate6].map((engine) => engine.machine(peer));
  let peerSnapshots = theirs.map((one) => one.initial());
  const sequence: readonly MachineEvent[] = [...events, { type: 'UNKNOWN' }, ...events];
  for (let index = 0; index <= 1000; index++) {
    for (const one of peerSnapshots) {
      deepStrictEqual([...snapshot.configuration], activeLeaves(one));
      deepStrictEqual(snapshot.context, one.context ?? {});
    }
    const event = sequence[index % sequence.length]!;
    snapshot = navigate(machine, snapshot, event, moment).snapshot;
    peerSnapshots = theirs.map((one, side) => one.step(peerSnapshots[side]!, event));
  }
}
