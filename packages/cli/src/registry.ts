import { createRegistry, type Registry } from '@fsm/effects';
import type { MachineFile } from './machine-file.ts';

/** The built-in effect kinds, with the functions and the HTTP settings that a machine file brings along. */
export function registryFor({ functions, http }: Pick<MachineFile, 'functions' | 'http'>): Registry {
  return createRegistry({ ...(functions && { functions }), ...(http && { http }) });
}
