import type { ActionDefinition, GuardDefinition, Implementations } from '../definition/definition.ts';
import { isGuardName } from '../definition/name.ts';
import type { Chart } from './chart.ts';
import { actionsOf } from './data-flow.ts';

/** Names of guards and actions that a machine uses. */
export interface CodeNames {
  readonly guards: readonly string[];
  readonly actions: readonly string[];
}

/** The registered guards and actions a machine needs and does not have. */
export function missingCode(chart: Chart, { guards = {}, actions = {} }: Implementations): CodeNames {
  const missing = (names: readonly string[], known: object) =>
    [...new Set(names)].filter((name) => !Object.hasOwn(known, name));
  return {
    guards: missing(
      chart.transitions.flatMap(({ guard }) => guardNames(guard)),
      guards,
    ),
    actions: missing(chart.states.flatMap(actionsOf).flatMap(actionName), actions),
  };
}

function guardNames(guard: GuardDefinition | undefined): readonly string[] {
  if (guard === undefined || typeof guard === 'function') return [];
  if (typeof guard === 'string') return isGuardName(guard) ? [guard] : [];
  if ('type' in guard) return [guard.type];
  if ('and' in guard) return guard.and.flatMap(guardNames);
  if ('or' in guard) return guard.or.flatMap(guardNames);
  return 'not' in guard ? guardNames(guard.not) : [];
}

function actionName(action: ActionDefinition): readonly string[] {
  if (typeof action === 'string') return [action];
  return typeof action === 'object' && 'type' in action ? [action.type] : [];
}

/** Stands in for missing code where a machine is only checked, never run. */
export function withStubs({ guards, actions }: CodeNames, given: Implementations): Implementations {
  const stubs = <T>(names: readonly string[], stub: T) => Object.fromEntries(names.map((name) => [name, stub]));
  return {
    guards: { ...given.guards, ...stubs(guards, () => false) },
    actions: { ...given.actions, ...stubs(actions, () => undefined) },
  };
}
