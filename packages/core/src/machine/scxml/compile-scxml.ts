import type { Implementations, MachineDefinition } from '../../definition/definition.ts';
import type { CompileScope } from '../compile-scope.ts';
import { compileStates } from '../compile-states.ts';
import type { Rules } from '../rules.ts';
import type { StateNode } from '../state-node.ts';
import { ScxmlLanguage } from './language.ts';
import { ScxmlRules } from './rules.ts';

/**
 * Machines with `"semantics": "scxml"`: the same engine, with what the W3C recommendation does differently.
 *
 * - `language.ts`: guards and actions are ECMAScript over the data model (`content.ts`, `send.ts`); one that fails ends
 *   its block and raises `error.execution`, and the machine goes on.
 * - `rules.ts`: document order decides between transitions, event descriptors match by tokens, the domain of a transition
 *   is a compound state, data are initialised, invocations start when a macrostep ends.
 *
 * @see https://www.w3.org/TR/scxml/
 */
export function compileScxml(
  definition: MachineDefinition,
  implementations: Implementations,
): { readonly nodes: readonly StateNode[]; readonly rules: Rules } {
  let language: ScxmlLanguage | undefined;
  const speak = (scope: CompileScope) => {
    language = new ScxmlLanguage(definition, scope);
    return language;
  };
  const nodes = compileStates(definition, implementations, speak);
  return { nodes, rules: new ScxmlRules(definition, nodes, language!) };
}
