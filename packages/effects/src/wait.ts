import { type ErrorRecord, FsmError, type Json, type JsonObject, type MachineEvent } from '@fsm/core';
import { fromRecord } from './failure.ts';
import { late, type Step } from './step.ts';

/** How a step ended, when its host brought the end about. */
export type StepOutcome = { readonly output: Json } | { readonly error: ErrorRecord };

/** What a step waits for. */
export interface EventWait {
  readonly path: string;
  /** Event descriptors, as in `on`: `PAID`, `order.*`, `*`. */
  readonly types: readonly string[];
  /** What an event that came `at` some time brings; nothing when it is not the one. Throws when that cannot be told. */
  outcome(event: MachineEvent, at: number): StepOutcome | undefined;
}

/** An instance to create. */
export interface ChildRequest {
  /** A machine of the tenant, by id or content hash, or a definition of its own. */
  readonly machine: string | JsonObject;
  /** Its name; derived from the step when absent. */
  readonly instance?: string;
  readonly input?: JsonObject;
  /** `keep`: an instance of that name that is there already is as good. */
  readonly whenExists?: 'refuse' | 'keep';
}

/** Whether an event type is meant by a descriptor: itself, `a.b.*` for `a.b` and all below, `*` for all but errors. */
export function matchesDescriptor(descriptor: string, type: string): boolean {
  if (descriptor === type) return true;
  if (descriptor === '*') return !type.startsWith('error.');
  if (!descriptor.endsWith('.*')) return false;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}

/**
 * Waits for an event, at most until `due`; then it gives `late`. Whether the event or the clock was first is for the host
 * to say, and what it says stands in its journal.
 *
 * @throws FsmError WAIT_UNAVAILABLE
 */
export function waitForEvent(step: Step, wait: Omit<EventWait, 'path'>, due?: number): Promise<Json | typeof late> {
  const { host } = step.frame;
  if (host.waitForEvent === undefined) throw unavailable('WAIT', 'wait for events');
  const { path } = step;
  return kept(step, (signal) => host.waitForEvent!({ ...wait, path }, signal), due);
}

/**
 * Runs a child to its end, at most until `due`.
 *
 * @throws FsmError SPAWN_UNAVAILABLE
 */
export function invokeChild(step: Step, child: ChildRequest, due?: number): Promise<Json | typeof late> {
  const { host } = step.frame;
  if (host.invoke === undefined) throw unavailable('SPAWN', 'run other machines');
  return kept(step, (signal) => host.invoke!(child, step.path, signal), due);
}

/**
 * Creates an instance and gives its name.
 *
 * @throws FsmError SPAWN_UNAVAILABLE
 */
export function spawnChild(step: Step, child: ChildRequest): Promise<string> {
  const { branch, host } = step.frame;
  if (host.spawn === undefined) throw unavailable('SPAWN', 'create instances');
  branch.begin();
  return step.waitFor(host.spawn(child, step.path, branch.signal));
}

/** The host's word counts: what it has recorded before the time was up is the outcome, however late it is heard. */
function kept(
  step: Step,
  begin: (signal: AbortSignal) => Promise<StepOutcome>,
  due: number | undefined,
): Promise<Json | typeof late> {
  const { branch, host } = step.frame;
  branch.begin();
  const end = new AbortController();
  const isLate = due !== undefined && due <= step.now();
  // the host is told all the same: a child that is late is to be stopped
  if (isLate) end.abort(late);
  const ended = begin(AbortSignal.any([branch.signal, end.signal])).catch((error: unknown): typeof late => {
    if (error === late) return late;
    throw error;
  });
  if (due !== undefined && !isLate) {
    host.sleepUntil(due, AbortSignal.any([branch.signal, end.signal])).then(
      () => end.abort(late),
      // nobody needs the time any more
      () => undefined,
    );
  }
  return step
    .waitFor(ended)
    .then((outcome) => {
      if (outcome === late) return late;
      step.kept = true;
      if ('error' in outcome) throw fromRecord(outcome.error);
      return outcome.output;
    })
    .finally(() => end.abort());
}

function unavailable(what: 'WAIT' | 'SPAWN', doing: string): FsmError {
  return new FsmError(`${what}_UNAVAILABLE`, `An execution without a runtime cannot ${doing}.`, {
    hint: 'Run the effect in an instance: let a state of a machine have it.',
  });
}
