import type { MachineEvent } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import type { Command, Decision, Microstep, Moment } from '../machine/command.ts';
import type { Machine } from '../machine/machine.ts';
import { complete, fire, navigate } from '../machine/navigate.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import {
  type EffectOutcome,
  milliseconds,
  type PendingOutcome,
  type ScriptedEffects,
  scriptedOutcome,
} from './scripted-effects.ts';

/** What a simulation knows between two steps. */
export interface SimulatedState {
  readonly snapshot: Snapshot;
  readonly now: number;
  /** Scripted outcomes of running effects. */
  readonly pending: readonly PendingOutcome[];
  /** How often each invocation with a script has started. */
  readonly attempts: Readonly<Record<string, number>>;
  /** Events that wait for the effect before a transition. */
  readonly waiting?: readonly MachineEvent[];
}

export interface TurnHost {
  readonly machine: Machine;
  readonly instance: string;
  readonly tenant: string;
  readonly effects: ScriptedEffects | undefined;
}

/** More decisions than this in one step are taken for an endless exchange. */
const maxDecisions = 10_000;

/**
 * Everything one step of a simulation sets off: the decision itself, then what the instance sends to itself, then the
 * scripted effects that end at once. While time passes, timers and scripted outcomes take their turns by due time, and
 * of the same time in the order in which they were started.
 */
export class Turn {
  snapshot: Snapshot | undefined;
  now: number;
  readonly commands: Command[] = [];
  readonly trace: Microstep[] = [];
  /** Ids of the timers that fired. */
  readonly fired: string[] = [];
  readonly outcomes: ({ readonly invocation: string } & EffectOutcome)[] = [];
  private readonly host: TurnHost;
  private pending: PendingOutcome[];
  private waiting: MachineEvent[];
  private readonly attempts: Record<string, number>;
  private decisions = 0;

  constructor(host: TurnHost, before: SimulatedState | { readonly now: number }) {
    const known = 'snapshot' in before ? before : undefined;
    this.host = host;
    this.snapshot = known?.snapshot;
    this.now = before.now;
    this.pending = [...(known?.pending ?? [])];
    this.waiting = [...(known?.waiting ?? [])];
    this.attempts = { ...known?.attempts };
  }

  get moment(): Moment {
    const { instance, tenant } = this.host;
    return { now: this.now, instance, tenant, trace: this.trace };
  }

  get state(): SimulatedState {
    const { now, pending, attempts, waiting } = this;
    return { snapshot: this.snapshot!, now, pending, attempts, ...(waiting.length === 0 ? undefined : { waiting }) };
  }

  /** Decides an event, or keeps it until the effect before a transition is over. */
  handle(event: MachineEvent): Decision {
    const decision = navigate(this.host.machine, this.snapshot!, event, this.moment);
    if (decision.deferred) this.waiting.push(event);
    return decision;
  }

  /** Takes over a decision and all that follows from it at the same time. */
  accept(decision: Decision): boolean {
    this.keep(decision);
    const mailbox = selfSends(decision.commands, this.host.instance);
    for (;;) {
      const event = this.nextWaiting() ?? mailbox.shift();
      const next = event ?? this.pending.find((outcome) => outcome.due <= this.now && this.mayEnd(outcome));
      if (next === undefined) return decision.taken;
      const following = 'due' in next ? this.end(next) : this.handle(next);
      this.keep(following);
      mailbox.push(...selfSends(following.commands, this.host.instance));
    }
  }

  /** Lets time pass; returns whether anything happened meanwhile. */
  advance(duration: number): boolean {
    const end = this.now + duration;
    const before = this.decisions;
    for (let next = this.nextDue(end); next !== undefined; next = this.nextDue(end)) {
      this.now = Math.max(this.now, next.due);
      if ('invocation' in next) this.accept(this.end(next));
      else {
        this.fired.push(next.timer);
        this.accept(fire(this.host.machine, this.snapshot!, next.timer, next.incarnation, this.moment));
      }
    }
    this.now = end;
    return this.decisions > before;
  }

  complete(invocation: string, outcome: EffectOutcome): boolean {
    const incarnation = this.snapshot!.invocations?.[invocation]?.incarnation ?? 0;
    return this.accept(complete(this.host.machine, this.snapshot!, invocation, incarnation, outcome, this.moment));
  }

  /** Runs that a simulation finds when it starts in the middle get their scripts now. */
  scriptRunning(): void {
    for (const [invocation, { incarnation }] of Object.entries(this.snapshot?.invocations ?? {})) {
      this.script(invocation, incarnation);
    }
  }

  private nextWaiting(): MachineEvent | undefined {
    return this.snapshot!.pending === undefined ? this.waiting.shift() : undefined;
  }

  /** While an effect before a transition runs, everything else waits. */
  private mayEnd({ invocation }: PendingOutcome): boolean {
    const { pending, invocations } = this.snapshot!;
    return pending === undefined || invocations?.[invocation]?.purpose === 'before';
  }

  private keep({ snapshot, commands }: Decision): void {
    if (++this.decisions > maxDecisions) throw this.endless();
    this.snapshot = snapshot;
    this.commands.push(...commands);
    for (const command of commands) if (command.type === 'start') this.script(command.invocation, command.incarnation);
    const running = snapshot.invocations;
    this.pending = this.pending.filter(
      ({ invocation, incarnation }) => running?.[invocation]?.incarnation === incarnation,
    );
  }

  private script(invocation: string, incarnation: number): void {
    const { effects, machine } = this.host;
    const run = this.snapshot!.invocations?.[invocation];
    if (effects === undefined || run === undefined) return;
    const attempt = (this.attempts[invocation] ?? 0) + 1;
    const { context } = this.snapshot!;
    const effect = run.effect ?? machine.effect(run.state, run.index);
    const scripted = scriptedOutcome(effects, { invocation, effect, context, attempt });
    if (scripted === undefined) return;
    this.attempts[invocation] = attempt;
    const { after = 0, ...outcome } = scripted;
    const due = this.now + milliseconds(after, `The "after" of the effect "${invocation}"`);
    this.pending.push({ invocation, incarnation, due, outcome: outcome as EffectOutcome });
  }

  private end({ invocation, incarnation, outcome }: PendingOutcome): Decision {
    this.outcomes.push({ invocation, ...outcome });
    return complete(this.host.machine, this.snapshot!, invocation, incarnation, outcome, this.moment);
  }

  private nextDue(end: number): PendingOutcome | DueTimer | undefined {
    const { timers = {}, pending } = this.snapshot!;
    const armed = Object.entries(pending === undefined ? timers : {}).map(([timer, { due, incarnation }]) => ({
      timer,
      due,
      incarnation,
    }));
    const outcomes = this.pending.filter((outcome) => this.mayEnd(outcome));
    const all: readonly (PendingOutcome | DueTimer)[] = [...armed, ...outcomes];
    return all.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due || a.incarnation - b.incarnation)[0];
  }

  private endless(): FsmError {
    const configuration: Json = [...this.snapshot!.configuration];
    return new FsmError(
      'SIMULATION_ENDLESS',
      `The step set off more than ${maxDecisions} decisions; the last states were ${configuration.join(', ')}.`,
      {
        hint: 'Look for timers of no duration, events the instance sends to itself, or scripted effects that start each other.',
        details: { limit: maxDecisions, configuration },
      },
    );
  }
}

interface DueTimer {
  readonly timer: string;
  readonly due: number;
  readonly incarnation: number;
}

function selfSends(commands: readonly Command[], instance: string) {
  return commands.flatMap((command) => (command.type === 'send' && command.to === instance ? [command.event] : []));
}
