import type { Json, MachineEvent } from '@fsm/core';
import {
  type ApprovalRequest,
  approvalEvents,
  type EventWait,
  matchesDescriptor,
  type StepOutcome,
} from '@fsm/effects';
import type { Execution } from './execution.ts';
import type { EventFact, Woke } from './fact.ts';
import { hasOutcome, runOf } from './family.ts';
import type { Instance } from './instance.ts';

/** A step that waits for an event, as long as it does. */
export interface Waiting {
  readonly execution: Execution;
  readonly wait: EventWait;
  resolve(outcome: StepOutcome): void;
}

/** What an instance waits for, as others see it. */
export interface WaitView {
  readonly invocation: string;
  readonly path: string;
  /** Event descriptors. */
  readonly events: readonly string[];
  /** What people are asked for. */
  readonly approval?: ApprovalRequest;
}

/**
 * Steps that wait for events.
 *
 * V1  An event that a transition takes is nobody else's. Of the others, each goes to the first waiting step that it
 *     matches: first is who stands first in the effect tree of the execution that started first, which is the same in
 *     every life. That step's outcome stands in the event's own journal line (`woke`), so neither is there without the other.
 * V2  The wait itself is not in the journal: it begins when the execution comes to it, in every life anew. An event that
 *     comes before is not kept.
 * V3  So that no life misses what another would not: events wait until the executions that were resumed came to rest
 *     (`Instance.resuming`). Whatever an earlier life waited for is waited for again by then.
 */
export function awaitEvent(execution: Execution, wait: EventWait, signal: AbortSignal): Promise<StepOutcome> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const { instance } = execution;
    const waiting: Waiting = { execution, wait, resolve };
    instance.waits = [...(instance.waits ?? []), waiting].sort(inOrder);
    signal.addEventListener('abort', () => {
      if (remove(instance, waiting)) reject(signal.reason);
    });
  });
}

/** The step that an event goes to (V1). Throws what its `match` throws. */
export function waitingFor(instance: Instance, { type, data, delivery }: EventFact, at: number) {
  const event: MachineEvent = { type, ...(data === undefined ? undefined : { data }), ...(delivery && { delivery }) };
  for (const waiting of instance.waits ?? []) {
    const { execution, wait } = waiting;
    const { invocation, incarnation } = execution;
    // its execution was cancelled and does not know yet
    if (runOf(instance.state, execution) === undefined) continue;
    if (!wait.types.some((descriptor) => matchesDescriptor(descriptor, type))) continue;
    const outcome = wait.outcome(event, at);
    if (outcome === undefined) continue;
    const itself = JSON.stringify(outcome) === JSON.stringify({ output: outputOf(type, data) });
    const place = { invocation, incarnation, path: wait.path };
    const woke: Woke = itself ? place : { ...place, step: outcome };
    return { waiting, outcome, woke };
  }
  return undefined;
}

/** What a step gives that waited for just any event. */
export function outputOf(type: string, data: Json | undefined): Json {
  return { type, data: data ?? null };
}

/** It has its event: its execution works again, and goes on after the commit. */
export function wake(
  { waiting, outcome }: { readonly waiting: Waiting; readonly outcome: StepOutcome },
  afterwards: (action: () => void) => void,
): void {
  const { execution } = waiting;
  remove(execution.instance, waiting);
  resumeWith(execution, () => waiting.resolve(outcome), afterwards);
}

/** Lets an execution that only waits go on after the commit. In between it counts as working. */
export function resumeWith(execution: Execution, resume: () => void, afterwards: (action: () => void) => void): void {
  execution.performing(1);
  afterwards(() => {
    resume();
    execution.performing(-1);
  });
}

export function waitViews({ waits, state }: Instance): readonly WaitView[] {
  if (waits === undefined) return askedIn(state);
  return waits.map(({ execution, wait: { path, types } }) => {
    const { invocation } = execution;
    const approval = runOf(state, execution)?.steps?.[path]?.asked;
    return { invocation, path, events: types, ...(approval && { approval }) };
  });
}

/** Without the executions themselves, what people are asked for is all there is to know. */
function askedIn(state: Instance['state']): readonly WaitView[] {
  const events = [approvalEvents.granted, approvalEvents.rejected];
  return Object.entries(state?.executions ?? {}).flatMap(([invocation, { steps = {} }]) =>
    Object.entries(steps).flatMap(([path, step]) =>
      step.asked === undefined || hasOutcome(step) ? [] : [{ invocation, path, events, approval: step.asked }],
    ),
  );
}

function inOrder(a: Waiting, b: Waiting): number {
  return a.execution.incarnation - b.execution.incarnation || comparePaths(a.wait.path, b.wait.path);
}

/** `2` before `10`, `2#1.0` before `2#2.0`. */
function comparePaths(a: string, b: string): number {
  const [left, right] = [a.split(/[.#@~]/), b.split(/[.#@~]/)];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const [one, other] = [left[index]!, right[index]!];
    if (one === other) continue;
    const numbers = Number(one) - Number(other);
    return Number.isNaN(numbers) ? (one < other ? -1 : 1) : numbers;
  }
  return left.length - right.length;
}

function remove(instance: Instance, waiting: Waiting): boolean {
  const left = (instance.waits ?? []).filter((other) => other !== waiting);
  if (left.length === (instance.waits?.length ?? 0)) return false;
  instance.waits = left.length === 0 ? undefined : left;
  return true;
}
