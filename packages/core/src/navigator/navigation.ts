import { expandComponents } from '../components/expand.ts';
import type { MachineDefinition, MachineEvent } from '../definition/definition.ts';
import { toMermaid } from '../definition/mermaid.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import { FsmError } from '../error.ts';
import type { Decision, Moment } from '../machine/command.ts';
import type { Machine, MachineTransition } from '../machine/machine.ts';
import { navigate } from '../machine/navigate.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import { refusedEvent } from './validation.ts';

/** A state that one event may lead to. */
export interface Destination {
  /** Path of the state. */
  readonly to: string;
  /** The event, as the transition names it: also `*` or `a.*`. */
  readonly event: string;
  /** Whether a guard decides, its own or one that is asked before, so that the event may lead elsewhere or nowhere. */
  readonly guarded: boolean;
  /** Path of the state that has the transition. */
  readonly from: string;
}

/**
 * The states that one event from outside may lead to now, from the inside out; in one state in the order the transitions
 * are tried. Not those that an inner state, or a transition without guard before, keeps from being reached.
 *
 * ```ts
 * possibleDestinations(machine, snapshot) // [{ to: 'opening', event: 'open_command', guarded: false, from: 'closed' }]
 * ```
 *
 * @throws FsmError SNAPSHOT_MISMATCH or SNAPSHOT_INVALID.
 */
export function possibleDestinations(machine: Machine, snapshot: Snapshot): readonly Destination[] {
  const handled = new Set(machine.nextEvents(snapshot));
  if (handled.size === 0) return [];
  const active = activeStates(machine, snapshot);
  const candidates: MachineTransition[] = [];
  for (const transition of machine.transitions()) {
    if (active.has(transition.source) && handled.has(transition.descriptor ?? '')) candidates.push(transition);
  }
  const destinations: (Destination & { readonly order: number })[] = [];
  candidates.forEach((transition, index) => {
    const { source, descriptor = '', targets, guarded } = transition;
    const before = candidates.filter(
      (one, place) =>
        (one.source === source && one.descriptor === descriptor && place < index) ||
        (isInside(one.source, source) && covers(one.descriptor ?? '', descriptor)),
    );
    if (before.some((one) => !one.guarded)) return;
    const decided = guarded || before.length > 0;
    for (const to of targets) {
      destinations.push({ to, event: descriptor, guarded: decided, from: source, order: -depthOf(source) });
    }
  });
  return destinations.sort((a, b) => a.order - b.order).map(({ order: _order, ...destination }) => destination);
}

/**
 * Whether an event would be taken now, or whether one event would lead to a state. Nothing happens: the decision is only
 * looked at. An event that a validation refuses is not taken. For a state, the events that may lead there are tried
 * without data; one whose guard needs data does not count.
 *
 * ```ts
 * canNavigate(machine, snapshot, { type: 'open_command', data: { code: '1234' } }, { now }) // true
 * canNavigate(machine, snapshot, 'opening', { now }) // true
 * ```
 *
 * @param goal An event, or the path of a state.
 * @throws FsmError STATE_UNKNOWN for a path that is no state; and what `navigate` throws, for an event.
 */
export function canNavigate(
  machine: Machine,
  snapshot: Snapshot,
  goal: MachineEvent | string,
  moment: Moment,
): boolean {
  if (typeof goal !== 'string') return isTaken(navigate(machine, snapshot, goal, moment));
  refuseUnknownState(machine, goal);
  const events = possibleDestinations(machine, snapshot)
    .filter(({ to, event }) => !event.endsWith('*') && (to === goal || isInside(goal, to) || isInside(to, goal)))
    .map(({ event }) => event);
  return [...new Set(events)].some((type) => {
    const decision = attempt(() => navigate(machine, snapshot, { type }, moment));
    return decision !== undefined && isTaken(decision) && machine.matches(decision.snapshot, goal);
  });
}

/** Why an event was refused, when a validation did; otherwise nothing. */
export function refusals(decision: Decision): readonly string[] {
  return decision.commands.flatMap((command) => {
    if (command.type !== 'emit' || command.event.type !== refusedEvent) return [];
    const { data } = command.event;
    const message = typeof data === 'object' && data !== null && 'message' in data ? data.message : undefined;
    return typeof message === 'string' ? [message] : [];
  });
}

/**
 * A machine as a Mermaid state diagram, with its components as the states they are. With a snapshot, its active states
 * are highlighted.
 *
 * ```ts
 * visualize(navigator('door').initial('closed').state('closed'))
 * ```
 */
export function visualize(
  machine: Machine | MachineDefinition | { build(): MachineDefinition },
  snapshot?: Snapshot,
): string {
  if ('transitions' in machine) {
    const active = snapshot === undefined ? [] : [...activeStates(machine, snapshot)];
    return toMermaid(machine, { active });
  }
  const written = 'build' in machine ? machine.build() : machine;
  return toMermaid(expandComponents(written).definition, { active: snapshot?.configuration ?? [] });
}

function isTaken(decision: Decision): boolean {
  return decision.taken && refusals(decision).length === 0;
}

/** A guard that cannot be asked without data says no. */
function attempt(decide: () => Decision): Decision | undefined {
  try {
    return decide();
  } catch (error) {
    if (FsmError.is(error) && (error.code === 'GUARD_FAILED' || error.code === 'ACTION_FAILED')) return undefined;
    throw error;
  }
}

function activeStates(machine: Machine, snapshot: Snapshot): ReadonlySet<string> {
  const active = new Set<string>(['']);
  for (const leaf of snapshot.configuration) {
    const keys = leaf.split('.');
    for (const index of keys.keys()) active.add(keys.slice(0, index + 1).join('.'));
  }
  machine.matches(snapshot, '');
  return active;
}

function isInside(path: string, around: string): boolean {
  return path !== around && (around === '' || path.startsWith(`${around}.`));
}

function depthOf(path: string): number {
  return path === '' ? 0 : path.split('.').length;
}

/** Whether a descriptor takes every event that another one takes. */
function covers(wide: string, narrow: string): boolean {
  if (wide === '*' || wide === narrow) return true;
  return wide.endsWith('.*') && `${narrow}.`.startsWith(wide.slice(0, -1));
}

function refuseUnknownState(machine: Machine, path: string): void {
  const paths = [...machine.states()].map((state) => state.path).filter((each) => each !== '');
  if (paths.includes(path)) return;
  const meant = suggest(path, paths);
  const ending = meant === undefined ? '.' : `; did you mean "${meant}"?`;
  throw new FsmError('STATE_UNKNOWN', `The machine "${machine.id}" has no state "${path}"${ending}`, {
    hint: `An event is an object, { type: '${path}' }. States: ${listNames(paths)}.`,
    details: { asked: path, exists: paths },
  });
}
