import { type AnyMachineSnapshot, type AnyStateMachine, createActor, createMachine } from 'xstate';

export interface PeerTimer {
  readonly event: { readonly type: string };
  readonly id: string | undefined;
  readonly due: number;
  readonly order: number;
}

type Scope = Parameters<AnyStateMachine['transition']>[2];
type PeerAction = Parameters<Scope['actionExecutor']>[0];

const nobody = createActor(createMachine({}));

/**
 * A run of an XState machine, with the timers its actions ask for. Its pure `transition` would make an actor, and with
 * it the whole initial snapshot, for every event; here one actor that never runs stands for all.
 */
export class XStatePeer {
  snapshot: AnyMachineSnapshot;
  timers: PeerTimer[] = [];
  private readonly machine: AnyStateMachine;
  private readonly scope: Scope;
  private actions: PeerAction[] = [];
  private armed = 0;

  constructor(machine: AnyStateMachine, now: number) {
    this.machine = machine;
    this.scope = {
      self: nobody,
      system: nobody.system,
      id: '',
      sessionId: '',
      logger: () => {},
      defer: () => {},
      emit: () => {},
      stopChild: () => {},
      actionExecutor: (action) => {
        this.actions.push(action);
      },
    };
    this.snapshot = machine.getInitialSnapshot(this.scope, undefined) as AnyMachineSnapshot;
    // an error of the first step does not throw, it stands in the snapshot
    if (this.snapshot.status === 'error') throw this.snapshot.error;
    this.follow(now);
  }

  send(event: { readonly type: string; readonly output?: unknown; readonly error?: unknown }, now: number): void {
    this.snapshot = this.machine.transition(this.snapshot, event, this.scope) as AnyMachineSnapshot;
    this.follow(now);
  }

  fire(timer: PeerTimer): void {
    this.timers = this.timers.filter((other) => other !== timer);
    this.send(timer.event, timer.due);
  }

  private follow(now: number): void {
    for (const { type, params } of this.actions) {
      if (type === 'xstate.cancel') {
        const { sendId } = params as { sendId: string };
        this.timers = this.timers.filter((timer) => timer.id !== sendId);
      } else if (type === 'xstate.raise') {
        const { event, id, delay } = params as { event: { type: string }; id: string | undefined; delay?: number };
        if (delay !== undefined) this.timers.push({ event, id, due: now + delay, order: this.armed++ });
      }
    }
    this.actions = [];
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
