import { FsmError, type Snapshot } from '@fsm/core';
import type { StoredLine, StoredSummary } from '../store/store.ts';
import type { Engine } from './engine.ts';
import { decodeEntry, type Entry } from './fact.ts';
import { foldLines } from './fold.ts';
import type { Instance } from './instance.ts';
import type { PendingNotice } from './notice.ts';
import type { OutboxEntry } from './state.ts';
import type { TenantSpace } from './tenant-space.ts';
import { type WaitView, waitViews } from './waits.ts';

/** An instance as others see it. */
export interface InstanceView {
  readonly instance: string;
  readonly machine: Snapshot['machine'];
  readonly status: Snapshot['status'] | 'destroyed';
  /** Position of the last journal line it reflects, and when that was. */
  readonly sequence: number;
  readonly at: number;
  readonly snapshot: Snapshot;
  /** Running effects by invocation id, with the steps recorded so far. */
  readonly executions: readonly {
    readonly invocation: string;
    readonly state: string;
    readonly at: number;
    readonly steps: number;
  }[];
  /** Cancelled effects that undo what they did, with the steps they recorded and those of undoing it. */
  readonly compensations: readonly {
    readonly invocation: string;
    readonly incarnation: number;
    readonly state: string;
    readonly steps: number;
  }[];
  /** What its effects wait for, in the order in which events go to them; when only reading, just what people are asked for. */
  readonly waiting: readonly WaitView[];
  /** The instance that created it. */
  readonly parent?: string;
  /** Sends that are not delivered yet. */
  readonly outbox: readonly OutboxEntry[];
  /** Events that not all listeners have yet. */
  readonly notices: readonly PendingNotice[];
  /** Journal lines after `sequence` that a reader without the code of the machine cannot follow. */
  readonly unread?: number;
}

export interface InstanceSummary {
  readonly instance: string;
  readonly machine: string;
  readonly status: StoredSummary['status'];
  readonly configuration: readonly string[];
  readonly sequence: number;
  readonly at: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** A journal line as others see it. */
export type HistoryEntry = Entry & { readonly hash: string };

export function viewOf(instance: Instance): InstanceView {
  const { snapshot, executions, debts, outbox, notices, destroyed } = instance.state!;
  return {
    instance: instance.name,
    machine: snapshot.machine,
    status: destroyed === true ? 'destroyed' : snapshot.status,
    sequence: instance.sequence,
    at: instance.at,
    snapshot,
    executions: Object.entries(executions ?? {}).map(([invocation, { state, at, steps }]) => ({
      invocation,
      state,
      at,
      steps: Object.keys(steps ?? {}).length,
    })),
    compensations: Object.values(debts ?? {}).map(({ invocation, incarnation, state, steps }) => ({
      invocation,
      incarnation,
      state,
      steps: Object.keys(steps ?? {}).length,
    })),
    waiting: waitViews(instance),
    ...(instance.state!.parent && { parent: instance.state!.parent.instance }),
    outbox: outbox ?? [],
    notices: notices ?? [],
    ...(instance.unread === 0 ? undefined : { unread: instance.unread }),
  };
}

/** A page of a tenant's instances by name: stored summaries, and where one is behind its journal, the instance itself. */
export async function listInstances(
  engine: Engine,
  space: TenantSpace,
  query: { readonly after?: string; readonly limit?: number },
): Promise<Page<InstanceSummary>> {
  const limit = Math.min(Math.max(query.limit ?? 100, 1), 10_000);
  const stored = await engine.store.list(space.id, { after: query.after, limit: limit + 1 });
  const behind = await engine.behind(space);
  const items: InstanceSummary[] = [];
  for (const summary of stored.slice(0, limit)) {
    items.push(behind.has(summary.number) ? await currentSummary(engine, space, summary) : summaryOf(summary));
  }
  return stored.length > limit ? { items, next: items.at(-1)!.instance } : { items };
}

/** One instance that cannot be read must not hide the others: it is listed as its record has it. */
async function currentSummary(engine: Engine, space: TenantSpace, summary: StoredSummary): Promise<InstanceSummary> {
  try {
    return summaryOfInstance(await engine.find(space, summary.name));
  } catch (error) {
    if (FsmError.is(error) && error.next === 'reject') return summaryOf(summary);
    throw error;
  }
}

function summaryOfInstance(instance: Instance): InstanceSummary {
  const { machine, status, snapshot, sequence, at } = viewOf(instance);
  return {
    instance: instance.name,
    machine: machine.hash,
    status,
    configuration: snapshot.configuration,
    sequence,
    at,
  };
}

function summaryOf(summary: StoredSummary): InstanceSummary {
  return {
    instance: summary.name,
    machine: summary.machine,
    status: summary.status,
    configuration: summary.configuration === '' ? [] : summary.configuration.split(','),
    sequence: summary.sequence,
    at: summary.at,
  };
}

/** Journal lines of an instance from a sequence on. */
export async function historyOf(
  engine: Engine,
  space: TenantSpace,
  name: string,
  query: { readonly from?: number; readonly limit?: number },
): Promise<readonly HistoryEntry[]> {
  const number = await engine.numberOf(space, name);
  const lines = await engine.store.lines(number, query.from ?? 1, query.limit ?? 1000);
  return lines.map(({ text, hash }) => ({ ...decodeEntry(text), hash }));
}

/**
 * The snapshot right after line `sequence`, folded from the journal alone: nothing is performed again.
 *
 * Throws SEQUENCE_UNKNOWN when the journal has no such line.
 */
export async function snapshotAt(
  engine: Engine,
  space: TenantSpace,
  instance: Instance,
  sequence: number,
): Promise<Snapshot> {
  const lines: readonly StoredLine[] = await engine.store.lines(instance.number, 1, sequence);
  if (sequence < 1 || lines.length < sequence) {
    throw new FsmError('SEQUENCE_UNKNOWN', `The journal of "${instance.name}" has no line ${sequence}.`, {
      hint: `Ask for a line from 1 to ${instance.sequence}.`,
      details: { asked: sequence, last: instance.sequence },
    });
  }
  const { hash, id } = instance.state!.snapshot.machine;
  const { machine } = await engine.machine(space, hash, id);
  return foldLines(machine, space.id, instance.name, undefined, lines)!.state.snapshot;
}
