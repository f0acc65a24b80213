import type { StateTree, TreeState } from '../../definition/state-tree.ts';

/**
 * An SCXML id for every state: its own where it has one, else its key where that is unique, else its path. `legal` makes
 * an id that XML takes.
 */
export function stateIds(tree: StateTree, legal: (id: string) => string): ReadonlyMap<TreeState, string> {
  const ids = new Map<TreeState, string>();
  const taken = new Set<string>();
  const keys = new Map<string, number>();
  const below = tree.states.filter((state) => state.parent !== undefined);
  for (const { key } of below) keys.set(key, (keys.get(key) ?? 0) + 1);
  const give = (state: TreeState, wanted: string) => {
    const start = legal(wanted);
    let id = start;
    for (let count = 2; taken.has(id); count++) id = `${start}_${count}`;
    taken.add(id);
    ids.set(state, id);
  };
  for (const state of below) if (typeof state.definition.id === 'string') give(state, state.definition.id);
  for (const state of below) if (!ids.has(state)) give(state, keys.get(state.key) === 1 ? state.key : state.path);
  give(tree.root, String(tree.root.definition.id ?? 'machine'));
  return ids;
}

/** An id as XML Schema has it: letters, digits, `.`, `-` and `_`, beginning with a letter or `_`. */
export function xmlId(id: string): string {
  const plain = id.replace(/[^\p{L}\p{M}\p{N}_.-]/gu, '_');
  return /^[\p{L}_]/u.test(plain) ? plain : `_${plain}`;
}
