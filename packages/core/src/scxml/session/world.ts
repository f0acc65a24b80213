import type { EffectDefinition, MachineDefinition, MachineEvent } from '../../definition/definition.ts';
import { FsmError } from '../../error.ts';
import type { Json, JsonObject } from '../../json.ts';
import type { Command } from '../../machine/command.ts';
import { compile, type Machine } from '../../machine/machine.ts';
import type { Snapshot } from '../../machine/snapshot.ts';
import { importScxml } from '../document/import.ts';
import type { EventProcessor } from './event-processor.ts';
import { Session } from './session.ts';

export interface WorldOptions {
  /** What a document that is invoked by its address contains. */
  readonly load?: (uri: string) => string | undefined;
  /** Event I/O processors besides SCXML's own, by the names and addresses documents use for them. */
  readonly processors?: { readonly [name: string]: EventProcessor };
  readonly onLog?: (session: Session, message: Json) => void;
  /** How a session keeps its snapshot between two steps; what a store gives back counts. */
  readonly keep?: (snapshot: Snapshot) => Snapshot;
  /** Milliseconds since the epoch when the world begins; 0 when absent. */
  readonly now?: number;
}

/**
 * A host for SCXML machines with a clock that is moved by hand: sessions that send to each other, invoke documents and
 * wait for delayed events, without a store and without side effects.
 *
 * ```ts
 * const world = new ScxmlWorld();
 * const session = world.open(compile(importScxml(text).definition));
 * session.send({ type: 'open' });
 * world.advance(2_000);
 * session.activeIds; // ['opened']
 * ```
 */
export class ScxmlWorld {
  now: number;
  readonly options: WorldOptions;
  private readonly sessions = new Map<string, Session>();
  private opened = 0;
  private running = false;

  constructor(options: WorldOptions = {}) {
    this.options = options;
    this.now = options.now ?? 0;
  }

  /**
   * Starts a session: it enters its first states. What it sent on the way is handled by the next `run`, `send` or
   * `advance`. `input` gives the data of its root other values.
   */
  open(machine: Machine, input?: JsonObject): Session {
    const session = this.add(machine, undefined);
    session.start(input);
    return session;
  }

  /** Time passes: timers that become due fire in order, each at its own time. */
  advance(milliseconds: number): void {
    const end = this.now + milliseconds;
    this.run();
    for (let next = this.nextTimer(end); next !== undefined; next = this.nextTimer(end)) {
      this.now = Math.max(this.now, next.due);
      next.session.fire(next.timer);
      this.run();
    }
    this.now = end;
  }

  /** The time of the next timer, in milliseconds since the epoch; nothing when none is armed. */
  get nextDue(): number | undefined {
    return this.nextTimer(Number.POSITIVE_INFINITY)?.due;
  }

  /** Everything that is waiting is handled, until every queue is empty. */
  run(): void {
    if (this.running) return;
    this.running = true;
    try {
      for (let busy = true; busy; ) {
        busy = false;
        for (const session of [...this.sessions.values()]) if (session.handleNext()) busy = true;
      }
    } finally {
      this.running = false;
    }
  }

  /** Commands of a decision, in their order. */
  perform(session: Session, commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'send') this.deliver(session, command);
      else if (command.type === 'start') this.invoke(session, command.invocation);
      else if (command.type === 'cancel') session.cancelChild(command.invocation);
      else if (command.type === 'log') this.options.onLog?.(session, command.message);
    }
  }

  sessionIds(): Iterable<string> {
    return this.sessions.keys();
  }

  forget(session: Session): void {
    this.sessions.delete(session.id);
  }

  private add(machine: Machine, parent: Session['parent']): Session {
    const session = new Session(this, `session-${++this.opened}`, machine, parent);
    this.sessions.set(session.id, session);
    return session;
  }

  private deliver(from: Session, { to, event, processor, id }: Extract<Command, { readonly type: 'send' }>): void {
    const target = processor === undefined ? this.receiver(from, to) : this.through(processor, to, event);
    if (target === undefined)
      from.hearAtOnce({
        type: 'error.communication',
        delivery: { kind: 'platform', ...(id !== undefined && { sendid: id }) },
      });
    else
      target.session.enqueue(
        target.event ?? (target.session === from.parent?.session ? from.signed(event) : event),
        from,
      );
  }

  private receiver(
    from: Session,
    to: string,
  ): { readonly session: Session; readonly event?: MachineEvent } | undefined {
    const session =
      to === 'parent' ? from.parent?.session : to.startsWith('#_') ? from.child(to.slice(2)) : this.sessions.get(to);
    return session?.status === 'active' ? { session } : undefined;
  }

  private through(processor: string, to: string, event: MachineEvent) {
    const received = this.options.processors?.[processor]?.receive(to, event);
    const session = received === undefined ? undefined : this.sessions.get(received.session);
    return session === undefined || received === undefined ? undefined : { session, event: received.event };
  }

  private invoke(parent: Session, invocation: string): void {
    const running = parent.snapshot.invocations?.[invocation];
    if (running === undefined) return;
    const effect = running.effect ?? parent.machine.effect(running.state, running.index);
    const { incarnation } = running;
    try {
      const machine = compile(this.document(effect));
      const child = this.add(machine, { session: parent, invocation, incarnation });
      parent.adopt(invocation, child);
      child.start(effect.input as JsonObject | undefined);
    } catch (error) {
      if (!FsmError.is(error)) throw error;
      parent.enqueueOutcome({ invocation, incarnation, outcome: { error: error.toJSON() as unknown as Json } });
    }
  }

  /** The machine an invocation means: written out, as XML, or by its address. */
  private document({ type, machine, src }: EffectDefinition): MachineDefinition {
    if (type !== 'invoke_fsm') throw notRunnable(`The effect \`${type}\``);
    if (typeof src === 'string') return imported(this.options.load?.(src), src);
    if (typeof machine === 'string') return imported(machine, 'the content');
    if (typeof machine === 'object' && machine !== null) {
      const { $xml: xml } = machine as { readonly $xml?: unknown };
      return typeof xml === 'string' ? imported(xml, 'the content') : (machine as unknown as MachineDefinition);
    }
    throw notRunnable('An invocation without a document');
  }

  private nextTimer(end: number) {
    let next: { readonly session: Session; readonly timer: string; readonly due: number } | undefined;
    for (const session of this.sessions.values()) {
      for (const [timer, { due }] of Object.entries(session.snapshot.timers ?? {})) {
        if (due <= end && (next === undefined || due < next.due)) next = { session, timer, due };
      }
    }
    return next;
  }
}

function imported(text: string | undefined, name: string): MachineDefinition {
  if (text === undefined) throw notRunnable(`The document \`${name}\``);
  return importScxml(text).definition;
}

function notRunnable(what: string): FsmError {
  return new FsmError('INVOKE_FAILED', `${what} cannot be run here.`, {
    hint: 'Invoke an SCXML document: as content, or by an address that can be loaded.',
  });
}
