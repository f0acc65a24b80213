import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, transition } from 'xstate';

export interface PeerTimer {
  readonly event: { readonly type: string };
  readonly id: string | undefined;
  readonly due: number;
  readonly order: number;
}

/** A run of an XState machine through its pure functions, with the timers its actions ask for. */
export class XStatePeer {
  snapshot: AnyMachineSnapshot;
  timers: PeerTimer[] = [];
  private readonly machine: AnyStateMachine;
  private armed = 0;

  constructor(machine: AnyStateMachine, now: number) {
    this.machine = machine;
    const [snapshot, actions] = initialTransition(machine);
    this.snapshot = snapshot;
    // an error of the first step does not throw, it stands in the snapshot
    if (snapshot.status === 'error') throw snapshot.error;
    this.follow(actions, now);
  }

  send(event: { readonly type: string; readonly output?: unknown; readonly error?: unknown }, now: number): void {
    const [snapshot, actions] = transition(this.machine, this.snapshot, event);
    this.snapshot = snapshot as AnyMachineSnapshot;
    this.follow(actions, now);
  }

  fire(timer: PeerTimer): void {
    this.timers = this.timers.filter((other) => other !== timer);
    this.send(timer.event, timer.due);
  }

  private follow(actions: readonly { readonly type: string; readonly params: unknown }[], now: number): void {
    for (const { type, params } of actions) {
      if (type === 'xstate.cancel') {
        const { sendId } = params as { sendId: string };
        this.timers = this.timers.filter((timer) => timer.id !== sendId);
      } else if (type === 'xstate.raise') {
        const { event, id, delay } = params as { event: { type: string }; id: string | undefined; delay?: number };
        if (delay !== undefined) this.timers.push({ event, id, due: now + delay, order: this.armed++ });
      }
    }
    if (this.snapshot.status !== 'active') this.timers = [];
  }

  /** Paths of the active atomic and final states, in document order. */
  get configuration(): readonly string[] {
    return this.snapshot._nodes
      .filter(({ type }) => type === 'atomic' || type === 'final')
      .toSorted((a, b) => a.order - b.order)
      .map(({ path }) => path.join('.'));
  }
}
