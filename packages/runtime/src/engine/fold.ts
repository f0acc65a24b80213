import { FsmError, type Machine } from '@fsm/core';
import { CHAIN_START, chainHash } from '../store/chain.ts';
import type { Found, StoredLine, StoredRecord } from '../store/store.ts';
import { decodeEntry, type Entry } from './fact.ts';
import { withNotices } from './notice.ts';
import { readRecordText } from './record.ts';
import { apply, type InstanceState } from './state.ts';

/** An instance as its journal explains it up to `sequence`. */
export interface Folded {
  readonly state: InstanceState;
  readonly sequence: number;
  readonly hash: string;
  readonly at: number;
}

/** The content hash of the machine a found instance runs. */
export function machineHashOf(found: Found): string {
  if (found.record !== undefined) return found.record.machine;
  const first = found.lines[0];
  const entry = first === undefined ? undefined : decodeEntry(first.text);
  if (entry?.kind !== 'create') throw damaged(found.owner.name, 1, 'does not begin with its creation');
  return entry.machine.hash;
}

/** What a record says, taken at its word. */
export function foldRecord({ text, sequence, hash, at }: StoredRecord): Folded {
  return { state: JSON.parse(readRecordText(text).state) as InstanceState, sequence, hash, at };
}

/** The record, brought up to date with the lines after it. */
export function foldFound(machine: Machine, found: Found): Folded {
  const { record, owner, lines } = found;
  const start = record === undefined ? undefined : foldRecord(record);
  const folded = foldLines(machine, owner.tenant, owner.name, start, lines);
  if (folded === undefined) throw damaged(owner.name, 1, 'is empty');
  return folded;
}

/**
 * Folds journal lines over a state, checking each link of the hash chain and that today's engine decides as was recorded.
 *
 * Throws JOURNAL_DAMAGED for a broken chain or a hole, JOURNAL_DIVERGED when a decision differs from the recorded one.
 */
export function foldLines(
  machine: Machine,
  tenant: string,
  name: string,
  start: Folded | undefined,
  lines: readonly StoredLine[],
): Folded | undefined {
  let folded = start;
  for (const line of lines) {
    const previous = folded?.sequence ?? 0;
    if (line.sequence !== previous + 1) throw damaged(name, line.sequence, `does not follow line ${previous}`);
    if (chainHash(folded?.hash ?? CHAIN_START, line.text) !== line.hash) {
      throw damaged(name, line.sequence, 'does not match its hash');
    }
    const entry = decodeEntry(line.text);
    const moment = { now: entry.at, instance: name, tenant };
    let { state } = apply(machine, folded?.state, entry, moment, entry.sequence);
    if (entry.notices !== undefined) state = withNotices(state, entry.notices, entry, name, entry.sequence);
    if (entry.to !== undefined && entry.to.join() !== state.snapshot.configuration.join()) {
      throw diverged(name, entry, state.snapshot.configuration);
    }
    folded = { state, sequence: line.sequence, hash: line.hash, at: entry.at };
  }
  return folded;
}

function damaged(name: string, sequence: number, what: string): FsmError {
  return new FsmError('JOURNAL_DAMAGED', `The journal of instance "${name}" is damaged: line ${sequence} ${what}.`, {
    hint: 'Restore the store from a backup; `fsm verify-journal` lists every damaged instance.',
    details: { instance: name, sequence },
  });
}

function diverged(name: string, entry: Entry, found: readonly string[]): FsmError {
  return new FsmError(
    'JOURNAL_DIVERGED',
    `Line ${entry.sequence} of instance "${name}" led to [${entry.to?.join(', ')}] when it was decided and leads to [${found.join(', ')}] now.`,
    {
      hint: 'Run the release that wrote the journal, and report this: a decision must never change for the same machine.',
      details: { instance: name, sequence: entry.sequence, recorded: entry.to, found },
    },
  );
}
