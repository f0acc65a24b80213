import type { EffectDefinition, Implementations } from '../definition/definition.ts';
import type { StateNode } from './state-node.ts';

/** What compiling a guard or an action needs to know of the rest of the machine. */
export interface CompileScope {
  readonly implementations: Implementations;
  /** The state an `in` guard means: `#id`, `#id.child` or a path from the root. */
  reference(text: string): StateNode;
  /** All states in document order, not all of them compiled yet. */
  readonly nodes: readonly StateNode[];
  /** Makes an effect one of those of the state that is being compiled; `index` is its number there. */
  addEffect(effect: EffectDefinition): { readonly state: string; readonly index: number };
}
