import type { CompiledMachine } from './compiled-machine.ts';
import type { Configuration } from './configuration.ts';
import { isCertain, type Selection } from './selection.ts';
import type { StateNode, Transition } from './state-node.ts';

/** XState's nested form of a configuration: `"closed"`, or `{ "application": "review", "offer": { "sent": "open" } }`. */
export type StateValue = string | { readonly [key: string]: StateValue };

export function stateValue(configuration: Configuration, root: StateNode): StateValue {
  return nested(root, new Set(configuration.states));
}

function nested(state: StateNode, active: ReadonlySet<StateNode>): StateValue {
  const children = state.children.filter((child) => active.has(child));
  const only = children[0];
  if (state.kind === 'compound' && only !== undefined && only.children.length === 0) return only.key;
  return Object.fromEntries(children.map((child) => [child.key, nested(child, active)]));
}

/** Tags of all active states, each once, in document order. */
export function activeTags(configuration: Configuration): readonly string[] {
  return [...new Set(configuration.states.flatMap((state) => state.tags))];
}

/**
 * The descriptors an author wrote that could take an event now, guards permitting, in document order from the inside
 * out. Events of the engine itself are left out, and so are those that an inner state forbids.
 */
export function nextEvents(machine: CompiledMachine, configuration: Configuration): readonly string[] {
  const descriptors = new Set<string>();
  for (const state of configuration.states.toReversed()) {
    for (const descriptor of Object.keys(state.definition.on ?? {})) {
      if (!/^(?:done|error|fsm)\./.test(descriptor)) descriptors.add(descriptor);
    }
  }
  return [...descriptors].filter((descriptor) => {
    // a wildcard stands for a type that nothing else names
    const selection = machine.selection(configuration, descriptor);
    return selection !== undefined && reachable(selection).some((transition) => !transition.forbidden);
  });
}

function reachable(selection: Selection): readonly Transition[] {
  if (selection.kind === 'chain') return selection.transitions;
  const inside = selection.branches.flatMap(reachable);
  // a region that always takes the event keeps the states around from being asked
  return inside.some(isCertain) ? inside : [...inside, ...selection.fallback];
}
