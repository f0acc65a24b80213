import type { Json } from '../json.ts';
import type { Command, Decision, Moment } from './command.ts';
import type { CompiledMachine } from './compiled-machine.ts';
import type { Configuration } from './configuration.ts';
import { choose, run, settle } from './microstep.ts';
import { wait } from './pending.ts';
import { planTransitions } from './plan.ts';
import type { Outcome } from './rules.ts';
import type { Pending, Snapshot } from './snapshot.ts';
import { Step } from './step.ts';

/** The effect before a transition has ended; `pending.ts` says what follows. */
export function resume(
  machine: CompiledMachine,
  snapshot: Snapshot,
  configuration: Configuration,
  pending: Pending,
  invocation: string,
  outcome: Outcome,
  moment: Moment,
): Decision {
  const step = new Step(snapshot, configuration, snapshot.context, pending.event, moment);
  step.more.completed(invocation);
  if ('error' in outcome) {
    refuse(machine, step, pending, outcome.error);
    return step.decision(machine.reference);
  }
  step.taken = true;
  const { output } = outcome;
  const before = pending.before.map((each) => (each.invocation === invocation ? { ...each, output } : each));
  if (before.some((each) => each.output === undefined)) step.more.pending = { ...pending, before };
  else proceed(machine, step, pending, before);
  return step.decision(machine.reference);
}

function proceed(machine: CompiledMachine, step: Step, pending: Pending, before: Pending['before']): void {
  goOn(step, pending);
  const outputs = new Map(before.map(({ transition, output }) => [transition, output!]));
  if (before.length === 1) step.event = { ...pending.event, before: { output: before[0]!.output! } };
  else step.more.outputs = outputs;
  const transitions = pending.transitions.map((path) => machine.transition(path));
  run(planTransitions(machine.configurations, step.configuration, transitions, step.history, machine.rules), step);
  settle(machine, step);
}

function refuse(machine: CompiledMachine, step: Step, pending: Pending, error: Json): void {
  goOn(step, pending);
  for (const { invocation } of pending.before) step.more.release(invocation);
  const refused = pending.before.map(({ transition }) => transition);
  step.more.refused = new Set([...(pending.refused ?? []), ...refused]);
  step.event = { ...pending.event, before: { error } };
  step.more.fatal = pending.fatal === true;
  const selection = machine.selection(step.configuration, pending.event.type);
  const plan = selection === undefined ? undefined : choose(machine, step, selection);
  if (plan?.before !== undefined) wait(step, plan);
  else if (plan !== undefined) run(plan, step);
  else if (step.more.fatal) {
    step.fail(pending.event.error!);
    step.taken = true;
    return;
  } else step.more.post(notTaken(pending.event.type, refused, error));
  step.more.refused = undefined;
  settle(machine, step);
}

function goOn(step: Step, { raised }: Pending): void {
  step.more.pending = undefined;
  step.more.queue.push(...(raised ?? []));
}

function notTaken(event: string, transitions: readonly string[], error: Json): Command {
  const message = 'The effect before a transition failed, and no other transition takes the event.';
  return { type: 'log', level: 'error', message: { message, event, transitions, error } };
}
