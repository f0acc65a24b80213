import type { MachineEvent } from '../../definition/definition.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Decision, Moment } from '../../machine/command.ts';
import type { Machine } from '../../machine/machine.ts';
import { complete, fire, navigate, start, stop } from '../../machine/navigate.ts';
import type { Snapshot } from '../../machine/snapshot.ts';
import type { ScxmlWorld } from './world.ts';

interface Outcome {
  readonly invocation: string;
  readonly incarnation: number;
  readonly outcome: { readonly output: Json } | { readonly error: Json };
}

type Waiting = { readonly event: MachineEvent; readonly from: Session | undefined } | Outcome;

/** One running SCXML machine in a world: its snapshot, its external queue, and the sessions it invoked. */
export class Session {
  readonly id: string;
  readonly machine: Machine;
  readonly parent: { readonly session: Session; readonly invocation: string; readonly incarnation: number } | undefined;
  private current: Snapshot | undefined;
  private readonly world: ScxmlWorld;
  private readonly queue: Waiting[] = [];
  /** What the platform has to say about what the session just did. */
  private readonly urgent: MachineEvent[] = [];
  private readonly children = new Map<string, Session>();
  private cancelled = false;

  constructor(world: ScxmlWorld, id: string, machine: Machine, parent: Session['parent']) {
    this.world = world;
    this.id = id;
    this.machine = machine;
    this.parent = parent;
  }

  /** Of the last decision. */
  get snapshot(): Snapshot {
    if (this.current === undefined) throw new Error('the session has not been started');
    return this.current;
  }

  get status(): Snapshot['status'] {
    return this.current?.status ?? 'active';
  }

  /** Ids of the active atomic and final states, as the document has them. */
  get activeIds(): readonly string[] {
    const ids = new Map([...this.machine.states()].map(({ path, id }) => [path, id]));
    return this.snapshot.configuration.map((path) => ids.get(path)!);
  }

  /** An event from outside, handled before this returns, with everything it causes. */
  send(event: MachineEvent): void {
    this.enqueue(event, undefined);
    this.world.run();
  }

  start(input: JsonObject | undefined): void {
    this.accept(start(this.machine, this.moment, input));
  }

  fire(timer: string): void {
    const armed = this.snapshot.timers?.[timer];
    if (armed !== undefined) this.accept(fire(this.machine, this.snapshot, timer, armed.incarnation, this.moment));
  }

  enqueue(event: MachineEvent, from: Session | undefined): void {
    this.queue.push({ event, from });
  }

  enqueueOutcome(outcome: Outcome): void {
    this.queue.push(outcome);
  }

  /** An event of the platform about something the session just did: it belongs to that step, before all that wait. */
  hearAtOnce(event: MachineEvent): void {
    this.urgent.push(event);
  }

  /** Handles what waits longest; returns whether anything did. */
  handleNext(): boolean {
    const waiting = this.queue.shift();
    if (waiting === undefined) return false;
    if (this.status !== 'active' || this.current === undefined) return true;
    if ('outcome' in waiting) {
      this.end(waiting);
    } else if (waiting.from?.cancelled !== true) {
      this.accept(navigate(this.machine, this.snapshot, waiting.event, this.moment));
    }
    return true;
  }

  /** A child that ended before its state was left is heard of nevertheless: its last event was sent already. */
  private end({ invocation, incarnation, outcome }: Outcome): void {
    if (this.snapshot.invocations?.[invocation]?.incarnation === incarnation) {
      this.accept(complete(this.machine, this.snapshot, invocation, incarnation, outcome, this.moment));
    } else if ('output' in outcome) {
      const delivery = { kind: 'external', invokeid: invocation } as const;
      const event = { type: `done.invoke.${invocation}`, output: outcome.output, delivery };
      this.accept(navigate(this.machine, this.snapshot, event, this.moment));
    }
  }

  child(invocation: string): Session | undefined {
    return this.children.get(invocation);
  }

  adopt(invocation: string, child: Session): void {
    this.children.set(invocation, child);
  }

  /** The child leaves its states, and nothing it says counts any more. */
  cancelChild(invocation: string): void {
    const child = this.children.get(invocation);
    this.children.delete(invocation);
    if (child === undefined) return;
    child.cancelled = true;
    if (child.status === 'active') child.accept(stop(child.machine, child.snapshot, child.moment));
    this.world.forget(child);
  }

  /** An event for the parent, which knows this session by its invocation. */
  signed(event: MachineEvent): MachineEvent {
    return { ...event, delivery: { ...event.delivery, ...(this.parent && { invokeid: this.parent.invocation }) } };
  }

  private get moment(): Moment {
    const processors = Object.entries(this.world.options.processors ?? {}).map(
      ([name, processor]) => [name, { location: processor.locationOf(this.id) }] as const,
    );
    const receivers = [...this.world.sessionIds(), ...(this.parent?.session.status === 'active' ? ['parent'] : [])];
    return { now: this.world.now, instance: this.id, receivers, processors: Object.fromEntries(processors) };
  }

  private accept({ snapshot, commands }: Decision): void {
    const wasActive = this.status === 'active';
    this.current = this.world.options.keep?.(snapshot) ?? snapshot;
    this.world.perform(this, commands);
    const heard = this.urgent.shift();
    if (heard !== undefined && snapshot.status === 'active') {
      this.accept(navigate(this.machine, snapshot, heard, this.moment));
      return;
    }
    if (!wasActive || snapshot.status === 'active') return;
    if (this.parent !== undefined && !this.cancelled) {
      const { session, invocation, incarnation } = this.parent;
      session.enqueueOutcome({ invocation, incarnation, outcome: { output: snapshot.output ?? null } });
    }
    for (const invocation of this.children.keys()) this.cancelChild(invocation);
    this.world.forget(this);
  }
}
