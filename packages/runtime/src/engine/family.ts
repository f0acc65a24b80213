import type { ErrorRecord, Json, JsonObject, Snapshot } from '@fsm/core';
import type { StepOutcome, StepRecord } from '@fsm/effects';
import { debtOf } from './debts.ts';
import type { Fact } from './fact.ts';
import type { Applied, ExecutionState, InstanceState, OutboxEntry } from './state.ts';

/**
 * Instances that other instances brought to life.
 *
 * F1  A child's creation names its parent: the instance, the execution and the step that asked for it. Creating it again
 *     for the same step is no creation, so a crash in between makes no second child.
 * F2  A step that runs a child to its end (`invoke_fsm`) first records the child's name in the parent. From there the
 *     parent's journal alone decides when the child is to stop: when a step above it is decided (a lost race, a failed
 *     sibling, a time that is up), when the step itself gave up, and when its execution ended, whatever ended it.
 * F3  How such a child ended is the outcome of that step: an order in the child's outbox brings it to the parent, where it
 *     is recorded whether the step waits for it just then or not. An order to stop goes the other way. Orders survive the
 *     end of who gives them, are repeated until they arrived, and mean nothing to anybody they were not made for.
 * F4  A child that was stopped reports nothing, and what it sends to its parent on the way is dropped.
 */
export interface ParentLink {
  readonly instance: string;
  readonly invocation: string;
  readonly incarnation: number;
  /** Of the step that asked for the child. */
  readonly path: string;
  /** How many ancestors the child has. */
  readonly depth: number;
  /** The step waits for its end. */
  readonly invoked?: true;
}

/** What one instance tells another of its family, as the fact it will be there, but for its sender. */
export type FamilyOrder =
  | {
      readonly kind: 'child';
      readonly invocation: string;
      readonly incarnation: number;
      readonly path: string;
      readonly step: StepOutcome;
    }
  | { readonly kind: 'stop'; readonly invocation: string; readonly incarnation: number; readonly path: string };

/** Adds what a decision means for the family to what it led to. */
export function withFamily(
  before: InstanceState | undefined,
  fact: Fact,
  applied: Applied,
  name: string,
  sequence: number,
): Applied {
  const { state } = applied;
  const orders: { readonly to: string; readonly order: FamilyOrder }[] = [];
  for (const { invocation, incarnation, steps, children = [] } of endedRuns(before, state)) {
    for (const path of children) {
      const child = runningChild(steps?.[path]);
      if (child !== undefined) orders.push({ to: child, order: { kind: 'stop', invocation, incarnation, path } });
    }
  }
  if (fact.kind === 'step' || fact.kind === 'compensating') {
    const { invocation, incarnation } = fact;
    for (const { path, child } of unwanted(runOf(state, fact), fact.path, fact.step)) {
      orders.push({ to: child, order: { kind: 'stop', invocation, incarnation, path } });
    }
  }
  const parent = before?.parent ?? state.parent;
  if (parent?.invoked && fact.kind !== 'stop' && isActive(before) && !isActive(state)) {
    const { invocation, incarnation, path } = parent;
    const step = endOf(state, name, path);
    orders.push({ to: parent.instance, order: { kind: 'child', invocation, incarnation, path, step } });
  }
  // an end drops what the instance had to say, but not to its family
  const kept =
    fact.kind === 'destroy' || fact.kind === 'fault' ? (before?.outbox ?? []).filter(({ order }) => order) : [];
  if (orders.length === 0 && kept.length === 0) return applied;
  const fresh = orders.map(
    ({ to, order }, index): OutboxEntry => ({
      id: `${name}/${sequence}.f${index}`,
      to,
      event: { type: order.kind === 'stop' ? 'fsm.stop' : 'fsm.child' },
      order,
    }),
  );
  return { ...applied, state: { ...state, outbox: [...(state.outbox ?? []), ...kept, ...fresh] } };
}

/** Whether an order comes too late, again, or to somebody it was not made for. */
export function isStaleOrder(state: InstanceState, fact: FamilyOrder & { readonly from: string }): boolean {
  const { from, invocation, incarnation, path } = fact;
  if (fact.kind === 'child') {
    const step = runOf(state, fact)?.steps?.[path];
    return step?.child !== from || hasOutcome(step);
  }
  const { parent } = state;
  return (
    !isActive(state) ||
    parent?.instance !== from ||
    parent.invocation !== invocation ||
    parent.incarnation !== incarnation ||
    parent.path !== path
  );
}

export function isSameParent(a: ParentLink | undefined, b: ParentLink): boolean {
  return (
    a !== undefined &&
    a.instance === b.instance &&
    a.invocation === b.invocation &&
    a.incarnation === b.incarnation &&
    a.path === b.path
  );
}

/** The child that a step runs to its end, while it does. */
function runningChild(step: StepRecord | undefined): string | undefined {
  return step === undefined || hasOutcome(step) ? undefined : step.child;
}

/** Children that nobody waits for any more, because a step that ran them, or one above it, is decided. */
function unwanted(
  run: ExecutionState | undefined,
  decided: string,
  step: StepRecord,
): readonly { readonly path: string; readonly child: string }[] {
  if (run?.children === undefined || !(hasOutcome(step) || step.branch !== undefined)) return [];
  return run.children.flatMap((path) => {
    if (path === decided) return [{ path, child: run.steps![path]!.child! }];
    const child = isBelow(path, decided) ? runningChild(run.steps![path]) : undefined;
    return child === undefined ? [] : [{ path, child }];
  });
}

/** `0.1` and `0#1.1` are below `0`. */
function isBelow(path: string, above: string): boolean {
  return above === '' ? path !== '' : path.startsWith(above) && /^[.#@~]/.test(path.slice(above.length));
}

export function hasOutcome(step: StepRecord): boolean {
  return step.output !== undefined || step.error !== undefined;
}

type Family = Pick<ExecutionState, 'steps' | 'children'>;

interface Run {
  readonly invocation: string;
  readonly incarnation: number;
}

/** An execution, or one that undoes what it did. */
export function runOf(state: InstanceState | undefined, run: Run): ExecutionState | undefined {
  const execution = state?.executions?.[run.invocation];
  if (execution?.incarnation === run.incarnation) return execution;
  return state === undefined ? undefined : debtOf(state, run);
}

/** Executions that are over, well or not, and those that have undone what they did. */
function endedRuns(before: InstanceState | undefined, after: InstanceState): (Run & Family)[] {
  const ended: (Run & Family)[] = [];
  if (before?.executions !== undefined && before.executions !== after.executions) {
    for (const [invocation, execution] of Object.entries(before.executions)) {
      if (after.executions?.[invocation]?.incarnation !== execution.incarnation)
        ended.push({ invocation, ...execution });
    }
  }
  if (before?.debts !== undefined && before.debts !== after.debts) {
    for (const key in before.debts) if (after.debts?.[key] === undefined) ended.push(before.debts[key]!);
  }
  return ended;
}

function isActive(state: InstanceState | undefined): boolean {
  return state === undefined || (state.destroyed !== true && state.snapshot.status === 'active');
}

function endOf({ snapshot, destroyed }: InstanceState, name: string, path: string): StepOutcome {
  if (destroyed)
    return { error: childError('CHILD_GONE', `The child "${name}" was destroyed.`, path, { instance: name }) };
  const { status, output, error } = snapshot;
  if (status === 'done') return { output: output ?? null };
  const details = { instance: name, error: error ?? null };
  return { error: childError('CHILD_FAILED', `The child "${name}" failed: ${reason(snapshot)}`, path, details) };
}

function childError(
  code: string,
  message: string,
  path: string,
  details: { readonly [key: string]: Json },
): ErrorRecord {
  return {
    code,
    message,
    // another child may do better; one that somebody destroyed is not wanted
    ...(code === 'CHILD_FAILED' ? { next: 'retry' as const } : undefined),
    path,
    hint: `Look at the journal of "${String(details.instance)}", and handle ${code} in onError.`,
    details: { ...details, kind: 'invoke_fsm' },
  };
}

function reason({ error }: Snapshot): string {
  const message =
    typeof error === 'object' && error !== null && !Array.isArray(error) ? (error as JsonObject).message : error;
  return typeof message === 'string' ? message.slice(0, 500) : 'it ended with an error.';
}
