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
    busy:
      state.executions !== undefined ||
      state.debts !== undefined ||
      state.outbox !== undefined ||
      state.notices !== undefined ||
      !instance.isReported,
    configuration: state.snapshot.configuration.join(','),
    at: instance.at,
    text: instance.loaded?.plugins.length ? withReported(instance.reported, stateText(state)) : stateText(state),
  };
}

/** Up to which line the plugins were told stands in front of the state: it is no part of what the journal explains. */
function withReported(reported: number, text: string): string {
  return `{"reported":${reported},${text.slice(1)}`;
}

const reportedForm = /^\{"reported":(\d+),/;

/** Takes the text of a record apart. */
export function readRecordText(text: string): { readonly state: string; readonly reported: number } {
  const found = reportedForm.exec(text);
  if (found === null) return { state: text, reported: 0 };
  return { state: `{${text.slice(found[0].length)}`, reported: Number(found[1]) };
}

/** The state as text, with its keys in one order however it came about. */
export function stateText({ snapshot, executions, debts, outbox, notices, parent, destroyed }: InstanceState): string {
  return JSON.stringify({ snapshot, executions, debts, outbox, notices, parent, destroyed });
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
