import type { Json } from '../json.ts';
import type { Command, Decision, Moment } from './command.ts';
import type { CompiledMachine } from './compiled-machine.ts';
import type { Configuration } from './configuration.ts';
import { choose, run, settle } from './microstep.ts';
import { type Plan, planTransitions } from './plan.ts';
import type { Outcome } from './rules.ts';
import type { Pending, Snapshot } from './snapshot.ts';
import type { StateNode } from './state-node.ts';
import { Step } from './step.ts';

/**
 * Transitions with `before`: they are selected, then an effect runs, then they are taken.
 *
 * B1  Nothing moves while it runs: the snapshot gets `pending`, and everything but the outcome of the effect is deferred.
 *     Effects of states may change the context meanwhile; eventless transitions see it when the wait is over.
 * B2  Transitions that were selected together wait for each other. They are taken all at once, when the last effect has
 *     succeeded; their guards are not asked again. Actions see the event with `event.before.output`. When several had
 *     an effect, the actions of each transition see its own, and exit and entry actions none.
 * B3  When an effect fails, the others are cancelled, and it is as if the guards of the waiting transitions had said no:
 *     the next candidates are asked, and they see the event with `event.before.error`. When none of them takes the event,
 *     the error is logged, the instance stays as it is, and the decision says `taken: false`.
 * B4  Raised events that were due after the event keep their turn.
 */
export function wait(step: Step, plan: Plan): void {
  const { more } = step;
  const before = plan.before!.map((transition) => {
    const invocation = beforeId(transition.source);
    more.invoke(invocation, transition.source.path, transition.before!, { purpose: 'before' });
    return { transition: transition.path, invocation };
  });
  const raised = more.queue.splice(0);
  more.pending = {
    event: step.event,
    transitions: plan.selected.map(({ path }) => path),
    before,
    ...(step.refused === undefined ? undefined : { refused: [...step.refused] }),
    ...(raised.length === 0 ? undefined : { raised }),
    ...(more.fatal ? { fatal: true } : undefined),
  };
  step.taken = true;
}

/** A state never waits for two of its transitions. */
function beforeId(source: StateNode): string {
  return `fsm.before#${source.path === '' ? source.id : source.path}`;
}

/** The effect before a transition has ended. */
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
