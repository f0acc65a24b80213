import type { Node } from 'acorn';
import type { ActionDefinition, GuardDefinition } from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { isGuardName } from '../definition/name.ts';
import type { Json } from '../json.ts';
import { type Chart, type ChartState, type ChartTransition, covers, toList } from './chart.ts';
import {
  constantOf,
  expressionsInTemplate,
  nodesIn,
  type Read,
  readsIn,
  staticPath,
  syntaxOf,
} from './expression-syntax.ts';

/** What decides where a machine goes, besides events: which parts of its data matter, and what they are compared with. */
export interface DataFlow {
  /** Guards, delays and names that depend on data: `context.amount`, `event.data.code`. Without any, data decide nothing. */
  readonly decidedBy: readonly string[];
  /** First keys of the context on which decisions depend, also by way of other keys; `all` when that cannot be told. */
  readonly relevant: ReadonlySet<string> | 'all';
  /** What a value is compared with somewhere: constants, and paths of the context. */
  comparisons(path: readonly string[]): Comparisons;
  /** What the guards and actions of an event's transitions read of the event. */
  eventReads(type: string): readonly EventRead[];
}

export interface Comparisons {
  readonly constants: ReadonlySet<Json>;
  readonly paths: readonly (readonly string[])[];
}

export interface EventRead extends Read {
  /** Literals beside it, for want of something better to compare it with. */
  readonly literals: readonly Json[];
}

export function dataFlowOf(chart: Chart, moreDecisions: readonly string[] = []): DataFlow {
  const guards = chart.transitions.flatMap(({ guard }) => expressionsInGuard(guard));
  const actions = chart.states.flatMap(actionsOf);
  const delays = [
    ...actions.flatMap(delayOf),
    ...chart.states.flatMap(({ definition }) => Object.keys(definition.after ?? {}).filter(isComputed)),
  ];
  const names = actions.flatMap(namesIn);
  const decisions = [...guards, ...delays, ...names, ...moreDecisions].flatMap(readsOfSource);
  const calls = chart.transitions.some(({ guard }) => hasCode(guard));
  const decidedBy = new Set(decisions.filter(isData).map(({ path }) => path.join('.')));
  if (calls) decidedBy.add('a registered or inline guard');
  if (guards.some(computesWithType)) decidedBy.add('event.type');
  const comparisons = comparisonsIn([...guards, ...moreDecisions], chart.definition.context ?? {}, actions);
  return {
    decidedBy: [...decidedBy],
    relevant: calls ? 'all' : relevantKeys(decisions, actions),
    comparisons: (path) => comparisons.get(path.join('.')) ?? noComparisons,
    eventReads: (type) => chart.transitions.filter((each) => takes(each, type)).flatMap((each) => eventReadsOf(each)),
  };
}

const noComparisons: Comparisons = { constants: new Set(), paths: [] };

function takes({ descriptor }: ChartTransition, type: string): boolean {
  return descriptor !== undefined && covers(descriptor, type);
}

function readsOfSource(source: string): readonly Read[] {
  const syntax = syntaxOf(source);
  return syntax === undefined ? [] : readsIn(syntax);
}

const dataRoots: ReadonlySet<string> = new Set(['context', 'event', 'now', 'instance', 'tenant']);

/** Everything a decision can depend on but the type of the event, which the exploration knows. */
function isData({ path }: Read): boolean {
  return dataRoots.has(path[0] ?? '') && !(path.length === 2 && path[0] === 'event' && path[1] === 'type');
}

/** Whether the type of the event is not only compared, so that the types that matter cannot be read off. */
function computesWithType(source: string): boolean {
  const syntax = syntaxOf(source);
  if (syntax === undefined) return true;
  const nodes = [...nodesIn(syntax)];
  return readsIn(syntax).some(readsType) && nodes.some(({ type }) => type === 'CallExpression');
}

function readsType({ path }: Read): boolean {
  return path[0] === 'event' && path[1] === 'type';
}

/** Event types that guards ask for by name, as behind a wildcard. */
export function typesAskedFor(chart: Chart): readonly string[] {
  const sources = chart.transitions.flatMap(({ guard }) => expressionsInGuard(guard));
  return sources.flatMap((source) => {
    const syntax = syntaxOf(source);
    if (syntax === undefined || !readsIn(syntax).some(readsType)) return [];
    return [...nodesIn(syntax)].flatMap((node) => {
      const value = node.type === 'Literal' ? constantOf(node)?.value : undefined;
      return typeof value === 'string' && value !== '' ? [value] : [];
    });
  });
}

/** Whether a guard can give another answer although neither the configuration nor the context has changed. */
export function dependsOnMore(guard: GuardDefinition | undefined): boolean {
  if (hasCode(guard)) return true;
  return expressionsInGuard(guard).some((source) => {
    const syntax = syntaxOf(source);
    return syntax === undefined || readsIn(syntax).some((read) => read.path[0] !== 'context' && isData(read));
  });
}

/** Whether a guard can give different answers for the same event at different moments. */
export function dependsOnState(guard: GuardDefinition | undefined): boolean {
  if (guard === undefined) return false;
  if (hasCode(guard) || asksForState(guard)) return true;
  return expressionsInGuard(guard).some((source) => {
    const syntax = syntaxOf(source);
    return (
      syntax === undefined || readsIn(syntax).some(({ path }) => path[0] !== 'event' && dataRoots.has(path[0] ?? ''))
    );
  });
}

function asksForState(guard: GuardDefinition): boolean {
  if (typeof guard !== 'object') return false;
  if ('and' in guard) return guard.and.some(asksForState);
  if ('or' in guard) return guard.or.some(asksForState);
  return 'not' in guard ? asksForState(guard.not) : 'in' in guard;
}

export function expressionsInGuard(guard: GuardDefinition | undefined): readonly string[] {
  if (guard === undefined || typeof guard === 'function') return [];
  if (typeof guard === 'string') return isGuardName(guard) ? [] : [guard];
  if ('type' in guard) return expressionsInTemplate(guard.params);
  if ('and' in guard) return guard.and.flatMap(expressionsInGuard);
  if ('or' in guard) return guard.or.flatMap(expressionsInGuard);
  return 'not' in guard ? expressionsInGuard(guard.not) : [];
}

/** Whether a guard runs code that nobody can look into. */
function hasCode(guard: GuardDefinition | undefined): boolean {
  if (guard === undefined) return false;
  if (typeof guard === 'function') return true;
  if (typeof guard === 'string') return isGuardName(guard);
  if ('type' in guard) return true;
  if ('and' in guard) return guard.and.some(hasCode);
  if ('or' in guard) return guard.or.some(hasCode);
  return 'not' in guard && hasCode(guard.not);
}

/** All actions of a state, with those of its transitions. */
export function actionsOf(state: ChartState): readonly ActionDefinition[] {
  const { entry, exit, initial } = state.definition;
  return [
    ...toList(entry as ActionDefinition | undefined),
    ...toList(exit as ActionDefinition | undefined),
    ...(typeof initial === 'object' ? toList(initial.actions as ActionDefinition | undefined) : []),
    ...state.transitions.flatMap(({ actions }) => actions),
  ];
}

function isComputed(duration: string | number): boolean {
  return parseDuration(duration) === undefined;
}

function delayOf(action: ActionDefinition): readonly string[] {
  if (typeof action !== 'object' || !('delay' in action) || action.delay === undefined) return [];
  return isComputed(action.delay) ? [String(action.delay)] : [];
}

/** Ids of timers decide which timer is meant. */
function namesIn(action: ActionDefinition): readonly string[] {
  if (typeof action !== 'object') return [];
  if ('cancel' in action) return expressionsInTemplate(action.cancel);
  return 'id' in action ? expressionsInTemplate(action.id) : [];
}

/** The data an action sends to the machine itself: a guard may read it there. */
function ownEventData(action: ActionDefinition): readonly string[] {
  if (typeof action !== 'object' || !('raise' in action) || typeof action.raise === 'string') return [];
  return expressionsInTemplate(action.raise.data);
}

function relevantKeys(decisions: readonly Read[], actions: readonly ActionDefinition[]): ReadonlySet<string> | 'all' {
  const relevant = new Set<string>();
  let everything = false;
  const add = (reads: readonly Read[]): void => {
    for (const { path } of reads) {
      if (path[0] !== 'context') continue;
      if (path[1] === undefined) everything = true;
      else relevant.add(path[1]);
    }
  };
  add(decisions);
  if (decisions.some(({ path }) => path[0] === 'event' && path[1] !== 'type')) {
    for (const action of actions) add(ownEventData(action).flatMap(readsOfSource));
  }
  if (relevant.size > 0 && actions.some(isCode)) everything = true;
  for (let before = -1; before !== relevant.size && !everything; ) {
    before = relevant.size;
    for (const { key, template } of actions.flatMap(assignmentsIn)) {
      if (relevant.has(key)) add(expressionsInTemplate(template).flatMap(readsOfSource));
    }
  }
  return everything ? 'all' : relevant;
}

function isCode(action: ActionDefinition): boolean {
  if (typeof action !== 'object') return true;
  return 'assign' in action ? typeof action.assign === 'function' : 'type' in action;
}

function assignmentsIn(
  action: ActionDefinition,
): readonly { readonly key: string; readonly path: string; readonly template: Json }[] {
  if (typeof action !== 'object' || !('assign' in action) || typeof action.assign === 'function') return [];
  return Object.entries(action.assign).map(([path, template]) => ({ key: path.split('.')[0]!, path, template }));
}

interface Gathered {
  readonly constants: Set<Json>;
  readonly paths: (readonly string[])[];
}

/** What is compared with what, in both directions; a value that is kept in the context is compared like its place there. */
function comparisonsIn(
  sources: readonly string[],
  context: { readonly [key: string]: Json },
  actions: readonly ActionDefinition[],
): ReadonlyMap<string, Comparisons> {
  const all = new Map<string, Gathered>();
  const of = (path: readonly string[]): Gathered => {
    const name = path.join('.');
    const known = all.get(name) ?? { constants: new Set(), paths: [] };
    all.set(name, known);
    return known;
  };
  const compare = (path: readonly string[] | undefined, other: Node): void => {
    if (path === undefined) return;
    const constant = constantOf(other);
    if (constant !== undefined) {
      if (constant.value !== undefined) of(path).constants.add(constant.value);
      return;
    }
    const otherPath = staticPath(other);
    if (otherPath === undefined) return;
    if (otherPath[0] === 'context') of(path).paths.push(otherPath.slice(1));
    // two unknown values are told apart by any numbers
    else for (const number of [1, 2]) of(path).constants.add(number);
  };
  for (const source of sources) {
    const syntax = syntaxOf(source);
    if (syntax === undefined) continue;
    for (const node of nodesIn(syntax)) {
      if (node.type !== 'BinaryExpression') continue;
      compare(staticPath(node.left), node.right);
      compare(staticPath(node.right), node.left);
    }
  }
  for (const { path, template } of actions.flatMap(assignmentsIn)) {
    const copied = copiedPath(template);
    const kept = all.get(`context.${path}`);
    if (copied === undefined || kept === undefined) continue;
    for (const constant of kept.constants) of(copied).constants.add(constant);
    for (const other of kept.paths) {
      const value = valueAt(context, other);
      if (value !== undefined) of(copied).constants.add(value);
    }
  }
  return all;
}

/** `event.data.amount` for `{{ event.data.amount }}`. */
function copiedPath(template: Json): readonly string[] | undefined {
  if (typeof template !== 'string') return undefined;
  const [source, ...others] = expressionsInTemplate(template);
  if (source === undefined || others.length > 0 || template.trim() !== `{{${source}}}`) return undefined;
  const syntax = syntaxOf(source);
  return syntax && staticPath(syntax);
}

export function valueAt(context: Json | undefined, keys: readonly string[]): Json | undefined {
  let value = context;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as { readonly [key: string]: Json })[key];
  }
  return value;
}

function eventReadsOf(transition: ChartTransition): readonly EventRead[] {
  const entries = transition.targets.flatMap(entryActions);
  const actions = [...transition.actions, ...entries];
  const templates = actions.flatMap((action) => (typeof action === 'object' ? expressionsInTemplate(action) : []));
  const guards = expressionsInGuard(transition.guard);
  return [...guards, ...templates].flatMap((source) => {
    const syntax = syntaxOf(source);
    if (syntax === undefined) return [];
    const literals = [...nodesIn(syntax)].flatMap((node) => {
      const value = node.type === 'Literal' ? constantOf(node)?.value : undefined;
      return typeof value === 'string' || typeof value === 'number' ? [value] : [];
    });
    return readsIn(syntax)
      .filter(({ path }) => path[0] === 'event')
      .map((read) => ({ ...read, literals }));
  });
}

/** What a target does on entry, with the children it enters by default. */
function entryActions(state: ChartState): readonly ActionDefinition[] {
  const inside = state.kind === 'parallel' ? state.children : state.defaults;
  const own = toList(state.definition.entry as ActionDefinition | undefined);
  return [...own, ...(state.kind === 'history' ? [] : inside.flatMap(entryActions))];
}
