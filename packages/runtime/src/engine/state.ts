import {
  type Command,
  complete,
  type Decision,
  fire,
  type JsonObject,
  type Machine,
  type MachineEvent,
  type Moment,
  navigate,
  patch,
  type Snapshot,
  start,
} from '@fsm/core';
import type { StepRecord } from '@fsm/effects';
import type { Fact } from './fact.ts';
import { hopsOf, type PendingNotice, withoutReceivers } from './notice.ts';

/** Everything an instance is, as plain JSON: the machine's snapshot, its running executions, what it has yet to deliver. */
export interface InstanceState {
  readonly snapshot: Snapshot;
  /** Running executions by invocation id. */
  readonly executions?: { readonly [invocation: string]: ExecutionState };
  /** Sends that no receipt is known for yet, in order. */
  readonly outbox?: readonly OutboxEntry[];
  /** Events that not all listeners have yet, in order. */
  readonly notices?: readonly PendingNotice[];
  readonly destroyed?: true;
}

/** What an execution must remember to go on after a crash. */
export interface ExecutionState {
  readonly state: string;
  readonly index: number;
  readonly incarnation: number;
  /** When it started. */
  readonly at: number;
  /** The context and the event it started with; what it wrote itself stands in the steps' patches. */
  readonly context: JsonObject;
  readonly event: MachineEvent;
  readonly steps?: { readonly [path: string]: StepRecord };
}

export interface OutboxEntry {
  /** The event id at the target, so that delivering twice has one effect. */
  readonly id: string;
  readonly to: string;
  readonly event: MachineEvent;
  /** How many events to listeners led to it. */
  readonly hops?: number;
}

export interface Applied {
  readonly state: InstanceState;
  readonly commands: readonly Command[];
  readonly taken: boolean;
}

const none: readonly Command[] = [];

/**
 * The one function that moves an instance: the live engine decides with it and recovery folds the journal with it, so the
 * two cannot differ. Pure but for `withStep`; throws the coded errors of `navigate` and then nothing has happened.
 *
 * `fact` must be current: callers drop timers and outcomes of an earlier incarnation before (see `isStale`).
 */
export function apply(
  machine: Machine,
  state: InstanceState | undefined,
  fact: Fact,
  moment: Moment,
  sequence: number,
): Applied {
  if (state === undefined) {
    if (fact.kind !== 'create') throw new Error(`the first fact of an instance is its creation, not "${fact.kind}"`);
    return settle(undefined, start(machine, moment, fact.input), { type: 'create' }, moment, sequence);
  }
  const { snapshot } = state;
  switch (fact.kind) {
    case 'event': {
      const event: MachineEvent = fact.data === undefined ? { type: fact.type } : { type: fact.type, data: fact.data };
      const decision = navigate(machine, snapshot, event, moment);
      if (decision.commands.length === 0) {
        if (decision.snapshot === snapshot) return { state, commands: none, taken: decision.taken };
        return { state: { ...state, snapshot: decision.snapshot }, commands: none, taken: decision.taken };
      }
      return settle(state, decision, event, moment, sequence, hopsOf(fact));
    }
    case 'timer': {
      const event = snapshot.timers?.[fact.timer]?.event ?? { type: fact.timer };
      return settle(state, fire(machine, snapshot, fact.timer, fact.incarnation, moment), event, moment, sequence);
    }
    case 'done':
    case 'failed': {
      const outcome = fact.kind === 'done' ? { output: fact.output } : { error: errorJson(fact.error) };
      const event: MachineEvent = {
        type: `${fact.kind === 'done' ? 'done' : 'error'}.invoke.${fact.invocation}`,
        ...outcome,
      };
      const decision = complete(machine, snapshot, fact.invocation, fact.incarnation, outcome, moment);
      return settle(without(state, fact.invocation), decision, event, moment, sequence);
    }
    case 'step': {
      const execution = state.executions![fact.invocation]!;
      const next = withStep(state, fact.invocation, execution, fact.path, fact.step);
      if (fact.step.patch === undefined) return { state: next, commands: none, taken: true };
      return settle(next, patch(machine, snapshot, fact.step.patch, moment), execution.event, moment, sequence);
    }
    case 'sent': {
      const outbox = state.outbox?.filter((entry) => entry.id !== fact.id);
      const next = { ...state, outbox: outbox !== undefined && outbox.length > 0 ? outbox : undefined };
      if (fact.error === undefined) return { state: next, commands: none, taken: true };
      const event: MachineEvent = { type: 'error.communication', error: errorJson(fact.error) };
      return settle(next, navigate(machine, snapshot, event, moment), event, moment, sequence);
    }
    case 'heard':
      return {
        state: { ...state, notices: withoutReceivers(state.notices, fact.id, fact.by) },
        commands: none,
        taken: true,
      };
    case 'fault':
      return { state: ended(state, { status: 'error', error: errorJson(fact.error) }), commands: none, taken: true };
    case 'refused':
      return { state, commands: none, taken: false };
    case 'destroy':
      return { state: { ...ended(state, {}), destroyed: true }, commands: none, taken: true };
    case 'create':
      throw new Error('an instance is created once');
  }
}

/** Whether a fact speaks of a timer or an execution that is no longer there. */
export function isStale(state: InstanceState, fact: Fact): boolean {
  switch (fact.kind) {
    case 'timer':
      return state.snapshot.timers?.[fact.timer]?.incarnation !== fact.incarnation;
    case 'step':
    case 'done':
    case 'failed':
      return state.executions?.[fact.invocation]?.incarnation !== fact.incarnation;
    default:
      return false;
  }
}

/** Takes a decision into the state: executions begin and end, sends enter the outbox. */
function settle(
  state: InstanceState | undefined,
  decision: Decision,
  event: MachineEvent,
  moment: Moment,
  sequence: number,
  hops = 0,
): Applied {
  let executions = state?.executions;
  let outbox = state?.outbox;
  let sends = 0;
  for (const command of decision.commands) {
    if (command.type === 'start') {
      const { state: path, index, incarnation } = command;
      executions = {
        ...executions,
        [command.invocation]: {
          state: path,
          index,
          incarnation,
          at: moment.now,
          context: decision.snapshot.context,
          event,
        },
      };
    } else if (command.type === 'cancel') {
      executions = omit(executions, command.invocation);
    } else if (command.type === 'send') {
      const id = `${moment.instance}/${sequence}.${sends}`;
      sends += 1;
      const entry = { id, to: command.to, event: command.event };
      outbox = [...(outbox ?? []), hops === 0 ? entry : { ...entry, hops }];
    }
  }
  return {
    state: { ...state, snapshot: decision.snapshot, executions, outbox },
    commands: decision.commands,
    taken: decision.taken,
  };
}

/**
 * The one place that changes a state in place: the steps of an execution only ever grow, a refused commit drops the whole
 * instance, and copying them for each step would make long executions quadratic.
 */
function withStep(
  state: InstanceState,
  invocation: string,
  execution: ExecutionState,
  path: string,
  step: StepRecord,
): InstanceState {
  const steps = execution.steps as { [path: string]: StepRecord } | undefined;
  if (steps === undefined) {
    return { ...state, executions: { ...state.executions, [invocation]: { ...execution, steps: { [path]: step } } } };
  }
  const known = steps[path];
  steps[path] = known === undefined ? step : { ...known, ...step };
  return state;
}

function ended(state: InstanceState, changes: Partial<Snapshot>): InstanceState {
  const { timers: _timers, invocations: _invocations, ...rest } = state.snapshot;
  const { notices } = state;
  // What it has told is told, also when it ends.
  return { snapshot: { ...rest, ...changes }, ...(notices === undefined ? undefined : { notices }) };
}

function without(state: InstanceState, invocation: string): InstanceState {
  return { ...state, executions: omit(state.executions, invocation) };
}

function omit<T>(
  record: { readonly [key: string]: T } | undefined,
  key: string,
): { readonly [key: string]: T } | undefined {
  if (record === undefined || !(key in record)) return record;
  const { [key]: _, ...rest } = record;
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function errorJson(error: object): JsonObject {
  return error as JsonObject;
}
