import { isDescendant, type StateNode, type Transition } from './state-node.ts';
import { effectiveTargets, type HistoryLookup, historyDefaults } from './transition-domain.ts';

/** Which states a step enters, and in which of them the initial child is taken by default. */
export class EntrySet {
  readonly states = new Set<StateNode>();
  /** Compound states whose `initial` decided the child: its actions run. */
  readonly byDefault = new Set<StateNode>();
  /** States that are entered through one of their history states while it stands for its defaults. */
  readonly byHistory = new Map<StateNode, StateNode>();
  private readonly history: HistoryLookup;

  constructor(history: HistoryLookup) {
    this.history = history;
  }

  /**
   * `domain` is the one by which states were left: what history says may have changed since.
   *
   * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation computeEntrySet
   */
  addTransition({ source, targets, reenter }: Transition, domain: StateNode | undefined): void {
    // an atomic state that leads to itself: it is not left, and there is nothing inside to begin again
    if (targets.length === 0 || domain?.kind === 'atomic') return;
    for (const target of targets) {
      const stays = target === source && source === domain && !reenter;
      if (target.kind !== 'history' && !stays) this.states.add(target);
      this.addDescendants(target);
    }
    for (const target of effectiveTargets(targets, this.history)) {
      this.addAncestors(target, domain);
      if (domain?.kind === 'parallel') this.addMissingRegions(domain);
    }
  }

  /** Enters a state that nothing below has been chosen for yet. */
  addDescendants(state: StateNode): void {
    if (state.kind === 'history') this.addHistory(state);
    else if (state.kind === 'compound') this.addInitial(state);
    else if (state.kind === 'parallel') this.addMissingRegions(state);
  }

  private addInitial(state: StateNode): void {
    const { targets } = state.initial!;
    this.byDefault.add(state);
    for (const target of targets) {
      if (target.kind !== 'history') this.states.add(target);
      this.addDescendants(target);
    }
    for (const target of effectiveTargets(targets, this.history)) this.addAncestors(target, state);
  }

  private addHistory(history: StateNode): void {
    const recorded = this.history.of(history);
    const states = recorded ?? historyDefaults(history);
    if (recorded === undefined) this.byHistory.set(history.parent!, history);
    if (recorded === undefined && history.defaults.length === 0 && history.parent!.kind === 'compound') {
      this.byDefault.add(history.parent!);
    }
    for (const state of states) {
      this.states.add(state);
      this.addDescendants(state);
    }
    for (const state of states) this.addAncestors(state, history.parent);
  }

  /** Everything between a state and the ancestor that is active already. */
  private addAncestors(state: StateNode, upTo: StateNode | undefined): void {
    if (state === upTo) return;
    for (let ancestor = state.parent; ancestor !== undefined && ancestor !== upTo; ancestor = ancestor.parent) {
      this.states.add(ancestor);
      if (ancestor.kind === 'parallel') this.addMissingRegions(ancestor);
    }
  }

  private addMissingRegions(parallel: StateNode): void {
    for (const region of parallel.children) {
      if (this.hasInside(region)) continue;
      this.states.add(region);
      this.addDescendants(region);
    }
  }

  private hasInside(region: StateNode): boolean {
    for (const state of this.states) if (isDescendant(state, region)) return true;
    return false;
  }
}
