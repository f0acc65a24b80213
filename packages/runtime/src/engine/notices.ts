import { type Command, FsmError, type Json, type MachineEvent } from '@fsm/core';
import type { Limits } from '../limits.ts';
import { checkData } from './accept.ts';
import { outcomeEvent } from './before.ts';
import type { CreateFact, Fact } from './fact.ts';
import type { Instance } from './instance.ts';
import type { Group } from './listeners.ts';
import { hopsOf, type Notice } from './notice.ts';
import { eventOf, type InstanceState } from './state.ts';

/** What a decision tells its listeners, and what it could not tell them. */
export interface Told {
  readonly notices: readonly Notice[];
  readonly failures: readonly FsmError[];
}

export interface Decided {
  readonly fact: Fact;
  readonly before: InstanceState | undefined;
  readonly after: InstanceState;
  readonly commands: readonly Command[];
  readonly taken: boolean;
  readonly now: number;
}

/** The notices of a decision (L2); nothing when nobody listens for what happened. */
export function noticesOf(
  instance: Instance,
  groups: readonly Group[],
  decided: Decided,
  limits: Limits,
): Told | undefined {
  let notices: Notice[] | undefined;
  let failures: FsmError[] | undefined;
  let deliveries = 0;
  for (const group of groups) {
    const { subscription } = group;
    const causes =
      subscription.entered === undefined
        ? eventsOf(decided, subscription.event!)
        : entryOf(decided, subscription.entered);
    if (causes.length === 0) continue;
    const to = receivers(group, instance);
    if (to.length === 0) continue;
    for (const cause of causes) {
      try {
        if (hopsOf(decided.fact) >= limits.hops) throw tooManyHops(limits.hops);
        if (deliveries + to.length > limits.notices) throw tooManyNotices(limits.notices);
        const event = eventFor(group, instance, decided, cause, limits);
        deliveries += to.length;
        notices ??= [];
        notices.push({ event, to });
      } catch (error) {
        failures ??= [];
        failures.push(untold(group, to.length, error));
      }
    }
  }
  if (notices === undefined && failures === undefined) return undefined;
  return { notices: notices ?? [], failures: failures ?? [] };
}

function receivers({ toAll, toOne }: Group, { number, name }: Instance): string[] {
  const to: string[] = [];
  const named = toOne.get(name);
  for (const [listener, its] of toAll) if (listener !== number) to.push(its);
  for (const [listener, its] of named ?? []) if (listener !== number) to.push(its);
  return to;
}

/** The event that led into the state, when the state was not active before. */
function entryOf({ fact, before, after }: Decided, path: string): readonly MachineEvent[] {
  const then = before?.snapshot.configuration;
  const now = after.snapshot.configuration;
  if (then === now || !isActive(path, now) || (then !== undefined && isActive(path, then))) return none;
  return [causeOf(fact, before)];
}

function isActive(path: string, configuration: readonly string[]): boolean {
  return configuration.some((leaf) => leaf === path || (leaf.startsWith(path) && leaf[path.length] === '.'));
}

/** Each time the event was taken or emitted. */
function eventsOf({ fact, before, after, commands, taken }: Decided, type: string): readonly MachineEvent[] {
  let events: MachineEvent[] | undefined;
  // what waits for the effect before its transition is not taken yet
  if (taken && takesEvents(fact) && after.snapshot.pending === undefined) {
    const cause = causeOf(fact, before);
    if (cause.type === type) events = [cause];
  }
  for (const command of commands) {
    if (command.type === 'emit' && command.event.type === type) events = [...(events ?? []), command.event];
  }
  return events ?? none;
}

const none: readonly MachineEvent[] = [];

/** Facts that the machine meets as an event of its own kind; the others are book-keeping. */
export function takesEvents(fact: Fact): boolean {
  const { kind } = fact;
  return (
    kind === 'event' ||
    kind === 'timer' ||
    kind === 'done' ||
    kind === 'failed' ||
    (kind === 'sent' && fact.error !== undefined)
  );
}

/** The event that `apply` gave the machine for a fact. */
export function causeOf(fact: Fact, before: InstanceState | undefined): MachineEvent {
  switch (fact.kind) {
    case 'create':
      return { type: 'fsm.init', ...(fact.input === undefined ? undefined : { data: (fact as CreateFact).input }) };
    case 'event':
    case 'refused':
      return eventOf(fact);
    case 'timer':
      return before?.snapshot.timers?.[fact.timer]?.event ?? { type: fact.timer };
    case 'step':
      return before?.executions?.[fact.invocation]?.event ?? { type: `fsm.${fact.kind}` };
    case 'done':
    case 'failed':
      return outcomeEvent(before?.snapshot, fact);
    case 'compensating':
    case 'compensated':
      return { type: `fsm.${fact.kind}` };
    case 'sent':
      return fact.error === undefined
        ? { type: `fsm.${fact.kind}` }
        : { type: 'error.communication', error: fact.error as unknown as Json };
    case 'heard':
    case 'child':
    case 'stop':
    case 'fault':
    case 'destroy':
      return { type: `fsm.${fact.kind}` };
  }
}

function eventFor(
  { subscription: { type, data } }: Group,
  { name, space }: Instance,
  { after, now }: Decided,
  event: MachineEvent,
  limits: Limits,
): MachineEvent {
  if (data === undefined) return { type };
  const { context } = after.snapshot;
  const value = data.evaluate({ context, event, instance: name, tenant: space.id, now });
  checkData('event data', value, limits.eventSize, limits);
  return { type, data: value };
}

function untold({ subscription, machine, index }: Group, receivers: number, cause: unknown): FsmError {
  const { code, message, hint } = FsmError.is(cause)
    ? cause
    : { code: 'SUBSCRIPTION_FAILED', message: String(cause), hint: undefined };
  return new FsmError(
    code,
    `${receivers} listeners of "${subscription.machine}" do not get ${subscription.type}: ${message}`,
    {
      hint: hint ?? 'Correct the subscription in a new version of the machine that listens.',
      details: { machine: subscription.machine, listener: machine, subscription: index, receivers },
      cause,
    },
  );
}

function tooManyHops(limit: number): FsmError {
  return new FsmError('SUBSCRIPTION_LOOP', `It comes at the end of a chain of ${limit} such events.`, {
    hint: 'Machines that listen to each other need a state in which they do not answer.',
  });
}

function tooManyNotices(limit: number): FsmError {
  return new FsmError('NOTICES_EXCEEDED', `One decision reaches at most ${limit} listeners.`, {
    hint: 'Emit fewer events at once, or raise the limit `notices`.',
  });
}
