import { FsmError } from '../error.ts';
import type { CompiledMachine } from './compiled-machine.ts';
import { actionFailed } from './failures.ts';
import { wait } from './pending.ts';
import { type Plan, planTransitions } from './plan.ts';
import { type Chain, collect, type Fork, firstPassing, type Selection } from './selection.ts';
import type { Transition } from './state-node.ts';
import type { Step } from './step.ts';

/** The microstep of `step.event`. Returns whether a transition took it. */
export function take(machine: CompiledMachine, step: Step, selection: Selection | undefined): boolean {
  const plan = selection === undefined ? undefined : choose(machine, step, selection);
  if (plan === undefined) return false;
  if (plan.before === undefined) run(plan, step);
  else wait(step, plan);
  return true;
}

/**
 * Goes on until nothing more can happen: eventless transitions first, then one raised event, then again.
 *
 * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation mainEventLoop
 */
export function settle(machine: CompiledMachine, step: Step): void {
  if (step.waiting) return;
  let askEventless = true;
  for (let left = machine.maxMicrosteps; step.status === 'active'; left--) {
    const eventless = askEventless ? machine.eventless(step.configuration) : undefined;
    const plan = eventless === undefined ? undefined : choose(machine, step, eventless);
    if (plan !== undefined) {
      if (left === 0) throw endless(machine, step);
      // one that changes nothing would be selected again for ever
      askEventless = run(plan, step);
      continue;
    }
    const event = step.nextRaised();
    if (event === undefined) {
      if (machine.rules.rest(step)) continue;
      return;
    }
    if (left === 0) throw endless(machine, step);
    step.event = event;
    take(machine, step, machine.selection(step.configuration, event.type));
    if (step.waiting) return;
    askEventless = true;
  }
}

/** The microstep the selection comes to when its guards are asked, or nothing. */
export function choose(machine: CompiledMachine, step: Step, selection: Selection): Plan | undefined {
  return selection.kind === 'chain'
    ? chooseFromChain(machine, step, selection)
    : chooseFromFork(machine, step, selection);
}

function chooseFromChain(machine: CompiledMachine, step: Step, chain: Chain): Plan | undefined {
  const index = firstPassing(chain.transitions, step);
  if (index === -1) return undefined;
  const known = chain.plans[index];
  if (known !== undefined) return known;
  const plan = planTransitions(
    machine.configurations,
    step.configuration,
    [chain.transitions[index]!],
    step.history,
    machine.rules,
  );
  if (!plan.fleeting && machine.configurations.remember()) chain.plans[index] = plan;
  return plan;
}

function chooseFromFork(machine: CompiledMachine, step: Step, fork: Fork): Plan | undefined {
  const chosen: Transition[] = [];
  collect(fork, step, chosen);
  if (chosen.length === 0) return undefined;
  let hash = 0;
  for (const transition of chosen) hash = (hash * 31 + transition.index + 1) | 0;
  const known = fork.plans.get(hash);
  if (known !== undefined && sameElements(known.selected, chosen)) return known;
  const plan = planTransitions(machine.configurations, step.configuration, chosen, step.history, machine.rules);
  if (!plan.fleeting && machine.configurations.remember()) fork.plans.set(hash, plan);
  return plan;
}

function sameElements<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Runs a microstep; returns whether it changed anything that eventless transitions can see. */
export function run(plan: Plan, step: Step): boolean {
  const { context, history } = step;
  const { operations } = plan;
  let index = 0;
  try {
    for (; index < operations.length; index++) operations[index]!.run(step);
  } catch (cause) {
    throw actionFailed(operations[index]!.path, cause);
  }
  step.configuration = plan.next;
  step.active = undefined;
  step.trace?.push({ event: step.event.type, transitions: plan.taken, configuration: plan.next.paths });
  if (plan.takes) step.taken = true;
  if (plan.ends) step.status = 'done';
  return plan.moves || context !== step.context || history !== step.history;
}

/** Everything is left and nothing entered. */
export function leave(machine: CompiledMachine, step: Step): void {
  const operations = step.configuration.states.toReversed().flatMap((state) => machine.rules.exit(state));
  for (const operation of operations) {
    try {
      operation.run(step);
    } catch (cause) {
      throw actionFailed(operation.path, cause);
    }
  }
  step.more.stopEverything();
  step.active = undefined;
  step.taken = true;
  step.status = 'done';
}

function endless(machine: CompiledMachine, step: Step): FsmError {
  const active = step.configuration.paths.join(', ');
  return new FsmError(
    'MICROSTEP_LIMIT',
    `The machine "${machine.id}" did not come to rest within ${machine.maxMicrosteps} microsteps; the last states were ${active}.`,
    {
      hint: 'Look for `always` transitions or raised events that lead back to where they started, and give them a guard that ends.',
      details: { limit: machine.maxMicrosteps, configuration: step.configuration.paths, event: step.event.type },
    },
  );
}
