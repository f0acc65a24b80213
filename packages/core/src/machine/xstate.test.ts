import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import type { Decision } from './command.ts';
import { compile } from './machine.ts';
import { complete, fire, navigate, start } from './navigate.ts';
import type { Snapshot } from './snapshot.ts';
import {
  definitionOf,
  eventTypes,
  implementations,
  type Layout,
  layoutOf,
  machineSpec,
  type StateSpec,
} from './testing/random-machine.ts';
import { comparable } from './testing/xstate-comparable.ts';
import { xstateMachineOf } from './testing/xstate-machine.ts';
import { type PeerTimer, XStatePeer } from './testing/xstate-peer.ts';

/** What happens to both machines: an event, the next timer, or the outcome of a running effect. */
type Happening = { readonly send: string } | 'timer' | { readonly outcome: number; readonly fails: boolean };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...eventTypes).map((send) => ({ send })) },
  { weight: 2, arbitrary: fc.constant('timer' as const) },
  { weight: 1, arbitrary: fc.record({ outcome: fc.nat({ max: 9 }), fails: fc.boolean() }) },
);

/** XState counts a little differently, so ours gets more room: when it gives up, XState must have given up too. */
const ourLimit = 90;
const peerLimit = 60;

describe('against XState v5', () => {
  test('2,400 random machines and event sequences give the same configurations, contexts and timers', () => {
    const seen = { steps: 0, timers: 0, outcomes: 0, done: 0, error: 0, endless: 0, states: 0 };
    fc.assert(
      fc.property(
        machineSpec({ invocations: true }),
        fc.array(happening, { minLength: 4, maxLength: 14 }),
        (spec, happenings) => {
          const layout = comparable(layoutOf(spec));
          try {
            compareRun(layout, happenings, seen);
          } catch (fault) {
            throw new Error(`${JSON.stringify(definitionOf(layout))}\n${String(fault)}`, { cause: fault });
          }
        },
      ),
      { numRuns: 2_400 },
    );
    console.log(seen);
    expect(seen.steps).toBeGreaterThan(10_000);
  }, 60_000);
});

function compareRun(layout: Layout, happenings: readonly Happening[], seen: Record<string, number>): void {
  const machine = compile(definitionOf(layout), { implementations, maxMicrosteps: ourLimit });
  const peerMachine = xstateMachineOf(layout, peerLimit);
  let now = 1_000;
  let peer: XStatePeer;
  let snapshot: Snapshot;
  seen.states! += layout.places.length;
  const both = (ours: () => Decision, theirs: () => void): boolean => {
    let decision: Decision | undefined;
    let ourFault: unknown;
    try {
      decision = ours();
    } catch (fault) {
      ourFault = fault;
      if (!FsmError.is(fault) || fault.code !== 'MICROSTEP_LIMIT') throw fault;
    }
    try {
      theirs();
    } catch (fault) {
      if (!String(fault).includes('Infinite loop')) throw fault;
      seen.endless! += 1;
      return false;
    }
    if (ourFault !== undefined) throw ourFault;
    snapshot = decision!.snapshot;
    return true;
  };
  if (
    !both(
      () => start(machine, { now }),
      () => {
        peer = new XStatePeer(peerMachine, now);
      },
    )
  )
    return;
  compare(snapshot!, peer!);
  for (const each of happenings) {
    if (snapshot!.status !== 'active') break;
    let goesOn: boolean;
    if (each === 'timer') {
      const timer = earliest(peer!.timers);
      if (timer === undefined) continue;
      now = timer.due;
      const [id, own] = Object.entries(snapshot!.timers!).sort(
        ([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation,
      )[0]!;
      seen.timers! += 1;
      expect({ type: ourName(timer.event.type), due: timer.due }).toEqual({
        type: ourName(own.event.type),
        due: own.due,
      });
      goesOn = both(
        () => fire(machine, snapshot!, id, own.incarnation, { now }),
        () => peer!.fire(timer),
      );
    } else if ('send' in each) {
      goesOn = both(
        () => navigate(machine, snapshot!, { type: each.send }, { now }),
        () => peer!.send({ type: each.send }, now),
      );
    } else {
      const running = Object.entries(snapshot!.invocations ?? {});
      if (running.length === 0) continue;
      const [id, { incarnation }] = running[each.outcome % running.length]!;
      seen.outcomes! += 1;
      goesOn = each.fails
        ? both(
            () => complete(machine, snapshot!, id, incarnation, { error: 'e' }, { now }),
            () => peer!.send({ type: `xstate.error.actor.${id}`, error: 'e' }, now),
          )
        : both(
            () => complete(machine, snapshot!, id, incarnation, { output: 1 }, { now }),
            () => peer!.send({ type: `xstate.done.actor.${id}`, output: 1 }, now),
          );
    }
    if (!goesOn) return;
    seen.steps! += 1;
    compare(snapshot!, peer!);
  }
  if (snapshot!.status !== 'active') seen[snapshot!.status]! += 1;
}

function compare(snapshot: Snapshot, peer: XStatePeer): void {
  const ours = {
    status: snapshot.status,
    configuration: snapshot.configuration,
    context: snapshot.context,
    timers: Object.values(snapshot.timers ?? {})
      .map(({ event, due }) => `${due} ${ourName(event.type)}`)
      .sort(),
  };
  const theirs = {
    status: peer.snapshot.status,
    configuration: peer.configuration,
    context: peer.snapshot.context,
    timers: peer.timers.map(({ event, due }) => `${due} ${ourName(event.type)}`).sort(),
  };
  expect(ours).toEqual(theirs);
}

function earliest(timers: readonly PeerTimer[]): PeerTimer | undefined {
  return timers.toSorted((a, b) => a.due - b.due || a.order - b.order)[0];
}

/** The same name for the engines' own events. */
function ourName(type: string): string {
  const after = /^xstate\.after\.(\d+)\.m\.?(.*)$/.exec(type);
  return after === null ? type : `fsm.after.${after[1]}#${after[2]}`;
}

export type { StateSpec };
