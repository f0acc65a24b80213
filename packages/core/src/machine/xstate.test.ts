import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FsmError } from '../error.ts';
import type { Decision } from './command.ts';
import { compile, type Machine } from './machine.ts';
import { complete, fire, navigate, start } from './navigate.ts';
import type { Snapshot } from './snapshot.ts';
import {
  definitionOf,
  eventTypes,
  implementations,
  type Layout,
  layoutOf,
  machineSpec,
} from './testing/random-machine.ts';
import { comparable } from './testing/xstate-comparable.ts';
import { xstateMachineOf } from './testing/xstate-machine.ts';
import { XStatePeer } from './testing/xstate-peer.ts';

/** What happens to both machines: an event, the next timer, or the outcome of a running effect. */
type Happening = { readonly send: string } | 'timer' | { readonly outcome: number; readonly fails: boolean };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...eventTypes).map((send) => ({ send })) },
  { weight: 2, arbitrary: fc.constant('timer' as const) },
  { weight: 1, arbitrary: fc.record({ outcome: fc.nat({ max: 9 }), fails: fc.boolean() }) },
);

/** XState counts microsteps a little differently, so ours gets more room: when it gives up, XState must give up too. */
const ourLimit = 60;
const peerLimit = 40;

/** How often what was compared, so that a generator that went stale is noticed. */
class Coverage {
  steps = 0;
  moved = 0;
  timers = 0;
  outcomes = 0;
  parallel = 0;
  history = 0;
  ended = 0;
}

describe('against XState v5', () => {
  test('2,100 random machines go through the same configurations, contexts and timers', () => {
    const coverage = new Coverage();
    fc.assert(
      fc.property(
        machineSpec({ invocations: true }).map((spec) => comparable(layoutOf(spec))),
        fc.array(happening, { minLength: 4, maxLength: 14 }),
        (layout, happenings) => new Comparison(layout, coverage).run(happenings),
      ),
      { numRuns: 2_100 },
    );
    expect(coverage.steps).toBeGreaterThan(8_000);
    expect(coverage.moved).toBeGreaterThan(2_000);
    expect(coverage.timers).toBeGreaterThan(600);
    expect(coverage.outcomes).toBeGreaterThan(60);
    expect(coverage.parallel).toBeGreaterThan(1_500);
    expect(coverage.history).toBeGreaterThan(500);
    expect(coverage.ended).toBeGreaterThan(100);
  });
});

class Comparison {
  private readonly machine: Machine;
  private readonly layout: Layout;
  private readonly coverage: Coverage;
  private now = 1_000;
  private snapshot!: Snapshot;
  private peer!: XStatePeer;

  constructor(layout: Layout, coverage: Coverage) {
    this.machine = compile(definitionOf(layout), { implementations, maxMicrosteps: ourLimit });
    this.layout = layout;
    this.coverage = coverage;
  }

  run(happenings: readonly Happening[]): void {
    const began = this.both(
      () => start(this.machine, { now: this.now }),
      () => {
        this.peer = new XStatePeer(xstateMachineOf(this.layout, peerLimit), this.now);
      },
    );
    if (!began) return;
    for (const each of happenings) {
      if (this.snapshot.status !== 'active' || !this.happen(each)) break;
    }
    if (this.snapshot.status !== 'active') this.coverage.ended++;
  }

  private happen(happening: Happening): boolean {
    const { machine, peer, snapshot } = this;
    if (happening === 'timer') return this.fireNext();
    if ('send' in happening) {
      return this.both(
        () => navigate(machine, snapshot, { type: happening.send }, { now: this.now }),
        () => peer.send({ type: happening.send }, this.now),
      );
    }
    const running = Object.entries(snapshot.invocations ?? {});
    if (running.length === 0) return true;
    const [id, { incarnation }] = running[happening.outcome % running.length]!;
    const outcome = happening.fails ? { error: 'broken' } : { output: 1 };
    this.coverage.outcomes++;
    return this.both(
      () => complete(machine, snapshot, id, incarnation, outcome, { now: this.now }),
      () => peer.send({ type: `xstate.${happening.fails ? 'error' : 'done'}.actor.${id}`, ...outcome }, this.now),
    );
  }

  private fireNext(): boolean {
    const { machine, peer, snapshot } = this;
    const [theirs] = peer.timers.toSorted((a, b) => a.due - b.due || a.order - b.order);
    const [ours] = Object.entries(snapshot.timers ?? {}).sort(
      ([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation,
    );
    if (theirs === undefined || ours === undefined) return true;
    const [id, { due, event, incarnation }] = ours;
    expect(event.type).toBe(ourName(theirs.event.type));
    this.now = due;
    this.coverage.timers++;
    return this.both(
      () => fire(machine, snapshot, id, incarnation, { now: due }),
      () => peer.fire(theirs),
    );
  }

  /** Lets both decide and compares; `false` when XState found no end, where a comparison ends. */
  private both(ours: () => Decision, theirs: () => void): boolean {
    const decision = unlessEndless(ours, (fault) => FsmError.is(fault) && fault.code === 'MICROSTEP_LIMIT');
    const answered = unlessEndless(
      () => {
        theirs();
        return true;
      },
      (fault) => String(fault).includes('Infinite loop'),
    );
    if (answered === undefined) return false;
    if (decision === undefined) throw new Error('XState came to rest, FSM did not.');
    const before = this.snapshot;
    this.snapshot = decision.snapshot;
    this.compare();
    this.coverage.steps++;
    if (before?.configuration !== this.snapshot.configuration) this.coverage.moved++;
    if (this.snapshot.configuration.length > 1) this.coverage.parallel++;
    if (this.snapshot.history !== undefined) this.coverage.history++;
    return true;
  }

  private compare(): void {
    const { snapshot, peer } = this;
    const timers = Object.values(snapshot.timers ?? {}).map(({ event, due }) => `${due} ${event.type}`);
    const { status, configuration, context } = snapshot;
    expect({ status, configuration, context, timers: timers.sort() }).toEqual({
      status: peer.snapshot.status,
      configuration: peer.configuration,
      context: peer.snapshot.context,
      timers: peer.timers.map(({ event, due }) => `${due} ${ourName(event.type)}`).sort(),
    });
  }
}

function unlessEndless<T>(decide: () => T, isEndless: (fault: unknown) => boolean): T | undefined {
  try {
    return decide();
  } catch (fault) {
    if (isEndless(fault)) return undefined;
    throw fault;
  }
}

/** Our name for XState's event of an `after`. */
function ourName(type: string): string {
  const after = /^xstate\.after\.(\d+)\.m\.?(.*)$/.exec(type);
  return after === null ? type : `fsm.after.${after[1]}#${after[2]}`;
}
