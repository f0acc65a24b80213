import { at, type Path, rootPath } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Problem } from '../definition/problem.ts';
import type { TreeState } from '../definition/state-tree.ts';
import { problemAt, warningAt } from './component-problem.ts';
import { append, editableState, isClosed, isInside, type Merge, member, titleOf, type Writable } from './draft.ts';
import { addWatches, watchProblems } from './watch.ts';

type Value = Readonly<Record<string, unknown>>;

/** Why the fragment cannot become part of the state. With an error among them nothing may be merged. */
export function mergeProblems(merge: Merge): Problem[] {
  return [...stateProblems(merge), ...transitionProblems(merge), ...dataProblems(merge), ...watchProblems(merge)];
}

function stateProblems(merge: Merge): Problem[] {
  const { use, place, fragment, host } = merge;
  const keys = Object.keys(fragment.states ?? {});
  const taken = keys
    .filter((key) => host.children.has(key))
    .map((key) =>
      problemAt(
        'COMPONENT_CONFLICT',
        place,
        `${use.component} adds a state \`${key}\`, but ${titleOf(host)} has one.`,
        'Give the component a `prefix`, or rename the state.',
      ),
    );
  if (host.kind === 'parallel') return [...taken, ...endlessRegions(merge)];
  if (keys.length === 0 || host.kind !== 'atomic') return taken;
  const effect = ['effect', 'onDone', 'onError'].find((key) => Object.hasOwn(host.definition, key));
  if (effect !== undefined) {
    const message = `${use.component} adds states to ${titleOf(host)}, which has an \`${effect}\` in its short form.`;
    const hint = 'Write `"invoke": { "effect": …, "onDone": …, "onError": … }`: a state with children has no `effect`.';
    return [problemAt('COMPONENT_CONFLICT', place, message, hint)];
  }
  if (fragment.initial !== undefined) return taken;
  const message = `${use.component} adds states to ${titleOf(host)}, which has none, and does not say which is entered first.`;
  return [problemAt('INVALID_COMPONENT', place, message, 'Use it in a state with children, or correct the component.')];
}

/** A parallel state that can be done must not get a region that never is. */
function endlessRegions({ use, place, fragment, host }: Merge): Problem[] {
  if (!canBeDone(host.definition)) return [];
  return Object.entries(fragment.states ?? {})
    .filter(([, region]) => region.type !== 'history' && !canBeDone(region))
    .map(([key]) => {
      const message = `${titleOf(host)} is done when all its regions are, which the region \`${key}\` of ${use.component} never is.`;
      return problemAt('COMPONENT_CONFLICT', place, message, 'Use the component in one of the regions, or around.');
    });
}

function canBeDone(state: unknown): boolean {
  const type = member(state, 'type');
  const states = member(state, 'states');
  const children = isPlainObject(states) ? Object.values(states) : [];
  if (type === 'parallel') return children.every((child) => member(child, 'type') === 'history' || canBeDone(child));
  return type === 'final' || children.some((child) => member(child, 'type') === 'final');
}

function transitionProblems(merge: Merge): Problem[] {
  const { use, place, fragment, host } = merge;
  const problems: Problem[] = [];
  for (const [descriptor, around] of handlersAround(merge)) {
    const message = `${titleOf(around)} handles \`${descriptor}\` as well as ${use.component} in ${titleOf(host)}: only the inner one of the two gets it.`;
    const hint = 'Remove one of them, or give the component another event.';
    problems.push(warningAt('COMPONENT_SHADOWED', place, message, hint));
  }
  const closed = (what: string, list: unknown): void => {
    if (!isClosed(list)) return;
    const message = `${titleOf(host)} already takes ${what} without a guard, so that ${use.component} would never see it.`;
    const hint = `Guard the transition, remove it, or give the component another ${what === 'the eventless moment' ? 'state' : 'event or delay'}.`;
    problems.push(problemAt('COMPONENT_CONFLICT', place, message, hint));
  };
  for (const key of ['on', 'after'] as const) {
    for (const name of Object.keys(fragment[key] ?? {})) closed(`\`${name}\``, member(host.definition[key], name));
  }
  if (fragment.always !== undefined) closed('the eventless moment', host.definition.always);
  return problems;
}

/** Other states, inside or around, that handle an event of the fragment. */
function handlersAround({ fragment, tree, host }: Merge): (readonly [string, TreeState])[] {
  const descriptors = Object.keys(fragment.on ?? {});
  if (descriptors.length === 0) return [];
  const related = tree.states.filter((state) => state !== host && (isInside(state, host) || isInside(host, state)));
  return descriptors.flatMap((descriptor) =>
    related
      .filter((state) => member(state.definition.on, descriptor) !== undefined)
      .map((state) => [descriptor, state] as const),
  );
}

function dataProblems({ use, place, fragment, tree, origins }: Merge): Problem[] {
  const { context, events } = tree.root.definition;
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(fragment.context ?? {})) {
    const existing = member(context, key);
    if (existing === undefined) continue;
    const other = origins.of(at(rootPath, 'context', key)).use;
    if (other === undefined && same(existing, value)) continue;
    const message =
      other === undefined
        ? `${use.component} begins with \`${key}\` = ${JSON.stringify(value)} in the context, but the machine with ${JSON.stringify(existing)}.`
        : `${use.component} and the component \`${other.name}\` (${other.component}) both keep \`${key}\` in the context.`;
    const hint =
      'Give the component another name for it, or, to share it, declare it in `context` with the same value.';
    problems.push(problemAt('COMPONENT_CONFLICT', place, message, hint));
  }
  for (const [type, event] of Object.entries(fragment.events ?? {})) {
    const declared = member(member(events, type), 'data');
    if (declared === undefined || event.data === undefined || same(declared, event.data)) continue;
    const message = `${use.component} declares other data for the event \`${type}\` than the machine.`;
    problems.push(
      problemAt('COMPONENT_CONFLICT', place, message, `Rename the event, or correct its data in \`events\`.`),
    );
  }
  return problems;
}

function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]));
  if (!isPlainObject(a) || !isPlainObject(b)) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** The definition with the fragment in it. What the author wrote is not changed. */
export function mergeFragment(merge: Merge): Value {
  const { fragment, host, origins, use, place, tree } = merge;
  const root: Writable = { ...tree.root.definition };
  const usePath = at(rootPath, ...place);
  const added = (path: Path): void => origins.added(path, use, usePath);
  const state = editableState(root, host);

  if (fragment.states !== undefined && Object.keys(fragment.states).length > 0) {
    addMembers(state, 'states', fragment.states, host.at, added);
    if (host.kind === 'atomic') {
      // the author's `type: 'atomic'` said no more than that there were no children
      delete state.type;
      state.initial = fragment.initial;
      added(at(host.at, 'initial'));
    }
  }
  for (const key of ['on', 'after'] as const) {
    const lists = fragment[key];
    if (lists === undefined) continue;
    const own: Writable = { ...(state[key] as Value | undefined) };
    for (const [name, list] of Object.entries(lists)) append(own, name, list, at(host.at, key), origins, added);
    state[key] = own;
  }
  for (const key of ['always', 'entry', 'exit', 'invoke', 'tags'] as const) {
    if (fragment[key] !== undefined) append(state, key, fragment[key], host.at, origins, added);
  }
  addMembers(root, 'context', absentFrom(root.context, fragment.context), rootPath, added);
  // a machine without declarations takes every event, which a single declaration would end
  if (isPlainObject(root.events)) {
    addMembers(root, 'events', absentFrom(root.events, fragment.events), rootPath, added);
  }
  addWatches(merge, root, added);
  return root;
}

function absentFrom(existing: unknown, wanted: Value = {}): Value {
  return Object.fromEntries(Object.entries(wanted).filter(([key]) => member(existing, key) === undefined));
}

function addMembers(holder: Writable, key: string, members: Value, place: Path, added: (path: Path) => void): void {
  if (Object.keys(members).length === 0) return;
  if (!Object.hasOwn(holder, key)) added(at(place, key));
  for (const name of Object.keys(members)) added(at(place, key, name));
  holder[key] = { ...(holder[key] as Value | undefined), ...members };
}
