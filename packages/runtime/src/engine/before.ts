import type { Json, MachineEvent, Snapshot } from '@fsm/core';
import type { DoneFact, Fact, FailedFact } from './fact.ts';

interface At {
  readonly snapshot: Snapshot;
}

/**
 * Whether a fact has to wait because a transition of the instance waits for the effect before it. The instance's own work
 * goes on, the outcome of that effect ends the wait, and so does the end of the instance.
 */
export function mustWait({ snapshot }: At, fact: Fact): boolean {
  if (snapshot.pending === undefined || snapshot.status !== 'active') return false;
  switch (fact.kind) {
    case 'event':
    case 'timer':
      return true;
    case 'done':
    case 'failed':
      return !isBefore(snapshot, fact.invocation);
    case 'sent':
      return fact.error !== undefined;
    default:
      return false;
  }
}

export function isBefore(snapshot: Snapshot, invocation: string): boolean {
  return snapshot.invocations?.[invocation]?.purpose === 'before';
}

/** The event that the machine meets when an execution ends: its outcome, or what waited for it. */
export function outcomeEvent(snapshot: Snapshot | undefined, fact: DoneFact | FailedFact): MachineEvent {
  const outcome = fact.kind === 'done' ? { output: fact.output } : { error: fact.error as unknown as Json };
  if (snapshot?.pending !== undefined && isBefore(snapshot, fact.invocation)) {
    return { ...snapshot.pending.event, before: outcome };
  }
  return { type: `${fact.kind === 'done' ? 'done' : 'error'}.invoke.${fact.invocation}`, ...outcome };
}
