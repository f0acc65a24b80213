import type fc from 'fast-check';
import type { MachineDefinition } from '../../definition/definition.ts';
import { isPlainObject } from '../../definition/plain.ts';
import { definitionOf, layoutOf, machineSpec } from '../../machine/testing/random-machine.ts';

/**
 * Random machines without registered actions, which let every moment differ from all others.
 *
 * @param free Without guards over the context too, but on eventless transitions: many of these can be explored wholly.
 */
export function randomDefinition(free: boolean): fc.Arbitrary<MachineDefinition> {
  return machineSpec({ invocations: true }).map((spec) => {
    const definition = plain(definitionOf(layoutOf(spec)), free, '') as MachineDefinition;
    return { ...definition, context: { a: 0, b: 1 } };
  });
}

const actionLists: ReadonlySet<string> = new Set(['actions', 'entry', 'exit']);

function callsCode(action: unknown): boolean {
  return typeof action === 'string' || (isPlainObject(action) && 'type' in action);
}

function plain(value: unknown, free: boolean, key: string): unknown {
  if (Array.isArray(value)) {
    const items = actionLists.has(key) ? value.filter((item) => !callsCode(item)) : value;
    return items.map((item) => plain(item, free, key));
  }
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, item]): [string, unknown][] => {
    if (free && name === 'guard' && key !== 'always' && JSON.stringify(item).includes('context')) return [];
    return [[name, plain(item, free, key === 'always' && !actionLists.has(name) ? key : name)]];
  });
  return Object.fromEntries(entries);
}
