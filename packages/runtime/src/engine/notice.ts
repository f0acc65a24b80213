import type { MachineEvent } from '@fsm/core';
import type { Fact } from './fact.ts';
import type { InstanceState } from './state.ts';

/** An event for the instances that listened when it was made, as it stands in the journal line that made it. */
export interface Notice {
  readonly event: MachineEvent;
  /** Names of the instances, in the order they were created. */
  readonly to: readonly string[];
}

/** A notice that not all of its receivers have yet. */
export interface PendingNotice extends Notice {
  /** The event id at every receiver, so that delivering twice has one effect. */
  readonly id: string;
  /** How many notices led to this one, itself included. */
  readonly hops: number;
}

/** How many notices led to this fact. Timers and the outcomes of effects begin anew. */
export function hopsOf(fact: Fact): number {
  return fact.kind === 'event' ? (fact.hops ?? 0) : 0;
}

/** Takes the notices of a line into the state. Who listened is known only then, so a fold takes them from the line. */
export function withNotices(
  state: InstanceState,
  notices: readonly Notice[],
  fact: Fact,
  instance: string,
  sequence: number,
): InstanceState {
  const hops = hopsOf(fact) + 1;
  const pending = notices.map(({ event, to }, index) => ({ id: `${instance}/${sequence}.n${index}`, event, to, hops }));
  return { ...state, notices: [...(state.notices ?? []), ...pending] };
}

/** Takes out those that have it, or never will. */
export function withoutReceivers(
  notices: readonly PendingNotice[] | undefined,
  id: string,
  by: readonly string[],
): readonly PendingNotice[] | undefined {
  const done = new Set(by);
  const left = (notices ?? []).flatMap((notice) => {
    if (notice.id !== id) return [notice];
    const to = notice.to.filter((name) => !done.has(name));
    return to.length === 0 ? [] : [{ ...notice, to }];
  });
  return left.length === 0 ? undefined : left;
}
