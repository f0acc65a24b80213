import type { MachineDefinition, MachineEvent } from '../definition/definition.ts';
import type { SentEvent } from '../definition/machine-types.ts';
import { isHostileKey } from '../definition/plain.ts';
import { FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Command, Decision, Moment } from './command.ts';
import { CompiledMachine } from './compiled-machine.ts';
import { isUnheard, noCommands } from './consequences.ts';
import { contextKeys, withValueAtKeys } from './context-path.ts';
import type { Machine } from './machine.ts';
import { leave, run, settle, take } from './microstep.ts';
import { resume } from './resume.ts';
import type { Outcome } from './rules.ts';
import type { Snapshot } from './snapshot.ts';
import { Step } from './step.ts';

/**
 * The first decision of an instance: the root is entered and runs until it rests. Entry actions see the event
 * `fsm.init`, whose `data` is the input.
 *
 * ```ts
 * const { snapshot, commands } = start(machine, { now: Date.now(), instance: 'loan-7' }, { amount: 20_000 });
 * ```
 *
 * @param input Keys of the context this instance starts with, over those of the definition.
 * @throws FsmError HOSTILE_KEY, and what `navigate` throws for guards and actions.
 */
export function start(machine: Machine, moment: Moment, input?: JsonObject): Decision {
  const compiled = internals(machine);
  const event: MachineEvent = input === undefined ? { type: 'fsm.init' } : { type: 'fsm.init', data: input };
  const plan = compiled.start;
  const step = new Step(undefined, plan.next, initialContext(compiled, input), event, moment);
  compiled.rules.begin(step);
  run(plan, step);
  settle(compiled, step);
  return step.decision(compiled.reference);
}

/**
 * Decides what an event does to an instance. Pure: the same machine, snapshot, event and moment give the same decision,
 * and none of them is changed.
 *
 * ```ts
 * const { snapshot, commands, taken } = navigate(machine, before, { type: 'SUBMIT', data: { amount: 5 } }, { now });
 * ```
 *
 * An event that changes nothing gives back the very snapshot it was given. An instance that is not active takes no event.
 * One that waits for the effect before a transition defers it (`deferred`): the host asks again when that is over.
 *
 * @throws FsmError EVENT_DATA_INVALID (not what `events` declares), SNAPSHOT_MISMATCH (another machine, or another
 * version of it), SNAPSHOT_INVALID, GUARD_FAILED and
 * ACTION_FAILED (with the path of what failed), MICROSTEP_LIMIT. The instance stays as it was.
 */
export function navigate<Definition extends MachineDefinition>(
  machine: Machine<Definition>,
  snapshot: Snapshot,
  event: SentEvent<Definition>,
  moment: Moment,
): Decision;
export function navigate(machine: Machine, snapshot: Snapshot, event: MachineEvent, moment: Moment): Decision {
  const compiled = internals(machine);
  const configuration = compiled.configurationOf(snapshot);
  if (snapshot.status !== 'active') return ignored(snapshot);
  compiled.checkData?.(event);
  if (snapshot.pending !== undefined) return deferred(snapshot);
  const selection = compiled.selection(configuration, event.type);
  if (selection === undefined && compiled.eventless(configuration) === undefined && !compiled.rules.attends(snapshot)) {
    return ignored(snapshot);
  }
  const step = new Step(snapshot, configuration, snapshot.context, event, moment);
  compiled.rules.receive(step);
  take(compiled, step, selection);
  settle(compiled, step);
  return step.decision(compiled.reference);
}

/**
 * Decides what a due timer does: an `after` transition or a delayed `raise` is handled as an event, a delayed `send`
 * becomes a command. `taken` says whether the timer was still armed; one that was disarmed or armed anew since, as its
 * incarnation tells, changes nothing.
 *
 * @throws what `navigate` throws.
 */
export function fire(
  machine: Machine,
  snapshot: Snapshot,
  timer: string,
  incarnation: number,
  moment: Moment,
): Decision {
  const compiled = internals(machine);
  const configuration = compiled.configurationOf(snapshot);
  const armed = ownEntry(snapshot.timers, timer);
  if (snapshot.status !== 'active' || armed?.incarnation !== incarnation) return ignored(snapshot);
  if (snapshot.pending !== undefined) return deferred(snapshot);
  const step = new Step(snapshot, configuration, snapshot.context, armed.event, moment);
  step.more.fired(timer);
  if (armed.to === undefined) {
    compiled.rules.receive(step);
    take(compiled, step, compiled.selection(configuration, armed.event.type));
    settle(compiled, step);
  } else {
    const { to, event, processor } = armed;
    step.more.post({ type: 'send', to, event, ...(processor === undefined ? undefined : { processor }) });
  }
  step.taken = true;
  return step.decision(compiled.reference);
}

/**
 * Decides what the outcome of an effect does: it is handled as the event `done.invoke.<id>` with `event.output`, or
 * `error.invoke.<id>` with `event.error`. `taken` says whether the invocation was still running; the outcome of one that
 * was cancelled, as its incarnation tells, changes nothing.
 *
 * An error that no transition handles ends the instance with status `error`. A `*` transition does not handle it. What an
 * action started is different: its error is logged then, without an `id` its end is no event at all, and it may end after
 * the instance did. The end of an effect `before` a transition is no event either: see `pending.ts`.
 *
 * @throws what `navigate` throws.
 */
export function complete(
  machine: Machine,
  snapshot: Snapshot,
  invocation: string,
  incarnation: number,
  outcome: Outcome,
  moment: Moment,
): Decision {
  const compiled = internals(machine);
  const configuration = compiled.configurationOf(snapshot);
  const running = ownEntry(snapshot.invocations, invocation);
  if (running === undefined || running.incarnation !== incarnation) return ignored(snapshot);
  if (snapshot.status !== 'active') return endedAfterwards(snapshot, invocation, outcome);
  const { pending } = snapshot;
  if (pending !== undefined) {
    if (running.purpose !== 'before') return deferred(snapshot);
    return resume(compiled, snapshot, configuration, pending, invocation, outcome, moment);
  }
  const { event, fatal } = compiled.rules.outcome(invocation, outcome);
  const step = new Step(snapshot, configuration, snapshot.context, event, moment);
  const launched = running.purpose === 'action';
  compiled.rules.receive(step);
  step.more.completed(invocation);
  step.more.fatal = fatal && !launched;
  const selection = isUnheard(invocation) ? undefined : compiled.selection(configuration, event.type);
  const handled = take(compiled, step, selection);
  if (!handled && 'error' in outcome) {
    if (launched) step.more.post(unhandled(invocation, outcome.error));
    else if (fatal) step.fail(outcome.error);
  }
  settle(compiled, step);
  step.taken = true;
  return step.decision(compiled.reference);
}

/** What an action started ends after its instance did. */
function endedAfterwards(snapshot: Snapshot, invocation: string, outcome: Outcome): Decision {
  const { invocations, ...rest } = snapshot;
  const left = Object.entries(invocations ?? {}).filter(([id]) => id !== invocation);
  return {
    snapshot: left.length === 0 ? rest : { ...rest, invocations: Object.fromEntries(left) },
    commands: 'error' in outcome ? [unhandled(invocation, outcome.error)] : noCommands,
    taken: true,
  };
}

function unhandled(invocation: string, error: Json): Command {
  const message = 'An effect of an action failed, and no transition takes its error.';
  return { type: 'log', level: 'error', message: { message, invocation, error } };
}

/**
 * Changes the context from outside of the states, as effects do while they run. Eventless transitions see the change.
 *
 * ```ts
 * patch(machine, snapshot, { 'applicant.score': 640, attempts: 2 }, { now });
 * ```
 *
 * @throws FsmError CONTEXT_PATH or HOSTILE_KEY for a path that leads nowhere, and what `navigate` throws.
 */
export function patch(
  machine: Machine,
  snapshot: Snapshot,
  changes: { readonly [path: string]: Json },
  moment: Moment,
): Decision {
  const compiled = internals(machine);
  const configuration = compiled.configurationOf(snapshot);
  if (snapshot.status !== 'active') return ignored(snapshot);
  let { context } = snapshot;
  for (const [path, value] of Object.entries(changes)) context = withValueAtKeys(context, contextKeys(path), value);
  if (context === snapshot.context) return ignored(snapshot);
  const step = new Step(snapshot, configuration, context, patchEvent, moment);
  step.taken = true;
  if (snapshot.pending === undefined) settle(compiled, step);
  return step.decision(compiled.reference);
}

/**
 * Ends an instance from outside: every active state is left, innermost first, with what its exit does. The instance is
 * `done`, without output; timers and invocations stop.
 *
 * @throws what `navigate` throws.
 */
export function stop(machine: Machine, snapshot: Snapshot, moment: Moment): Decision {
  const compiled = internals(machine);
  const configuration = compiled.configurationOf(snapshot);
  if (snapshot.status !== 'active') return ignored(snapshot);
  const step = new Step(snapshot, configuration, snapshot.context, stopEvent, moment);
  leave(compiled, step);
  return step.decision(compiled.reference);
}

const stopEvent: MachineEvent = Object.freeze({ type: 'fsm.stop' });
const patchEvent: MachineEvent = Object.freeze({ type: 'fsm.patch' });

function internals(machine: Machine): CompiledMachine {
  if (machine instanceof CompiledMachine) return machine;
  throw new FsmError('NOT_A_MACHINE', 'The machine was not made by `compile`.', {
    hint: 'Compile the definition first.',
  });
}

function ignored(snapshot: Snapshot): Decision {
  return { snapshot, commands: noCommands, taken: false };
}

function deferred(snapshot: Snapshot): Decision {
  return { snapshot, commands: noCommands, taken: false, deferred: true };
}

function ownEntry<T>(entries: Readonly<Record<string, T>> | undefined, id: string): T | undefined {
  return entries !== undefined && Object.hasOwn(entries, id) ? entries[id] : undefined;
}

function initialContext(machine: CompiledMachine, input: JsonObject | undefined): JsonObject {
  const hostile = Object.keys(input ?? {}).find(isHostileKey);
  if (hostile === undefined) return machine.rules.context(machine.definition.context, input);
  throw new FsmError('HOSTILE_KEY', `The input has the key \`${hostile}\`, which is not allowed.`, {
    hint: 'Rename the key: JavaScript gives this name a meaning of its own.',
    details: { key: hostile },
  });
}
