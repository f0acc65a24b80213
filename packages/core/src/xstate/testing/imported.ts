import { expect } from 'vitest';
import type { MachineDefinition, StateDefinition } from '../../definition/definition.ts';
import { importXState, type XStateMeanings } from '../import.ts';

/** The definition, which must be complete: no problems. */
export function imported(config: unknown, meanings?: XStateMeanings): MachineDefinition {
  const { definition, problems } = importXState(config, meanings);
  expect(problems).toEqual([]);
  return definition;
}

/** The state `a` of a machine with the states `a` and `b`. */
export function importedState(state: object, meanings?: XStateMeanings): StateDefinition | undefined {
  return imported({ id: 'm', initial: 'a', states: { a: state, b: {} } }, meanings).states?.a;
}

export function problemsOf(config: unknown): string[] {
  return importXState(config).problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}
