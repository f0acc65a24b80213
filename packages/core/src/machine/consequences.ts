import type { MachineEvent } from '../definition/definition.ts';
import type { Json } from '../json.ts';
import type { Command } from './command.ts';
import { Ledger } from './ledger.ts';
import type { Invocation, Pending, Snapshot, Timer } from './snapshot.ts';
import type { StateNode } from './state-node.ts';

/** Shared by all decisions without commands, which are most. */
export const noCommands: readonly Command[] = Object.freeze([]);

/** Begins the ids of effects whose end becomes no event. */
const unheard = 'fsm.effect.';

export function isUnheard(invocation: string): boolean {
  return invocation.startsWith(unheard);
}

const nothing: Pick<Snapshot, 'history' | 'pending'> = {};

/** What a step does besides moving and changing the context: raised events, timers, invocations, history, commands. */
export class Consequences {
  history: Snapshot['history'];
  pending: Pending | undefined;
  counter: number;
  output: Json | undefined = undefined;
  error: Json | undefined = undefined;
  /** Transitions whose `before` failed for this event. */
  refused: ReadonlySet<string> | undefined = undefined;
  /** The event is an error: when nothing takes it, the instance fails. */
  fatal = false;
  /** What the effects before several transitions gave, by the path of the transition. */
  outputs: ReadonlyMap<string, Json> | undefined = undefined;
  /** Raised events that wait for their microstep. */
  readonly queue: MachineEvent[] = [];
  /** SCXML: entered states whose invocations start when the step comes to rest. */
  readonly toInvoke = new Set<StateNode>();
  private readonly before: Snapshot | undefined;
  private readonly outbox: Command[] = [];
  private readonly timerLedger: Ledger<Timer>;
  private readonly invocationLedger: Ledger<Invocation>;

  constructor(before: Snapshot | undefined) {
    this.before = before;
    this.history = before?.history;
    this.pending = before?.pending;
    this.counter = before?.counter ?? 0;
    this.timerLedger = new Ledger(before?.timers);
    this.invocationLedger = new Ledger(before?.invocations);
  }

  get timers(): Snapshot['timers'] {
    return this.timerLedger.toRecord();
  }

  get invocations(): Snapshot['invocations'] {
    return this.invocationLedger.toRecord();
  }

  /** Handled in this step, after the eventless transitions. */
  raise(event: MachineEvent): void {
    this.queue.push(event);
  }

  /** A command that leaves in the order of execution: `send`, `emit`, `log`. */
  post(command: Command): void {
    this.outbox.push(command);
  }

  /** Arms a timer; one of the same id is replaced. A timer without id is named after its incarnation. */
  arm(id: string | undefined, timer: Omit<Timer, 'incarnation'>): void {
    const incarnation = ++this.counter;
    this.timerLedger.set(id ?? `fsm.timer.${incarnation}`, { ...timer, incarnation });
  }

  /** Disarms every delayed event that was sent under this id. */
  disarmSent(sendid: string): void {
    for (const [id, { event }] of this.timerLedger.current()) {
      if (event.delivery?.sendid === sendid) this.timerLedger.delete(id);
    }
  }

  disarm(timer: string): void {
    this.timerLedger.delete(timer);
  }

  /** The timer that is being handled: it has fired and is gone. */
  fired(timer: string): void {
    this.timerLedger.settle(timer);
  }

  invoke(id: string, state: string, index: number, more?: Pick<Invocation, 'effect' | 'purpose'>): void {
    const incarnation = ++this.counter;
    this.invocationLedger.set(id, { state, index, incarnation, ...more });
  }

  /** An action starts an effect. Under an id it replaces an earlier one; without it nobody hears of its end. */
  launch(id: string | undefined, state: string, index: number): void {
    this.invoke(id ?? `${unheard}${this.counter + 1}`, state, index, { purpose: 'action' });
  }

  /** Every invocation of a state that is left. */
  releaseState(path: string): void {
    for (const [id, { state }] of this.invocationLedger.current()) if (state === path) this.invocationLedger.delete(id);
  }

  /** Running invocations, also those of this step. */
  running(): readonly (readonly [string, Invocation])[] {
    return this.invocationLedger.current();
  }

  /** The state that runs the invocation is left. */
  release(invocation: string): void {
    this.invocationLedger.delete(invocation);
  }

  /** The invocation whose outcome is being handled: it has ended and is gone. */
  completed(invocation: string): void {
    this.invocationLedger.settle(invocation);
  }

  /** The machine is done or failed: what actions started goes on. */
  end(): void {
    this.pending = undefined;
    this.timerLedger.clear();
    for (const [id, { purpose }] of this.running()) if (purpose !== 'action') this.release(id);
  }

  stopEverything(): void {
    this.pending = undefined;
    this.timerLedger.clear();
    this.invocationLedger.clear();
  }

  /** Whether the snapshot has to show any of it. The counter alone is nothing: what it counted never reached the host. */
  get changed(): boolean {
    const { history, pending } = this.before ?? nothing;
    if (this.history !== history || this.pending !== pending) return true;
    return this.timerLedger.changed || this.invocationLedger.changed;
  }

  /** What stops comes first, then what was said in the order it was said, then what starts. */
  commands(): readonly Command[] {
    const commands: Command[] = [];
    for (const [invocation, { incarnation }] of this.invocationLedger.stopped()) {
      commands.push({ type: 'cancel', invocation, incarnation });
    }
    for (const [timer, { incarnation }] of this.timerLedger.stopped()) {
      commands.push({ type: 'disarm', timer, incarnation });
    }
    commands.push(...this.outbox);
    for (const [timer, { due, incarnation }] of this.timerLedger.started()) {
      commands.push({ type: 'arm', timer, due, incarnation });
    }
    for (const [invocation, { state, index, incarnation, purpose }] of this.invocationLedger.started()) {
      const start = { type: 'start', invocation, state, index, incarnation } as const;
      commands.push(purpose === undefined ? start : { ...start, purpose });
    }
    return commands.length === 0 ? noCommands : commands;
  }
}
