import { createRegistry, type Registry } from '@fsm/effects';
import type { MachineFile } from './machine-file.ts';

/** The built-in effect kinds, with the functions that a machine file brings along. */
export function registryFor({ functions }: MachineFile): Registry {
  return createRegistry(functions === undefined ? {} : { functions });
}
