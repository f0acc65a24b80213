import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { StateTree, TreeState } from '../definition/state-tree.ts';
import type { Fragment } from './component.ts';
import type { JsonPath } from './component-problem.ts';
import type { ComponentUseName, Origins } from './origins.ts';

/** A part of a definition that is being put together. */
export type Writable = Record<string, unknown>;

/** One fragment on its way into one state of a definition. */
export interface Merge {
  readonly use: ComponentUseName;
  /** Where the use stands. */
  readonly place: JsonPath;
  readonly fragment: Fragment;
  readonly tree: StateTree;
  readonly host: TreeState;
  readonly origins: Origins;
}

/** The same state as part of `root`, with everything on the way to it copied. */
export function editableState(root: Writable, state: TreeState): Writable {
  if (state.parent === undefined) return root;
  const parent = editableState(root, state.parent);
  const states: Writable = { ...(parent.states as Writable) };
  const copy: Writable = { ...(states[state.key] as Writable) };
  states[state.key] = copy;
  parent.states = states;
  return copy;
}

/** Puts one value or a list behind what stands under a key. */
export function append(
  holder: Writable,
  key: string,
  values: unknown,
  place: Path,
  origins: Origins,
  added: (path: Path) => void,
): void {
  const path = at(place, key);
  const existing = holder[key];
  if (existing === undefined) {
    holder[key] = values;
    added(path);
    return;
  }
  const before = toList(existing);
  if (!Array.isArray(existing)) origins.moved(path, at(path, 0));
  const after = toList(values);
  for (const index of after.keys()) added(at(path, before.length + index));
  holder[key] = [...before, ...after];
}

export function toList(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Whether one of the transitions has no guard, so that none behind it is ever asked. */
export function isClosed(list: unknown): boolean {
  return toList(list).some((transition) => !isPlainObject(transition) || !Object.hasOwn(transition, 'guard'));
}

export function member(value: unknown, key: string): unknown {
  return isPlainObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function isInside(state: TreeState, ancestor: TreeState): boolean {
  for (let around = state.parent; around !== undefined; around = around.parent) if (around === ancestor) return true;
  return false;
}

/** How a message names a state. */
export function titleOf(state: TreeState): string {
  return state.parent === undefined ? 'the machine' : `\`${state.path}\``;
}
