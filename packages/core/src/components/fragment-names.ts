import { isPlainObject } from '../definition/plain.ts';
import type { Fragment } from './component.ts';

type Value = Readonly<Record<string, unknown>>;

/**
 * A fragment as it stands in its machine: a prefix before the keys of its states and before all ids in it, and every
 * target and `in` guard that means one of them changed along.
 *
 * @param hostPath Path of the state that gets the fragment; `''` for the root.
 */
export function placeFragment(fragment: Fragment, prefix: string, hostPath: string): Fragment {
  const states = isPlainObject(fragment.states) ? fragment.states : {};
  const names: Names = {
    prefix,
    hostPath,
    top: new Set(Object.keys(states)),
    ids: new Set(idsBelow(states)),
  };
  return renameState(fragment as Value, 0, names) as Fragment;
}

interface Names {
  readonly prefix: string;
  readonly hostPath: string;
  /** Keys of the fragment's outermost states: the only ones that can meet other keys. */
  readonly top: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
}

function idsBelow(states: Value): string[] {
  return Object.values(states)
    .filter(isPlainObject)
    .flatMap((state) => [
      ...(typeof state.id === 'string' ? [state.id] : []),
      ...(isPlainObject(state.states) ? idsBelow(state.states) : []),
    ]);
}

/** `depth` is 0 for the fragment itself and 1 for its outermost states. */
function renameState(state: Value, depth: number, names: Names): Value {
  const transitions = (value: unknown): unknown => renameTransitions(value, depth, names);
  return mapMembers(state, (key, value) => {
    if (key === 'id' && depth > 0 && typeof value === 'string') return names.prefix + value;
    if (key === 'states') return renameStates(value, depth, names);
    if (key === 'initial') return renameInitial(value, depth, names);
    if (key === 'on') return renameDescriptors(value, transitions, names);
    if (key === 'after') return isPlainObject(value) ? mapMembers(value, (_, list) => transitions(list)) : value;
    if (key === 'always' || key === 'onDone' || key === 'onError') return transitions(value);
    if (key === 'target') return renameTarget(value, depth, names);
    if (key === 'invoke') return mapItems(value, (one) => renameInvocation(one, transitions));
    return value;
  });
}

function renameStates(states: unknown, depth: number, names: Names): unknown {
  if (!isPlainObject(states)) return states;
  const entries = Object.entries(states).map(([key, state]) => [
    depth === 0 ? names.prefix + key : key,
    isPlainObject(state) ? renameState(state, depth + 1, names) : state,
  ]);
  return Object.fromEntries(entries);
}

function renameInitial(initial: unknown, depth: number, names: Names): unknown {
  const rename = (key: unknown): unknown =>
    depth === 0 && typeof key === 'string' && names.top.has(key) ? names.prefix + key : key;
  return isPlainObject(initial) ? { ...initial, target: rename(initial.target) } : rename(initial);
}

function renameDescriptors(on: unknown, transitions: (value: unknown) => unknown, names: Names): unknown {
  if (!isPlainObject(on)) return on;
  const done = 'done.state.';
  const entries = Object.entries(on).map(([descriptor, list]) => {
    const id = descriptor.startsWith(done) ? descriptor.slice(done.length) : '';
    return [names.ids.has(id) ? `${done}${names.prefix}${id}` : descriptor, transitions(list)];
  });
  return Object.fromEntries(entries);
}

function renameInvocation(invocation: unknown, transitions: (value: unknown) => unknown): unknown {
  if (!isPlainObject(invocation)) return invocation;
  return mapMembers(invocation, (key, value) => (key === 'onDone' || key === 'onError' ? transitions(value) : value));
}

function renameTransitions(list: unknown, depth: number, names: Names): unknown {
  return mapItems(list, (transition) => {
    if (!isPlainObject(transition)) return renameTarget(transition, depth, names);
    return mapMembers(transition, (key, value) => {
      if (key === 'target') return renameTarget(value, depth, names);
      return key === 'guard' ? renameGuard(value, names) : value;
    });
  });
}

function renameTarget(target: unknown, depth: number, names: Names): unknown {
  return mapItems(target, (text) => {
    if (typeof text !== 'string') return text;
    if (text.startsWith('#')) return renameId(text, names);
    const child = text.startsWith('.') ? '.' : '';
    // only the fragment itself and its outermost states can name an outermost state this way
    if (depth !== (child === '' ? 1 : 0)) return text;
    const [first = '', ...rest] = text.slice(child.length).split('.');
    return names.top.has(first) ? child + [names.prefix + first, ...rest].join('.') : text;
  });
}

function renameId(text: string, { ids, prefix }: Names): string {
  const id = text.slice(1);
  return [...ids].some((own) => id === own || id.startsWith(`${own}.`)) ? `#${prefix}${id}` : text;
}

function renameGuard(guard: unknown, names: Names): unknown {
  if (!isPlainObject(guard)) return guard;
  return mapMembers(guard, (key, value) => {
    if (key === 'and' || key === 'or') return mapItems(value, (part) => renameGuard(part, names));
    if (key === 'not') return renameGuard(value, names);
    return key === 'in' && typeof value === 'string' ? renameReference(value, names) : value;
  });
}

function renameReference(reference: string, names: Names): string {
  if (reference.startsWith('#')) return renameId(reference, names);
  const [first = '', ...rest] = reference.split('.');
  if (!names.top.has(first)) return reference;
  const path = [names.prefix + first, ...rest].join('.');
  return names.hostPath === '' ? path : `${names.hostPath}.${path}`;
}

function mapMembers(value: Value, map: (key: string, member: unknown) => unknown): Value {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, map(key, member)]));
}

function mapItems(value: unknown, map: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(map) : map(value);
}
