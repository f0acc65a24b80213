import { maxStates } from './limits.ts';
import { at, type Path, rootPath } from './path.ts';
import { isPlainObject } from './plain.ts';

export type StateKind = 'atomic' | 'compound' | 'parallel' | 'final' | 'history';

/** A state of a definition that may be wrong: only its place among the others is known to be right. */
export interface TreeState {
  /** Its key in `states`; the root has none. */
  readonly key: string;
  /** Keys from the root, joined with dots; `''` for the root. */
  readonly path: string;
  /** Where it stands in the definition. */
  readonly at: Path;
  readonly kind: StateKind;
  readonly depth: number;
  readonly parent: TreeState | undefined;
  readonly children: ReadonlyMap<string, TreeState>;
  readonly definition: Readonly<Record<string, unknown>>;
}

export interface StateTree {
  readonly root: TreeState;
  /** All states in document order, the root first; no more than `maxStates + 1`. */
  readonly states: readonly TreeState[];
  /** States with an `id`, and the root under the machine's id. Of several with the same id the first. */
  readonly ids: ReadonlyMap<string, TreeState>;
  /** The others with the same id. */
  readonly duplicates: readonly TreeState[];
}

/** The states of a definition, whatever else is wrong with it. */
export function stateTree(definition: Readonly<Record<string, unknown>>): StateTree {
  const states: TreeState[] = [];
  const ids = new Map<string, TreeState>();
  const duplicates: TreeState[] = [];

  const add = (own: Readonly<Record<string, unknown>>, key: string, parent: TreeState | undefined): TreeState => {
    const children = new Map<string, TreeState>();
    const state: TreeState = {
      key,
      path: parent === undefined || parent.path === '' ? key : `${parent.path}.${key}`,
      at: parent === undefined ? rootPath : at(parent.at, 'states', key),
      kind: kindOf(own),
      depth: parent === undefined ? 0 : parent.depth + 1,
      parent,
      children,
      definition: own,
    };
    states.push(state);
    if (typeof own.id === 'string') {
      if (ids.has(own.id)) duplicates.push(state);
      else ids.set(own.id, state);
    }
    if (isPlainObject(own.states)) {
      for (const [childKey, child] of Object.entries(own.states)) {
        if (states.length > maxStates) break;
        if (isPlainObject(child)) children.set(childKey, add(child, childKey, state));
      }
    }
    return state;
  };

  return { root: add(definition, '', undefined), states, ids, duplicates };
}

/** The `id` a state was given, when it is one; whatever else stands there is reported where ids are checked. */
export function ownId({ definition }: TreeState): string | undefined {
  return typeof definition.id === 'string' ? definition.id : undefined;
}

const kinds: ReadonlySet<unknown> = new Set<StateKind>(['atomic', 'compound', 'parallel', 'final', 'history']);

/** The kind a state says it is; without `type` it follows from the other keys, as in XState. */
function kindOf(definition: Readonly<Record<string, unknown>>): StateKind {
  const { type, states, history } = definition;
  if (kinds.has(type)) return type as StateKind;
  if (isPlainObject(states) && Object.keys(states).length > 0) return 'compound';
  return history === undefined ? 'atomic' : 'history';
}

/**
 * The state a target means, seen from the state that has the transition: `sibling`, `sibling.child`, `.child`, `#id`
 * or `#id.child`. `undefined` when there is none.
 */
export function resolveTarget(tree: StateTree, source: TreeState, target: string): TreeState | undefined {
  if (target.startsWith('#')) return resolveId(tree, target.slice(1));
  if (target.startsWith('.')) return descend(source, target.slice(1));
  return source.parent === undefined ? undefined : descend(source.parent, target);
}

/** The state an `in` guard means: `#id`, `#id.child`, or a path from the root. */
export function resolveReference(tree: StateTree, reference: string): TreeState | undefined {
  return reference.startsWith('#') ? resolveId(tree, reference.slice(1)) : descend(tree.root, reference);
}

/** A machine's id may have dots, so the longest prefix that is an id wins. */
function resolveId(tree: StateTree, text: string): TreeState | undefined {
  const whole = tree.ids.get(text);
  if (whole !== undefined) return whole;
  for (let dot = text.lastIndexOf('.'); dot > 0; dot = text.lastIndexOf('.', dot - 1)) {
    const state = tree.ids.get(text.slice(0, dot));
    if (state !== undefined) return descend(state, text.slice(dot + 1));
  }
  return undefined;
}

function descend(from: TreeState, path: string): TreeState | undefined {
  let state: TreeState | undefined = from;
  for (const key of path.split('.')) state = state?.children.get(key);
  return state;
}

/** The nearest state that holds both, which may be one of them. */
export function commonAncestor(first: TreeState, second: TreeState): TreeState {
  let a = first;
  let b = second;
  while (a !== b) {
    if (a.depth >= b.depth && a.parent !== undefined) a = a.parent;
    else if (b.parent !== undefined) b = b.parent;
  }
  return a;
}

/** How other places can name the state: by its id, or from the root. */
export function absoluteTarget(tree: StateTree, state: TreeState): string | undefined {
  const { id } = state.definition;
  if (typeof id === 'string' && tree.ids.get(id) === state) return `#${id}`;
  const machine = tree.root.definition.id;
  return typeof machine === 'string' && machine !== '' ? `#${machine}.${state.path}` : undefined;
}
