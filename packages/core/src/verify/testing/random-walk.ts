import { FsmError } from '../../error.ts';
import type { Microstep } from '../../machine/command.ts';
import type { Machine } from '../../machine/machine.ts';
import { complete, fire, navigate, start } from '../../machine/navigate.ts';
import type { Snapshot } from '../../machine/snapshot.ts';
import { eventTypes } from '../../machine/testing/random-machine.ts';

/** What instances that live at random met. */
export interface Walked {
  /** Paths of all active states, those of transient steps included. */
  readonly states: Set<string>;
  /** JSON paths of all transitions taken. */
  readonly transitions: Set<string>;
}

/** Lets instances live: events, time that passes, effects that end, all at random. */
export function walk(machine: Machine, walks: number, steps: number, random: () => number): Walked {
  const walked: Walked = { states: new Set(), transitions: new Set() };
  for (let count = 0; count < walks; count++) {
    let here = take(walked, (trace) => start(machine, { now: 0, trace }).snapshot);
    let now = 0;
    for (let step = 0; step < steps && here?.status === 'active'; step++) {
      const before: Snapshot = here;
      const timers = Object.entries(before.timers ?? {}).sort(
        ([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation,
      );
      const [due] = timers;
      const running = Object.entries(before.invocations ?? {});
      const choice = random();
      if (choice < 0.3 && due !== undefined) {
        now = Math.max(now, due[1].due);
        here =
          take(walked, (trace) => fire(machine, before, due[0], due[1].incarnation, { now, trace }).snapshot) ?? before;
      } else if (choice < 0.4 && due !== undefined) {
        now += Math.floor(random() * (due[1].due - now));
      } else if (choice < 0.6 && running.length > 0) {
        const [id, { incarnation }] = running[Math.floor(random() * running.length)]!;
        const outcome = random() < 0.5 ? { output: null } : { error: 'broken' };
        here =
          take(walked, (trace) => complete(machine, before, id, incarnation, outcome, { now, trace }).snapshot) ??
          before;
      } else {
        const types = [...eventTypes, 'other', 'a.other', 'a.b.other'];
        const type = types[Math.floor(random() * types.length)]!;
        here = take(walked, (trace) => navigate(machine, before, { type }, { now, trace }).snapshot) ?? before;
      }
    }
  }
  return walked;
}

function take(walked: Walked, decide: (trace: Microstep[]) => Snapshot): Snapshot | undefined {
  const trace: Microstep[] = [];
  try {
    const snapshot = decide(trace);
    for (const { transitions, configuration } of trace) {
      for (const path of transitions) walked.transitions.add(path);
      for (const leaf of configuration) {
        for (let path = leaf; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.'))))
          walked.states.add(path);
      }
    }
    return snapshot;
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return undefined;
  }
}

/**
 * The least number of steps after which a state is active, found by trying everything; `undefined` when it takes more
 * than `most`. Moments are told apart by all there is in a snapshot, so nothing is clever here.
 */
export function leastSteps(machine: Machine, state: string, most: number): number | undefined {
  const isThere = ({ configuration }: Snapshot) =>
    configuration.some((leaf) => leaf === state || leaf.startsWith(`${state}.`));
  const first = attempt(() => start(machine, { now: 0 }).snapshot);
  if (first === undefined) return undefined;
  let level = [{ snapshot: first, now: 0 }];
  const seen = new Set([JSON.stringify(level[0])]);
  for (let depth = 0; depth <= most; depth++) {
    if (level.some(({ snapshot }) => isThere(snapshot))) return depth;
    level = level.flatMap(({ snapshot, now }) =>
      successors(machine, snapshot, now).filter((next) => {
        const key = JSON.stringify(next);
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      }),
    );
  }
  return undefined;
}

function successors(machine: Machine, snapshot: Snapshot, now: number): { snapshot: Snapshot; now: number }[] {
  if (snapshot.status !== 'active') return [];
  const types = [...eventTypes, 'any.other', 'a.any', 'a.b.any'];
  const reached: (Snapshot | undefined)[] = types.map((type) =>
    attempt(() => navigate(machine, snapshot, { type }, { now }).snapshot),
  );
  for (const [id, { incarnation }] of Object.entries(snapshot.invocations ?? {})) {
    for (const outcome of [{ output: null }, { error: 'broken' }]) {
      reached.push(attempt(() => complete(machine, snapshot, id, incarnation, outcome, { now }).snapshot));
    }
  }
  const here = reached.flatMap((next) => (next === undefined ? [] : [{ snapshot: next, now }]));
  const dues = Object.values(snapshot.timers ?? {}).map(({ due }) => due);
  if (dues.length === 0) return here;
  const next = Math.min(...dues);
  const later = attempt(() => fireAll(machine, snapshot, next));
  return [
    ...here,
    ...(later === undefined ? [] : [{ snapshot: later, now: Math.max(now, next) }]),
    ...(next - now > 1 ? [{ snapshot, now: next - 1 }] : []),
  ];
}

function fireAll(machine: Machine, before: Snapshot, now: number): Snapshot {
  let snapshot = before;
  for (;;) {
    const due = Object.entries(snapshot.timers ?? {}).filter(([, timer]) => timer.due <= now);
    due.sort(([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation);
    if (due[0] === undefined) return snapshot;
    snapshot = fire(machine, snapshot, due[0][0], due[0][1].incarnation, { now }).snapshot;
  }
}

function attempt(decide: () => Snapshot): Snapshot | undefined {
  try {
    return decide();
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return undefined;
  }
}

/** A generator of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
