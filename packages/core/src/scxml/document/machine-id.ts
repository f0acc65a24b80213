import { maxNameLength } from '../../definition/limits.ts';

/** What a machine is called whose document has no name. */
export const defaultId = 'machine';

/** The machine id for a name: legal, and none of a state's, because `#id` names a state. */
export function machineId(name: string, states: { has(id: string): boolean }): string {
  const legal = name.replace(/[^A-Za-z0-9._:-]+/g, '-').slice(0, maxNameLength - 8);
  if (legal === '') return machineId(defaultId, states);
  return states.has(legal) ? machineId(`${legal}-machine`, states) : legal;
}
