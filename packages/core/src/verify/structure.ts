import { type Chart, type ChartState, type ChartTransition, covers } from './chart.ts';
import { and, type Formula, guardFormula, not } from './formula.ts';
import { isSatisfiable } from './satisfiable.ts';

/** Why a transition can never be taken, as far as the definition alone tells. */
export type DeadReason =
  | { readonly kind: 'guard' }
  | { readonly kind: 'shadowed'; readonly by: readonly ChartTransition[] }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'source' };

/** What follows from the definition alone, whatever the data: reached is what might be, dead is what cannot be. */
export interface Structure {
  readonly reached: ReadonlySet<ChartState>;
  readonly dead: ReadonlyMap<ChartTransition, DeadReason>;
}

export function structureOf(chart: Chart): Structure {
  const dead = new Map<ChartTransition, DeadReason>();
  for (const transition of chart.transitions) {
    const reason = deadByGuards(chart, transition);
    if (reason !== undefined) dead.set(transition, reason);
  }
  const reached = reach(chart, dead);
  for (const transition of chart.transitions) {
    if (dead.has(transition)) continue;
    if (!reached.has(transition.source)) dead.set(transition, { kind: 'source' });
    else if (isIncomplete(chart, transition, reached)) dead.set(transition, { kind: 'incomplete' });
  }
  return { reached, dead };
}

/** More than can be reached: guards over data are taken to pass. */
function reach(chart: Chart, dead: ReadonlyMap<ChartTransition, DeadReason>): ReadonlySet<ChartState> {
  const reached = new Set<ChartState>();
  // a state that is reached on the way to one inside it has not chosen its own children yet
  const entered = new Set<ChartState>();
  const enter = (state: ChartState): void => {
    if (entered.has(state)) return;
    entered.add(state);
    reached.add(state);
    for (let around = state.parent; around !== undefined; around = around.parent) {
      const known = reached.has(around);
      reached.add(around);
      if (around.kind === 'parallel') for (const region of regionsOf(around)) enter(region);
      if (known) break;
    }
    if (state.kind === 'compound') for (const child of state.defaults) enter(child);
    if (state.kind === 'parallel') for (const region of regionsOf(state)) enter(region);
    if (state.kind === 'history') for (const target of historyDefaults(state)) enter(target);
  };
  enter(chart.root);
  for (let before = -1; before !== reached.size; ) {
    before = reached.size;
    for (const transition of chart.transitions) {
      if (dead.has(transition) || !reached.has(transition.source)) continue;
      if (isIncomplete(chart, transition, reached)) continue;
      for (const target of transition.targets) {
        enter(target);
        // entered without its default: another target, or history, may have chosen the child
        if (target.kind === 'history') enter(target.parent!);
      }
    }
  }
  return reached;
}

function historyDefaults(history: ChartState): readonly ChartState[] {
  return history.defaults.length > 0 ? history.defaults : [history.parent!];
}

function regionsOf(state: ChartState): readonly ChartState[] {
  return state.children.filter((child) => child.kind !== 'history');
}

/** Whether it waits for a completion that never comes. In SCXML anybody may send such an event. */
function isIncomplete(chart: Chart, { trigger, source }: ChartTransition, reached: ReadonlySet<ChartState>): boolean {
  return trigger === 'completion' && !chart.scxml && !canComplete(source, reached);
}

function canComplete(state: ChartState, reached: ReadonlySet<ChartState>): boolean {
  if (state.kind === 'final') return reached.has(state);
  if (state.kind === 'compound') return state.children.some((child) => child.kind === 'final' && reached.has(child));
  return state.kind === 'parallel' && regionsOf(state).every((region) => canComplete(region, reached));
}

/** Whether an instance can come to its end, as far as the definition alone tells. */
export function canEnd(chart: Chart, reached: ReadonlySet<ChartState>): boolean {
  return canComplete(chart.root, reached);
}

function deadByGuards(chart: Chart, transition: ChartTransition): DeadReason | undefined {
  const { source, guard, descriptor } = transition;
  const known = knownOf(descriptor);
  const formula = guardFormula(guard, source, chart);
  if (!isSatisfiable(formula, known)) return { kind: 'guard' };
  const before = earlierIn(source, transition, chart.scxml);
  const by = shadowing(chart, source, before, transition, formula, known);
  return by === undefined ? undefined : { kind: 'shadowed', by };
}

/** What the guards of an event's transitions can rely on. */
function knownOf(descriptor: string | undefined): ReadonlyMap<string, unknown> {
  if (descriptor === undefined || descriptor === '*' || descriptor.endsWith('.*')) return new Map();
  return new Map([['event.type', descriptor]]);
}

/** The transitions of the state itself that are asked before. */
function earlierIn(source: ChartState, transition: ChartTransition, scxml: boolean): readonly ChartTransition[] {
  const before = source.transitions.slice(0, source.transitions.indexOf(transition)).filter(isTaken);
  // natively a more exact descriptor goes first, so only those of the same one are certain to be asked before
  return before.filter(({ descriptor }) =>
    scxml && descriptor !== undefined && transition.descriptor !== undefined
      ? scxmlCovers(descriptor, transition.descriptor)
      : descriptor === transition.descriptor,
  );
}

/** SCXML: `a` takes `a.b` as well. */
function scxmlCovers(wide: string, narrow: string): boolean {
  const stem = (descriptor: string) => descriptor.replace(/\.?\*$/, '');
  return stem(wide) === '' || stem(narrow) === stem(wide) || stem(narrow).startsWith(`${stem(wide)}.`);
}

/**
 * The transitions of which, wherever below the source the machine is, one is always taken when this one could be.
 * Inner states are asked first; a region that takes the event keeps the states around from being asked.
 */
function shadowing(
  chart: Chart,
  state: ChartState,
  asked: readonly ChartTransition[],
  transition: ChartTransition,
  formula: Formula,
  known: ReadonlyMap<string, unknown>,
): readonly ChartTransition[] | undefined {
  if (asked.length > 0) {
    const others = asked.map((each) => not(guardFormula(each.guard, each.source, chart)));
    if (!isSatisfiable(and(formula, ...others), known)) return asked;
  }
  const children = regionsOf(state);
  if (children.length === 0) return undefined;
  const inside = children.map((child) => {
    const own = child.transitions.filter((each) => isAskedBefore(each, transition, chart.scxml));
    return shadowing(chart, child, [...own, ...asked], transition, formula, known);
  });
  const shadowed = inside.filter((by) => by !== undefined);
  // eventless, and in SCXML all, transitions are looked for by every region on its own
  const enough = state.kind === 'parallel' && !chart.scxml && transition.descriptor !== undefined ? 1 : children.length;
  return shadowed.length >= enough ? [...new Set(shadowed.flat())] : undefined;
}

/** With an effect before it, a transition may not be taken although its guard is true. */
export function isTaken({ definition }: ChartTransition): boolean {
  return definition.before === undefined;
}

function isAskedBefore(inner: ChartTransition, outer: ChartTransition, scxml: boolean): boolean {
  if (!isTaken(inner)) return false;
  if (inner.descriptor === undefined || outer.descriptor === undefined) return inner.descriptor === outer.descriptor;
  return scxml ? scxmlCovers(inner.descriptor, outer.descriptor) : covers(inner.descriptor, outer.descriptor);
}
