import { expect } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { FsmError } from '../../error.ts';
import type { Decision } from '../command.ts';
import type { Machine } from '../machine.ts';
import { complete, fire, navigate, start } from '../navigate.ts';
import type { Snapshot } from '../snapshot.ts';
import { XStatePeer } from './xstate-peer.ts';

/** What happens to both machines: an event, the next timer, or the outcome of a running effect. */
export type Happening = { readonly send: string } | 'timer' | { readonly outcome: number; readonly fails: boolean };

/** XState counts microsteps a little differently, so ours gets more room: when it gives up, XState must give up too. */
export const ourLimit = 60;
export const peerLimit = 40;

/** Runs one machine on both engines and compares them after everything that happens. */
export class Comparison {
  /** How many times both decided and agreed. */
  steps = 0;
  moved = 0;
  timers = 0;
  private readonly machine: Machine;
  private readonly peerMachine: AnyStateMachine;
  private readonly onStep: (before: Snapshot | undefined, after: Snapshot) => void;
  private now = 1_000;
  private snapshot!: Snapshot;
  private peer!: XStatePeer;

  constructor(
    machine: Machine,
    peerMachine: AnyStateMachine,
    onStep: (before: Snapshot | undefined, after: Snapshot) => void = () => {},
  ) {
    this.machine = machine;
    this.peerMachine = peerMachine;
    this.onStep = onStep;
  }

  run(happenings: readonly Happening[]): void {
    const began = this.both(
      () => start(this.machine, { now: this.now }),
      () => {
        this.peer = new XStatePeer(this.peerMachine, this.now);
      },
    );
    if (!began) return;
    for (const each of happenings) {
      if (this.snapshot.status !== 'active' || !this.happen(each)) break;
    }
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
    this.timers++;
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
    this.steps++;
    if (before?.configuration !== this.snapshot.configuration) this.moved++;
    this.onStep(before, this.snapshot);
    return true;
  }

  private compare(): void {
    const ours = this.ourState();
    const theirs = this.theirState();
    // texts, because the deep comparison of a test takes as long as both engines together
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) expect(ours).toEqual(theirs);
  }

  private ourState(): object {
    const { status, configuration, context, output, timers } = this.snapshot;
    const armed = Object.values(timers ?? {}).map(({ event, due }) => `${due} ${event.type}`);
    return {
      status,
      configuration,
      context: sorted(context),
      output: output ?? null,
      tags: this.machine.tags(this.snapshot).toSorted(),
      timers: armed.sort(),
    };
  }

  private theirState(): object {
    const { peer } = this;
    const { status, context, output, tags } = peer.snapshot;
    return {
      status,
      configuration: peer.configuration,
      context: sorted(context),
      output: output ?? null,
      tags: [...tags].sort(),
      timers: peer.timers.map(({ event, due }) => `${due} ${ourName(event.type)}`).sort(),
    };
  }
}

function sorted(context: object): unknown {
  return Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
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
