import type { Command, ErrorRecord, MachineEvent, MachineReference, Snapshot } from '@fsm/core';
import { decodeEntry, type Entry } from '../engine/fact.ts';
import { causeOf, takesEvents } from '../engine/notices.ts';
import type { InstanceState } from '../engine/state.ts';
import type { EffectEnd, EffectStart, FailureReport, HookName } from './plugin.ts';

/** What a journal line means, for those who watch. Everything in it is a copy. */
export interface Report {
  readonly tenant: string;
  readonly instance: string;
  readonly machine: MachineReference;
  /** Position of the line in the instance's journal: with tenant and instance it names the line for ever. */
  readonly sequence: number;
  /** When it was, in milliseconds since the epoch. */
  readonly at: number;
  /** It may have been reported before, by a process that ended too soon to say so. */
  readonly again: boolean;
  /** What caused it. */
  readonly event: MachineEvent;
  /** Who caused it. */
  readonly by: Cause;
  /** Active leaf paths before and after it. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly status: Snapshot['status'] | 'destroyed';
  /** What the decision told the runtime to do. */
  readonly commands: readonly Command[];
  /** The whole snapshots; copied when they are first looked at. Before its creation an instance had none. */
  readonly before: Snapshot | undefined;
  readonly after: Snapshot;
}

export type Cause =
  | { readonly kind: 'outside'; readonly id?: string }
  | { readonly kind: 'instance'; readonly instance: string; readonly id?: string }
  | { readonly kind: 'timer'; readonly timer: string }
  | { readonly kind: 'effect'; readonly invocation: string }
  | { readonly kind: 'runtime' };

/** A journal line with the states around it. */
export interface Line {
  readonly tenant: string;
  readonly instance: string;
  readonly text: string;
  readonly before: InstanceState | undefined;
  readonly after: InstanceState;
  readonly again: boolean;
  /** Kind of the effect an invocation runs. */
  kindOf(state: string, index: number): string;
}

export interface NumberedLine {
  readonly sequence: number;
  readonly line: Line;
}

export type HookCall = readonly [hook: HookName, report: Report];

/** The hooks that a line calls, in order. Its text is read anew for each plugin, so that none can touch what others see. */
export function hookCalls(line: Line): readonly HookCall[] {
  const entry = decodeEntry(line.text);
  const report = new LineReport(line, entry);
  const calls: HookCall[] = [];
  const { kind } = entry;
  const moved =
    (entry.taken && takesEvents(entry) && !(kind === 'event' && entry.woke !== undefined)) ||
    (kind === 'step' && line.after.snapshot !== line.before?.snapshot);
  if (kind === 'create') calls.push(['created', report]);
  if (kind === 'event') calls.push([entry.taken ? 'taken' : 'ignored', report]);
  if (moved) calls.push(['transition', report]);
  for (const effect of endedEffects(entry)) calls.push(['effectEnded', report.with({ effect })]);
  for (const effect of startedEffects(entry, line)) calls.push(['effectStarted', report.with({ effect })]);
  if (kind === 'fault' || kind === 'refused') calls.push(['failed', report.with({ error: failureOf(entry.error) })]);
  const { status, output } = line.after.snapshot;
  if (status === 'done' && line.before?.snapshot.status !== 'done') {
    calls.push(['done', report.with({ output: output === undefined ? undefined : structuredClone(output) })]);
  }
  if (kind === 'destroy') calls.push(['destroyed', report]);
  return calls;
}

class LineReport implements Report {
  readonly tenant: string;
  readonly instance: string;
  readonly machine: MachineReference;
  readonly sequence: number;
  readonly at: number;
  readonly again: boolean;
  readonly event: MachineEvent;
  readonly by: Cause;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly status: Report['status'];
  readonly commands: readonly Command[];
  readonly #line: Line;
  readonly #entry: Entry;
  #before: Snapshot | undefined;
  #after: Snapshot | undefined;

  constructor(line: Line, entry: Entry) {
    const { before, after } = line;
    this.#line = line;
    this.#entry = entry;
    this.tenant = line.tenant;
    this.instance = line.instance;
    this.machine = { ...after.snapshot.machine };
    this.sequence = entry.sequence;
    this.at = entry.at;
    this.again = line.again;
    this.event = structuredClone(causeOf(entry, before));
    this.by = whoCaused(entry);
    this.from = [...(before?.snapshot.configuration ?? [])];
    this.to = [...after.snapshot.configuration];
    this.status = after.destroyed === true ? 'destroyed' : after.snapshot.status;
    this.commands = entry.commands ?? [];
  }

  get before(): Snapshot | undefined {
    const { before } = this.#line;
    if (before !== undefined) this.#before ??= structuredClone(before.snapshot);
    return this.#before;
  }

  get after(): Snapshot {
    this.#after ??= structuredClone(this.#line.after.snapshot);
    return this.#after;
  }

  /** The same report with more to say. */
  with<More extends object>(more: More): Report & More {
    return Object.assign(new LineReport(this.#line, this.#entry), more);
  }
}

function whoCaused(entry: Entry): Cause {
  switch (entry.kind) {
    case 'event':
    case 'refused': {
      const { from, id } = entry;
      const named = id === undefined ? undefined : { id };
      return from === undefined ? { kind: 'outside', ...named } : { kind: 'instance', instance: from, ...named };
    }
    case 'create':
    case 'destroy':
      return { kind: 'outside' };
    case 'timer':
      return { kind: 'timer', timer: entry.timer };
    case 'step':
    case 'done':
    case 'failed':
    case 'compensating':
    case 'compensated':
      return { kind: 'effect', invocation: entry.invocation };
    case 'child':
    case 'stop':
      return { kind: 'instance', instance: entry.from };
    case 'sent':
    case 'heard':
    case 'fault':
      return { kind: 'runtime' };
  }
}

function endedEffects(entry: Entry): EffectEnd[] {
  const ended: EffectEnd[] = [];
  if (entry.kind === 'done') ended.push({ invocation: entry.invocation, outcome: 'done', output: entry.output });
  if (entry.kind === 'failed') {
    ended.push({ invocation: entry.invocation, outcome: 'failed', error: failureOf(entry.error) });
  }
  for (const command of entry.commands ?? []) {
    if (command.type === 'cancel') ended.push({ invocation: command.invocation, outcome: 'cancelled' });
  }
  return ended;
}

function startedEffects({ commands = [] }: Entry, line: Line): EffectStart[] {
  return commands.flatMap((command) =>
    command.type === 'start'
      ? [{ invocation: command.invocation, state: command.state, kind: line.kindOf(command.state, command.index) }]
      : [],
  );
}

function failureOf({ code, message, hint }: ErrorRecord): FailureReport {
  return { code, message, ...(hint === undefined ? undefined : { hint }) };
}
