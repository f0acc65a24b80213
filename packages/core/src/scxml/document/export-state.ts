import type {
  InvokeDefinition,
  MachineDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../../definition/definition.ts';
import { formatKey, formatPath } from '../../definition/path.ts';
import { isPlainObject } from '../../definition/plain.ts';
import { resolveTarget, type StateTree, type TreeState } from '../../definition/state-tree.ts';
import type { Json, JsonObject } from '../../json.ts';
import { type ActionScope, actionTags, blockTags, listOf } from './export-action.ts';
import { guardExpression } from './export-guard.ts';
import { contentTag, paramTags, payloadTags, textAttributes, valueMarkup } from './export-value.ts';
import { wholeExpression } from './template.ts';
import { effectProcessor } from './vocabulary.ts';
import type { Markup, Tag } from './write-xml.ts';

/** What the export of states needs: the tree, its ids, and how a machine inside another is written. */
export interface StateScope extends ActionScope {
  readonly tree: StateTree;
  readonly ids: ReadonlyMap<TreeState, string>;
  /** States whose id the document shows. */
  readonly named: ReadonlySet<TreeState>;
  readonly document: (definition: MachineDefinition) => Tag;
}

/** One state with all that is in it. */
export function stateTag(state: TreeState, scope: StateScope): Tag {
  const definition = state.definition as unknown as StateDefinition;
  const path = formatPath(state.at);
  const id = scope.named.has(state) ? scope.ids.get(state) : undefined;
  const attributes = { id, ...noteAttributes(definition) };
  if (state.kind === 'history') return historyTag(state, definition, attributes, scope);
  reportForeignKeys(definition, path, scope);
  const initial = initialParts(state, definition, scope);
  return {
    name: state.kind === 'parallel' || state.kind === 'final' ? state.kind : 'state',
    attributes: { id, initial: initial.attribute, ...noteAttributes(definition) },
    children: [
      ...dataTags(definition.data),
      ...initial.tags,
      ...blockTags('onentry', definition.entry, `${path}.entry`, scope),
      ...blockTags('onexit', definition.exit, `${path}.exit`, scope),
      ...transitionTags(state, scope),
      ...listOf(definition.invoke).map((invoke, index) => invokeTag(invoke, `${path}.invoke[${index}]`, scope)),
      ...[...state.children.values()].map((child) => stateTag(child, scope)),
      ...doneTags(definition),
    ],
  };
}

/** What SCXML has no place for stands in attributes of our own namespace. */
export function noteAttributes(definition: Pick<StateDefinition, 'description' | 'tags' | 'meta'>) {
  const { description, tags, meta } = definition;
  return {
    'fsm:description': description,
    'fsm:tags': tags === undefined ? undefined : JSON.stringify(tags),
    'fsm:meta': meta === undefined ? undefined : JSON.stringify(meta),
  };
}

const foreignKeys = ['after', 'onDone', 'onError', 'effect'] as const;

/** Keys of native machines mean nothing in SCXML machines; those that are exported as such were rewritten before. */
function reportForeignKeys(definition: StateDefinition, path: string, { losses }: StateScope): void {
  for (const key of foreignKeys) {
    if (definition[key] === undefined) continue;
    const hint = 'Write a delayed `send`, or a transition for `done.state.…` or `done.invoke.…`.';
    losses.vital(`${path}.${key}`, `\`${key}\` has no form in SCXML.`, hint);
  }
}

export function dataTags(data: JsonObject | undefined): readonly Tag[] {
  if (data === undefined) return [];
  const children = Object.entries(data).map(([id, value]): Tag => {
    if (wholeExpression(value) === 'undefined') return { name: 'data', attributes: { id } };
    const { expr, ...markup } = valueMarkup(value);
    return { name: 'data', attributes: { id, expr }, ...markup };
  });
  return [{ name: 'datamodel', children }];
}

interface InitialParts {
  readonly attribute?: string | undefined;
  readonly tags: readonly Tag[];
}

export function initialParts(state: TreeState, definition: StateDefinition, scope: StateScope): InitialParts {
  const { initial } = definition;
  if (initial === undefined || state.kind === 'parallel' || state.kind === 'final') return { tags: [] };
  if (typeof initial === 'string') {
    const child = state.children.get(initial);
    // a child without id is the first, which is entered anyway
    const attribute = child !== undefined && scope.named.has(child) ? scope.ids.get(child) : undefined;
    if (child === undefined) unknownTarget(initial, `${formatPath(state.at)}.initial`, scope);
    return { attribute, tags: [] };
  }
  const path = `${formatPath(state.at)}.initial`;
  const target = initialTargets(state, initial, scope);
  if (initial.actions === undefined) return { attribute: target, tags: [] };
  const children = actionTags(initial.actions, `${path}.actions`, scope);
  return { tags: [{ name: 'initial', children: [{ name: 'transition', attributes: { target }, children }] }] };
}

/** The targets of an initial transition are children by key, or any states below by `#id`. */
function initialTargets(state: TreeState, initial: TransitionDefinition, scope: StateScope): string {
  return listOf(initial.target)
    .flatMap((text) => {
      const found = text.startsWith('#') ? resolveTarget(scope.tree, state, text) : state.children.get(text);
      if (found === undefined) unknownTarget(text, `${formatPath(state.at)}.initial`, scope);
      return found === undefined ? [] : [scope.ids.get(found)!];
    })
    .join(' ');
}

function unknownTarget(text: string, path: string, { losses }: StateScope): void {
  losses.error('UNKNOWN_TARGET', path, `There is no state \`${text}\`.`, 'Check the machine with `validate`.');
}

function historyTag(
  state: TreeState,
  definition: StateDefinition,
  attributes: Readonly<Record<string, string | undefined>>,
  scope: StateScope,
): Tag {
  const { initial, target, history } = definition;
  const transition = typeof initial === 'object' ? initial : target === undefined ? undefined : { target };
  const children: Tag[] = [];
  if (transition !== undefined) {
    children.push({
      name: 'transition',
      attributes: { target: targetIds(state, transition, `${formatPath(state.at)}.target`, scope).join(' ') },
      children: actionTags(transition.actions, `${formatPath(state.at)}.initial.actions`, scope),
    });
  }
  const { id, ...notes } = attributes;
  return { name: 'history', attributes: { id, type: history ?? 'shallow', ...notes }, children };
}

function targetIds(
  state: TreeState,
  transition: TransitionDefinition,
  path: string,
  scope: StateScope,
): readonly string[] {
  return targetsOf(state, transition, path, scope).map((target) => scope.ids.get(target)!);
}

function targetsOf(
  state: TreeState,
  { target }: TransitionDefinition,
  path: string,
  scope: StateScope,
): readonly TreeState[] {
  return listOf(target).flatMap((text) => {
    const found = resolveTarget(scope.tree, state, text);
    if (found === undefined) unknownTarget(text, path, scope);
    return found === undefined ? [] : [found];
  });
}

export function transitionTags(state: TreeState, scope: StateScope): readonly Markup[] {
  const { on = {}, always } = state.definition as unknown as StateDefinition;
  const path = formatPath(state.at);
  return [
    ...listTags(state, undefined, always, `${path}.always`, scope),
    ...Object.entries(on).flatMap(([event, list]) =>
      listTags(state, event.trim(), list, `${path}.on${formatKey(event)}`, scope),
    ),
  ];
}

function listTags(
  state: TreeState,
  event: string | undefined,
  list: TransitionList | undefined,
  path: string,
  scope: StateScope,
): readonly Markup[] {
  return listOf<string | TransitionDefinition>(list).flatMap((item, index) => {
    const transition = typeof item === 'string' ? { target: item } : item;
    return transitionTag(state, event, transition, `${path}[${index}]`, scope);
  });
}

function transitionTag(
  state: TreeState,
  event: string | undefined,
  transition: TransitionDefinition,
  path: string,
  scope: StateScope,
): readonly Markup[] {
  const { guard, actions, reenter, before } = transition;
  const comment = scope.losses.commentAt(transition);
  const cond = guard === undefined ? undefined : guardExpression(guard, scope.guards);
  const missing = guard !== undefined && cond === undefined;
  if (missing) scope.losses.vital(`${path}.guard`, 'The guard has no form in SCXML.', guardHint, 'NO_GUARD_FORM');
  if (before !== undefined) scope.losses.vital(`${path}.before`, '`before` has no form in SCXML.', beforeHint);
  const lost = missing || before !== undefined;
  const targets = targetsOf(state, transition, `${path}.target`, scope);
  const stays = targets.some((target) => target === state || isInside(target, state));
  const tag: Tag = {
    name: 'transition',
    attributes: {
      event,
      cond: lost ? 'false' : cond,
      target: targets.length === 0 ? undefined : targets.map((target) => scope.ids.get(target)!).join(' '),
      type: stays && reenter !== true ? 'internal' : undefined,
      ...noteAttributes(transition),
    },
    children: actionTags(actions, `${path}.actions`, scope),
  };
  const note = comment ?? (lost ? 'never taken: its guard has no form in SCXML' : undefined);
  return note === undefined ? [tag] : [{ comment: note }, tag];
}

export const guardHint = 'Write an expression, or export with `lossy`: then the transition is never taken.';
export const beforeHint =
  'Put the effect into a state of its own, or export with `lossy`: then the transition is never taken.';

export function isInside(state: TreeState, around: TreeState): boolean {
  for (let outer = state.parent; outer !== undefined; outer = outer.parent) if (outer === around) return true;
  return false;
}

function invokeTag(invoke: InvokeDefinition, path: string, scope: StateScope): Tag {
  const { id, idLocation, autoForward, finalize, effect } = invoke;
  const attributes = { id, idlocation: idLocation, autoforward: autoForward ? 'true' : undefined };
  const end =
    finalize === undefined ? [] : [{ name: 'finalize', children: actionTags(finalize, `${path}.finalize`, scope) }];
  for (const key of ['onDone', 'onError'] as const) {
    if (invoke[key] === undefined) continue;
    const hint = `Write a transition for \`${key === 'onDone' ? 'done' : 'error'}.invoke.<id>\`.`;
    scope.losses.vital(`${path}.${key}`, `\`${key}\` has no form in SCXML.`, hint);
  }
  const { machine, src, processor, input } = effect;
  if (!isDocumentEffect(effect)) {
    const text = JSON.stringify(effect);
    return {
      name: 'invoke',
      attributes: { type: effectProcessor, ...attributes },
      children: [{ name: 'content', text }, ...end],
    };
  }
  return {
    name: 'invoke',
    attributes: {
      ...textAttributes(processor as string | undefined, 'type'),
      ...textAttributes(typeof src === 'string' ? src : undefined, 'src'),
      ...attributes,
    },
    children: [
      ...(isPlainObject(input) ? paramTags(input as JsonObject) : []),
      ...end,
      ...machineTags(machine as Json | undefined, scope),
    ],
  };
}

const documentKeys = ['type', 'machine', 'src', 'processor', 'input'];

/** Whether an effect is what the import makes of an `<invoke>`; any other is written as JSON. */
function isDocumentEffect(effect: InvokeDefinition['effect']): boolean {
  const { type, machine, src, processor } = effect;
  if (type !== 'invoke_fsm' || Object.keys(effect).some((key) => !documentKeys.includes(key))) return false;
  if (![processor, src].every((text) => text === undefined || typeof text === 'string')) return false;
  // the name of a machine is no document
  return processor !== undefined || typeof machine !== 'string' || wholeExpression(machine) !== undefined;
}

function machineTags(machine: Json | undefined, scope: StateScope): readonly Tag[] {
  if (machine === undefined) return [];
  if (isPlainObject(machine) && isPlainObject(machine.states)) {
    return [{ name: 'content', children: [scope.document(machine as unknown as MachineDefinition)] }];
  }
  return [contentTag(machine)];
}

function doneTags({ output }: StateDefinition): readonly Tag[] {
  if (output === undefined || typeof output === 'function') return [];
  return [{ name: 'donedata', children: payloadTags(output) }];
}
