import type { ActionList } from '../definition/definition.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Problem } from '../definition/problem.ts';
import { resolveTarget, type TreeState } from '../definition/state-tree.ts';
import { problemAt, warningAt } from './component-problem.ts';
import {
  append,
  editableState,
  isClosed,
  isInside,
  type Merge,
  member,
  titleOf,
  toList,
  type Writable,
} from './draft.ts';

/*
 * An inner state that takes an event keeps it from the states around it, so a component that wants to know about an
 * event cannot simply handle it. Its actions become part of every transition of that event in the state and below, and
 * of a last one that stays where it is.
 */

export function watchProblems({ use, place, fragment, tree, host }: Merge): Problem[] {
  const problems: Problem[] = [];
  for (const type of Object.keys(fragment.watch ?? {})) {
    for (const state of tree.states) {
      if (!isInside(state, host) || member(state.definition.on, type) !== undefined) continue;
      const wildcard = wildcardOf(state, type);
      if (wildcard === undefined) continue;
      const message = `${titleOf(state)} takes \`${type}\` with \`${wildcard}\`, so ${use.component} in ${titleOf(host)} does not see it there.`;
      const hint = `Handle \`${type}\` by its own name in ${titleOf(state)}, or ignore this if that is meant.`;
      problems.push(warningAt('COMPONENT_SHADOWED', place, message, hint));
    }
    if (isClosed(member(host.definition.on, type))) continue;
    const robbed = [host, ...ancestorsOf(host)].find(
      (state) =>
        wildcardOf(state, type) !== undefined || (state !== host && member(state.definition.on, type) !== undefined),
    );
    if (robbed === undefined) continue;
    const message = `${use.component} listens for \`${type}\` in ${titleOf(host)}, which would keep it from the transition in ${titleOf(robbed)}.`;
    const hint = `Handle \`${type}\` without guard in ${titleOf(host)} itself, or use the component in ${titleOf(robbed)}.`;
    problems.push(problemAt('COMPONENT_CONFLICT', place, message, hint));
  }
  return problems;
}

export function addWatches(merge: Merge, root: Writable, added: (path: Path) => void): void {
  const { fragment, tree, host, origins } = merge;
  for (const [type, actions] of Object.entries(fragment.watch ?? {})) {
    for (const state of tree.states) {
      if (state !== host && !isInside(state, host)) continue;
      const list = member(state.definition.on, type);
      if (list !== undefined) watchTransitions(merge, editableOn(root, state), state, type, actions, added);
    }
    if (isClosed(member(host.definition.on, type))) continue;
    append(editableOn(root, host), type, { actions }, at(host.at, 'on'), origins, added);
  }
}

function editableOn(root: Writable, state: TreeState): Writable {
  const copy = editableState(root, state);
  const on = { ...(copy.on as Writable | undefined) };
  copy.on = on;
  return on;
}

function watchTransitions(
  merge: Merge,
  on: Writable,
  state: TreeState,
  type: string,
  actions: ActionList,
  added: (path: Path) => void,
): void {
  const { origins } = merge;
  const path = at(state.at, 'on', type);
  const list = on[type];
  const watched = toList(list).map((transition, index) => {
    const place = Array.isArray(list) ? at(path, index) : path;
    if (!staysInside(merge, state, transition)) return transition;
    if (typeof transition === 'string') origins.moved(place, at(place, 'target'));
    const whole = typeof transition === 'string' ? { target: transition } : { ...(transition as object) };
    append(whole as Writable, 'actions', actions, place, origins, added);
    return whole;
  });
  on[type] = Array.isArray(list) ? watched : watched[0];
}

/** A transition that forbids its event does nothing, and one that leaves the state leaves the component behind. */
function staysInside({ tree, host }: Merge, source: TreeState, transition: unknown): boolean {
  if (typeof transition !== 'string' && !isPlainObject(transition)) return false;
  const targets = toList(typeof transition === 'string' ? transition : transition.target);
  if (targets.length === 0) return isPlainObject(transition) && toList(transition.actions).length > 0;
  return targets.every((target) => {
    const found = typeof target === 'string' ? resolveTarget(tree, source, target) : undefined;
    return found !== undefined && (found === host || isInside(found, host));
  });
}

function wildcardOf(state: TreeState, type: string): string | undefined {
  const { on } = state.definition;
  if (!isPlainObject(on)) return undefined;
  return Object.keys(on).find(
    (descriptor) => descriptor === '*' || (descriptor.endsWith('.*') && `${type}.`.startsWith(descriptor.slice(0, -1))),
  );
}

function ancestorsOf(state: TreeState): TreeState[] {
  return state.parent === undefined ? [] : [state.parent, ...ancestorsOf(state.parent)];
}
