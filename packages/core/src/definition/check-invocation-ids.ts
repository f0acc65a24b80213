import { at, formatPath, type Path } from './path.ts';
import { isPlainObject } from './plain.ts';
import { ownId, type StateTree, type TreeState } from './state-tree.ts';
import type { Walk } from './walk.ts';

interface Invocation {
  readonly id: string;
  /** Where its id stands, or where it stands itself when it has none. */
  readonly path: Path;
}

/**
 * The effects of a state with their ids: the given one, or the path of the state (the machine's id for the root), with
 * `:index` when the state has several.
 */
export function invocationsOf(tree: StateTree, state: TreeState): readonly Invocation[] {
  const { effect, invoke } = state.definition;
  const listed: readonly unknown[] = Array.isArray(invoke) ? invoke : invoke === undefined ? [] : [invoke];
  const all = [
    ...(effect === undefined ? [] : [{ own: undefined, path: at(state.at, 'effect') }]),
    ...listed.map((item, index) => ({
      own: isPlainObject(item) && typeof item.id === 'string' ? item.id : undefined,
      path: at(state.at, 'invoke', ...(Array.isArray(invoke) ? [index] : [])),
    })),
  ];
  const name = state.path === '' ? (ownId(tree.root) ?? '') : state.path;
  return all.map(({ own, path }, index) => ({
    id: own ?? (all.length === 1 ? name : `${name}:${index}`),
    path: own === undefined ? path : at(path, 'id'),
  }));
}

/**
 * Reports invocations with the same id that can run at the same time: in one state, in a state and around it, or in
 * two regions of a parallel state. What an action starts can run at any time; under its own id it replaces itself.
 * Returns all ids.
 */
export function checkInvocationIds(walk: Walk): ReadonlySet<string> {
  const ofStates = collectIds(walk, walk.tree.root);
  const ids = new Set(ofStates.keys());
  for (const { id, path } of walk.usage.launched) {
    const other = ofStates.get(id);
    if (other !== undefined) reportTwice(walk, id, path, other);
    ids.add(id);
  }
  return ids;
}

/** The ids used in a state and below, smaller maps merged into larger ones so that it stays fast for wide machines. */
function collectIds(walk: Walk, state: TreeState): Map<string, Path> {
  let all = new Map<string, Path>();
  for (const child of state.children.values()) {
    const ids = collectIds(walk, child);
    const [small, large] = ids.size < all.size ? [ids, all] : [all, ids];
    for (const [id, path] of small) {
      if (!large.has(id)) large.set(id, path);
      else if (state.kind === 'parallel') reportTwice(walk, id, ids.get(id)!, all.get(id)!);
    }
    all = large;
  }
  for (const { id, path } of invocationsOf(walk.tree, state)) {
    const other = all.get(id);
    if (other === undefined) all.set(id, path);
    else reportTwice(walk, id, path, other);
  }
  return all;
}

function reportTwice(walk: Walk, id: string, path: Path, other: Path): void {
  const message = `The invocation id \`${id}\` is used by another invocation that can run at the same time.`;
  walk.report.error('DUPLICATE_ID', path, message, { hint: `Rename it, or the one at ${formatPath(other)}.` });
}
