import {
  type Command,
  complete,
  type Decision,
  type EffectDefinition,
  fire,
  type JsonObject,
  type Machine,
  type MachineEvent,
  type Moment,
  navigate,
  patch,
  type Snapshot,
  start,
  stop,
} from '@fsm/core';
import type { StepRecord } from '@fsm/effects';
import { outcomeEvent } from './before.ts';
import { type DebtState, type DebtStates, debtKey, debtOf, withDebts } from './debts.ts';
import type { CompensatedFact, EventFact, Fact } from './fact.ts';
import { type FamilyOrder, isStaleOrder, type ParentLink, runOf, withFamily } from './family.ts';
import { hopsOf, type PendingNotice, withoutReceivers } from './notice.ts';
import { outputOf } from './waits.ts';

/** Everything an instance is, as plain JSON: the machine's snapshot, its running executions, what it has yet to deliver. */
export interface InstanceState {
  readonly snapshot: Snapshot;
  /** Running executions by invocation id. */
  readonly executions?: { readonly [invocation: string]: ExecutionState };
  /** Cancelled executions that have yet to undo what they did, by invocation id and incarnation. */
  readonly debts?: DebtStates;
  /** Sends that no receipt is known for yet, in order. */
  readonly outbox?: readonly OutboxEntry[];
  /** Events that not all listeners have yet, in order. */
  readonly notices?: readonly PendingNotice[];
  /** Who asked for it. */
  readonly parent?: ParentLink;
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
  /** The trace that the event came with, or the execution before this one had. */
  readonly traceparent?: string;
  readonly steps?: { readonly [path: string]: StepRecord };
  /** Paths of steps that ran children. */
  readonly children?: readonly string[];
  /** An action started it, or a transition waits for it. */
  readonly purpose?: 'action' | 'before';
  /** SCXML: the effect with its templates evaluated. */
  readonly effect?: EffectDefinition;
}

export interface OutboxEntry {
  /** The event id at the target, so that delivering twice has one effect. */
  readonly id: string;
  readonly to: string;
  readonly event: MachineEvent;
  /** How many events to listeners led to it. */
  readonly hops?: number;
  /** It is no event but an order within the family. */
  readonly order?: FamilyOrder;
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
  const applied = decide(machine, state, fact, moment, sequence);
  return withFamily(state, fact, applied, moment.instance ?? '', sequence);
}

function decide(
  machine: Machine,
  state: InstanceState | undefined,
  fact: Fact,
  moment: Moment,
  sequence: number,
): Applied {
  if (state === undefined) {
    if (fact.kind !== 'create') throw new Error(`the first fact of an instance is its creation, not "${fact.kind}"`);
    const decision = start(machine, moment, fact.input);
    const parent = fact.parent === undefined ? undefined : { parent: fact.parent };
    return settle(machine, parent, decision, { type: 'create' }, moment, sequence);
  }
  const { snapshot } = state;
  switch (fact.kind) {
    case 'event': {
      const event = eventOf(fact);
      const decision = navigate(machine, snapshot, event, moment);
      if (fact.woke !== undefined) {
        const { step = { output: outputOf(fact.type, fact.data) } } = fact.woke;
        const woken = settle(machine, state, decision, event, moment, sequence, hopsOf(fact), fact.traceparent);
        return { ...woken, state: withOutcome(woken.state, fact.woke, step), taken: true };
      }
      if (decision.commands.length === 0) {
        if (decision.snapshot === snapshot) return { state, commands: none, taken: decision.taken };
        return { state: { ...state, snapshot: decision.snapshot }, commands: none, taken: decision.taken };
      }
      return settle(machine, state, decision, event, moment, sequence, hopsOf(fact), fact.traceparent);
    }
    case 'timer': {
      const event = snapshot.timers?.[fact.timer]?.event ?? { type: fact.timer };
      return settle(
        machine,
        state,
        fire(machine, snapshot, fact.timer, fact.incarnation, moment),
        event,
        moment,
        sequence,
      );
    }
    case 'done':
    case 'failed': {
      const outcome = fact.kind === 'done' ? { output: fact.output } : { error: errorJson(fact.error) };
      const event = outcomeEvent(snapshot, fact);
      const decision = complete(machine, snapshot, fact.invocation, fact.incarnation, outcome, moment);
      const cancelled = fact.kind === 'failed' && fact.cancelled === true;
      const traceparent = state.executions?.[fact.invocation]?.traceparent;
      return settle(
        machine,
        without(machine, state, fact.invocation, cancelled),
        decision,
        event,
        moment,
        sequence,
        0,
        traceparent,
      );
    }
    case 'step': {
      const execution = state.executions![fact.invocation]!;
      const next = withStep(state, fact.invocation, execution, fact.path, fact.step);
      if (fact.step.patch === undefined) return { state: next, commands: none, taken: true };
      return settle(
        machine,
        next,
        patch(machine, snapshot, fact.step.patch, moment),
        execution.event,
        moment,
        sequence,
      );
    }
    case 'compensating': {
      const debt = debtOf(state, fact)!;
      const key = debtKey(fact.invocation, fact.incarnation);
      const next = { ...state, debts: { ...state.debts, [key]: addStep(debt, fact.path, fact.step) ?? debt } };
      if (fact.step.patch === undefined) return { state: next, commands: none, taken: true };
      return settle(machine, next, patch(machine, snapshot, fact.step.patch, moment), debt.event, moment, sequence);
    }
    case 'compensated': {
      const debts = omit(state.debts, debtKey(fact.invocation, fact.incarnation));
      return { state: { ...state, debts }, commands: unpaid(fact), taken: true };
    }
    case 'sent': {
      const outbox = state.outbox?.filter((entry) => entry.id !== fact.id);
      const next = { ...state, outbox: outbox !== undefined && outbox.length > 0 ? outbox : undefined };
      if (fact.error === undefined) return { state: next, commands: none, taken: true };
      const event: MachineEvent = { type: 'error.communication', error: errorJson(fact.error) };
      return settle(machine, next, navigate(machine, snapshot, event, moment), event, moment, sequence);
    }
    case 'heard':
      return {
        state: { ...state, notices: withoutReceivers(state.notices, fact.id, fact.by) },
        commands: none,
        taken: true,
      };
    case 'child':
      return { state: withOutcome(state, fact, fact.step), commands: none, taken: true };
    case 'stop': {
      const decision = stop(machine, snapshot, moment);
      // nobody listens to what it says to its parent now
      const commands = decision.commands.filter((command) => command.type !== 'send' || command.to !== 'parent');
      return settle(machine, state, { ...decision, commands }, { type: 'fsm.stop' }, moment, sequence);
    }
    case 'fault':
      return {
        state: ended(machine, state, { status: 'error', error: errorJson(fact.error) }),
        commands: none,
        taken: true,
      };
    case 'refused':
      return { state, commands: none, taken: false };
    case 'destroy':
      return { state: { ...ended(machine, state, {}), destroyed: true }, commands: none, taken: true };
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
    case 'compensating':
    case 'compensated':
      return debtOf(state, fact) === undefined;
    case 'child':
    case 'stop':
      return isStaleOrder(state, fact);
    default:
      return false;
  }
}

/** Takes a decision into the state: executions begin and end, sends enter the outbox. */
function settle(
  machine: Machine,
  state: InstanceState | Pick<InstanceState, 'parent'> | undefined,
  decision: Decision,
  event: MachineEvent,
  moment: Moment,
  sequence: number,
  hops = 0,
  traceparent?: string,
): Applied {
  const before: Partial<InstanceState> = state ?? {};
  let { executions, debts, outbox } = before;
  let sends = 0;
  for (const command of decision.commands) {
    if (command.type === 'start') {
      const { state: path, index, incarnation, purpose } = command;
      const effect = decision.snapshot.invocations?.[command.invocation]?.effect;
      executions = {
        ...executions,
        [command.invocation]: {
          state: path,
          index,
          incarnation,
          at: moment.now,
          context: decision.snapshot.context,
          event,
          ...(purpose === undefined ? undefined : { purpose }),
          ...(effect === undefined ? undefined : { effect }),
          ...(traceparent === undefined ? undefined : { traceparent }),
        },
      };
    } else if (command.type === 'cancel') {
      debts = withDebts(machine, debts, [[command.invocation, executions?.[command.invocation]]]);
      executions = omit(executions, command.invocation);
    } else if (command.type === 'send') {
      const id = `${moment.instance}/${sequence}.${sends}`;
      sends += 1;
      const entry = { id, ...addressed(command.to, command.event, before.parent) };
      outbox = [...(outbox ?? []), hops === 0 ? entry : { ...entry, hops }];
    }
  }
  return {
    state: { ...before, snapshot: decision.snapshot, executions, debts, outbox },
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
  const begun = addStep(execution, path, step);
  return begun === undefined ? state : { ...state, executions: { ...state.executions, [invocation]: begun } };
}

/** What ended a step from outside, in an execution or in what it undoes. */
function withOutcome(
  state: InstanceState,
  {
    invocation,
    incarnation,
    path,
  }: { readonly invocation: string; readonly incarnation: number; readonly path: string },
  step: StepRecord,
): InstanceState {
  const execution = state.executions?.[invocation];
  if (execution?.incarnation === incarnation) return withStep(state, invocation, execution, path, step);
  const debt = runOf(state, { invocation, incarnation })! as DebtState;
  return { ...state, debts: { ...state.debts, [debtKey(invocation, incarnation)]: addStep(debt, path, step) ?? debt } };
}

/** The execution with its first step, or nothing when the step was added in place. */
function addStep<Execution extends ExecutionState>(
  execution: Execution,
  path: string,
  step: StepRecord,
): Execution | undefined {
  const run = step.child === undefined ? execution : { ...execution, children: [...(execution.children ?? []), path] };
  const steps = execution.steps as { [path: string]: StepRecord } | undefined;
  if (steps === undefined) return { ...run, steps: { [path]: step } };
  const known = steps[path];
  steps[path] = known === undefined ? step : { ...known, ...step };
  return run === execution ? undefined : run;
}

/** Somebody has to look after what could not be undone. */
function unpaid({ invocation, failed }: CompensatedFact): readonly Command[] {
  if (failed.length === 0) return none;
  const message = 'What a cancelled effect did could not be undone.';
  return [{ type: 'log', level: 'error', message: { message, invocation, failed } }];
}

function ended(machine: Machine, state: InstanceState, changes: Partial<Snapshot>): InstanceState {
  const { timers: _timers, invocations: _invocations, pending: _pending, ...rest } = state.snapshot;
  const { notices, parent } = state;
  const debts = withDebts(machine, state.debts, Object.entries(state.executions ?? {}));
  // What it has told is told, and what it did is undone, also when it ends.
  return {
    snapshot: { ...rest, ...changes },
    ...(debts === undefined ? undefined : { debts }),
    ...(notices === undefined ? undefined : { notices }),
    ...(parent === undefined ? undefined : { parent }),
  };
}

/** Where a send goes that is for the parent; an SCXML machine there knows the child by its invocation. */
function addressed(to: string, event: MachineEvent, parent: ParentLink | undefined): Pick<OutboxEntry, 'to' | 'event'> {
  if (to !== 'parent' || parent === undefined) return { to, event };
  if (event.delivery === undefined || !parent.invoked) return { to: parent.instance, event };
  return { to: parent.instance, event: { ...event, delivery: { ...event.delivery, invokeid: parent.invocation } } };
}

/** An event as the machine meets it. */
export function eventOf({ type, data, delivery }: Pick<EventFact, 'type' | 'data' | 'delivery'>): MachineEvent {
  if (delivery === undefined) return data === undefined ? { type } : { type, data };
  return data === undefined ? { type, delivery } : { type, data, delivery };
}

function without(machine: Machine, state: InstanceState, invocation: string, cancelled: boolean): InstanceState {
  const { [invocation]: execution } = state.executions ?? {};
  const debts = cancelled ? withDebts(machine, state.debts, [[invocation, execution]]) : state.debts;
  return { ...state, executions: omit(state.executions, invocation), debts };
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
