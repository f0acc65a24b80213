import { isDescendant, isLeaf, type StateNode, type Transition } from './state-node.ts';

/** What history states stand for in one step, and whether anybody asked: an answer that depends on the past must not be remembered. */
export class HistoryLookup {
  private readonly past: (history: StateNode) => readonly StateNode[] | undefined;
  private readonly fresh: ReadonlyMap<StateNode, readonly StateNode[]>;
  consulted = false;

  /** `fresh` is recorded by the step itself. */
  constructor(
    past: (history: StateNode) => readonly StateNode[] | undefined,
    fresh: ReadonlyMap<StateNode, readonly StateNode[]> = new Map(),
  ) {
    this.past = past;
    this.fresh = fresh;
  }

  of(history: StateNode): readonly StateNode[] | undefined {
    const fresh = this.fresh.get(history);
    if (fresh !== undefined) return fresh;
    this.consulted = true;
    return this.past(history);
  }
}

/** What the history states of the states that are left record: taken before anything is left. */
export function recordHistory(
  exited: readonly StateNode[],
  active: readonly StateNode[],
): ReadonlyMap<StateNode, readonly StateNode[]> {
  const records = new Map<StateNode, readonly StateNode[]>();
  for (const parent of exited) {
    for (const history of parent.histories) {
      const remembers = (state: StateNode) =>
        history.history === 'deep' ? isLeaf(state) && isDescendant(state, parent) : state.parent === parent;
      records.set(history, active.filter(remembers));
    }
  }
  return records;
}

/** The states a history state leads to when nothing is recorded. */
export function historyDefaults(history: StateNode): readonly StateNode[] {
  if (history.defaults.length > 0) return history.defaults;
  const parent = history.parent!;
  return parent.kind === 'parallel' ? [parent] : parent.initial!.targets;
}

/** The targets with history states replaced by what they stand for. */
export function effectiveTargets(targets: readonly StateNode[], history: HistoryLookup): ReadonlySet<StateNode> {
  const effective = new Set<StateNode>();
  for (const target of targets) {
    if (target.kind !== 'history') {
      effective.add(target);
      continue;
    }
    const states = history.of(target) ?? effectiveTargets(historyDefaults(target), history);
    for (const state of states) effective.add(state);
  }
  return effective;
}

/**
 * The state whose descendants a transition leaves: the source itself when the targets lie in it and it is not
 * re-entered, otherwise the nearest ancestor of source and targets, parallel states included. `undefined` is the place
 * around the root: the root itself is left and entered again.
 *
 * This is XState v5's rule.
 */
export function nearestDomain(transition: Transition, history: HistoryLookup): StateNode | undefined {
  const { source, reenter } = transition;
  const targets = [...effectiveTargets(transition.targets, history)];
  if (!reenter && targets.every((target) => target === source || isDescendant(target, source))) return source;
  for (let ancestor = (targets[0] ?? source).parent; ancestor !== undefined; ancestor = ancestor.parent) {
    const around = ancestor;
    if (isDescendant(source, around) && targets.every((target) => isDescendant(target, around))) return around;
  }
  return reenter ? undefined : rootOf(source);
}

/**
 * SCXML's rule: the source itself when it is compound, the targets lie in it and the transition is internal; otherwise
 * the nearest compound ancestor of source and targets. Parallel states on the way are left and entered again.
 *
 * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation getTransitionDomain
 */
export function compoundDomain(transition: Transition, history: HistoryLookup): StateNode | undefined {
  const { source, reenter } = transition;
  const targets = [...effectiveTargets(transition.targets, history)];
  const inside = (state: StateNode) => targets.every((target) => isDescendant(target, state));
  if (!reenter && source.kind === 'compound' && inside(source)) return source;
  for (let ancestor = source.parent; ancestor !== undefined; ancestor = ancestor.parent) {
    if (ancestor.kind === 'compound' && inside(ancestor)) return ancestor;
  }
  return rootOf(source);
}

/** Which state a transition leaves the descendants of; `undefined` is the place around the root. */
export type DomainRule = typeof nearestDomain;

function rootOf(node: StateNode): StateNode {
  let root = node;
  while (root.parent !== undefined) root = root.parent;
  return root;
}

/** A transition that is going to be taken, with the place it moves in. */
export interface Move {
  readonly transition: Transition;
  readonly domain: StateNode | undefined;
  /** The active states it leaves, in document order. */
  readonly exits: readonly StateNode[];
}

function moveOf(
  transition: Transition,
  active: readonly StateNode[],
  history: HistoryLookup,
  domainOf: DomainRule,
): Move {
  const domain = domainOf(transition, history);
  const exits = transition.targets.length === 0 ? [] : active.filter((state) => isDescendant(state, domain));
  return { transition, domain, exits };
}

/**
 * The moves of transitions that were selected together. Of those that would leave the same state, the one whose source
 * lies deeper is kept, or else the earlier one.
 *
 * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation removeConflictingTransitions
 */
export function withoutConflicts(
  transitions: readonly Transition[],
  active: readonly StateNode[],
  history: HistoryLookup,
  domainOf: DomainRule,
): readonly Move[] {
  let kept: Move[] = [];
  for (const transition of transitions) {
    const move = moveOf(transition, active, history, domainOf);
    const rivals = kept.filter((other) => other.exits.some((state) => move.exits.includes(state)));
    if (rivals.some((rival) => !isDescendant(transition.source, rival.transition.source))) continue;
    kept = [...kept.filter((other) => !rivals.includes(other)), move];
  }
  return kept;
}
