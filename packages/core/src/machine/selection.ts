import { guardFailed } from './failures.ts';
import type { Plan } from './plan.ts';
import { isLeaf, type StateNode, type Transition } from './state-node.ts';
import type { Step } from './step.ts';

/**
 * What may be taken in one configuration for one class of events, with guards not yet asked.
 * `undefined` stands for "nothing at all".
 */
export type Selection = Chain | Fork;

/** A state and its ancestors: the first transition whose guard passes. */
export interface Chain {
  readonly kind: 'chain';
  readonly transitions: readonly Transition[];
  /** What taking each of them means, once known. */
  readonly plans: (Plan | undefined)[];
}

/** Parallel regions: what each of them selects, or else the first of `fallback`, which belongs to the states around. */
export interface Fork {
  readonly kind: 'fork';
  readonly branches: readonly Selection[];
  readonly fallback: readonly Transition[];
  /** What taking a combination means, once known, by a hash of the combination. */
  readonly plans: Map<number, Plan>;
}

/**
 * The transitions an event may take: an inner state's before those around it. As in XState, the states around parallel
 * regions are asked only when no region takes the event.
 */
export function selectionForEvent(
  state: StateNode,
  active: ReadonlySet<StateNode>,
  descriptors: readonly string[],
): Selection | undefined {
  const own = descriptors.flatMap((descriptor) => state.transitions.get(descriptor) ?? []);
  if (isLeaf(state)) return chain(own);
  const inside = state.children
    .filter((child) => active.has(child))
    .map((child) => selectionForEvent(child, active, descriptors))
    .filter((selection) => selection !== undefined);
  if (inside.length > 1) return fork(inside, own);
  const only = inside[0];
  if (only === undefined) return chain(own);
  return only.kind === 'chain' ? chain([...only.transitions, ...own]) : fork(only.branches, [...only.fallback, ...own]);
}

/** The transitions that need no event: for each active leaf the first of its own and its ancestors' that passes. */
export function selectionWithoutEvent(leaves: readonly StateNode[]): Selection | undefined {
  const chains = leaves
    .map((leaf) => {
      const transitions: Transition[] = [];
      for (let state: StateNode | undefined = leaf; state !== undefined; state = state.parent) {
        transitions.push(...state.always);
      }
      return chain(transitions);
    })
    .filter((selection) => selection !== undefined);
  return chains.length > 1 ? fork(chains, []) : chains[0];
}

/**
 * SCXML: for every active leaf the first of its own and its ancestors' transitions, those of one state in document order
 * whatever their descriptors are.
 *
 * @param states The active states in document order.
 * @see https://www.w3.org/TR/scxml/#AlgorithmforSCXMLInterpretation selectTransitions
 */
export function selectionInDocumentOrder(
  states: readonly StateNode[],
  descriptors: readonly string[],
): Selection | undefined {
  const own = new Map(states.map((state) => [state, ofDescriptors(state, descriptors)]));
  const chains = states
    .filter(isLeaf)
    .map((leaf) => {
      const transitions: Transition[] = [];
      for (let state: StateNode | undefined = leaf; state !== undefined; state = state.parent) {
        transitions.push(...(own.get(state) ?? []));
      }
      return chain(transitions);
    })
    .filter((selection) => selection !== undefined);
  return chains.length > 1 ? fork(chains, []) : chains[0];
}

function ofDescriptors(state: StateNode, descriptors: readonly string[]): readonly Transition[] {
  const matching = new Set(descriptors.flatMap((descriptor) => state.transitions.get(descriptor) ?? []));
  return [...matching].sort((a, b) => a.index - b.index);
}

function chain(transitions: readonly Transition[]): Chain | undefined {
  if (transitions.length === 0) return undefined;
  const reachable = upToUnguarded(transitions);
  return { kind: 'chain', transitions: reachable, plans: new Array(reachable.length).fill(undefined) };
}

function fork(branches: readonly Selection[], fallback: readonly Transition[]): Fork {
  return { kind: 'fork', branches, fallback: upToUnguarded(fallback), plans: new Map() };
}

function upToUnguarded(transitions: readonly Transition[]): readonly Transition[] {
  const last = transitions.findIndex(isCertain);
  return last === -1 ? transitions : transitions.slice(0, last + 1);
}

/** Whether it is taken whenever it is asked. */
export function isCertain({ guard, before }: Transition): boolean {
  return guard === undefined && before === undefined;
}

/** Position of the first transition whose guard passes, or -1. */
export function firstPassing(transitions: readonly Transition[], step: Step): number {
  if (step.refused !== undefined) return firstOthers(transitions, step, step.refused);
  let index = 0;
  try {
    for (; index < transitions.length; index++) {
      const { guard } = transitions[index]!;
      if (guard === undefined || guard.test(step)) return index;
    }
  } catch (cause) {
    throw guardFailed(transitions[index]!.guard!.path, cause);
  }
  return -1;
}

/** The same among those whose `before` did not fail for this event. */
function firstOthers(transitions: readonly Transition[], step: Step, refused: ReadonlySet<string>): number {
  return transitions.findIndex(({ guard, path }) => {
    if (refused.has(path)) return false;
    try {
      return guard === undefined || guard.test(step);
    } catch (cause) {
      throw guardFailed(guard!.path, cause);
    }
  });
}

/** Adds the transitions a selection takes, in document order of the states that led to them. */
export function collect(selection: Selection, step: Step, chosen: Transition[]): void {
  if (selection.kind === 'chain') {
    addFirst(selection.transitions, step, chosen);
    return;
  }
  const before = chosen.length;
  for (const branch of selection.branches) collect(branch, step, chosen);
  if (chosen.length === before) addFirst(selection.fallback, step, chosen);
}

function addFirst(transitions: readonly Transition[], step: Step, chosen: Transition[]): void {
  const index = firstPassing(transitions, step);
  if (index === -1) return;
  const transition = transitions[index]!;
  // two leaves without an own eventless transition find the same one around them
  if (!chosen.includes(transition)) chosen.push(transition);
}
