import type { StoredRecord } from '../store/store.ts';
import type { Instance } from './instance.ts';
import type { InstanceState } from './state.ts';

/** The instance as the store keeps it between uses. */
export function recordOf(instance: Instance): StoredRecord {
  const state = instance.state!;
  return {
    number: instance.number,
    tenant: instance.space.id,
    name: instance.name,
    sequence: instance.sequence,
    hash: instance.hash,
    machine: state.snapshot.machine.hash,
    status: state.destroyed === true ? 'destroyed' : state.snapshot.status,
    wake: earliestTimer(state),
    busy: state.executions !== undefined || state.outbox !== undefined,
    configuration: state.snapshot.configuration.join(','),
    at: instance.at,
    text: JSON.stringify(state),
  };
}

/** When the first armed timer is due. */
export function earliestTimer(state: InstanceState): number | undefined {
  const { timers } = state.snapshot;
  if (timers === undefined) return undefined;
  let earliest: number | undefined;
  for (const id in timers) {
    const { due } = timers[id]!;
    if (earliest === undefined || due < earliest) earliest = due;
  }
  return earliest;
}
