import type { MachineDefinition } from '../definition/definition.ts';
import { type MachineRead, type MachineReads, readsOfMachine } from './machine-reads.ts';

/**
 * What of a machine's data can make a difference to the states it goes through. A counter that only a log shows does
 * not; leaving it out is what makes the state space of most machines finite.
 */
export interface Relevance extends MachineReads {
  /** Context keys that decide, directly or through others; `'all'` when code may read anything. */
  readonly context: ReadonlySet<string> | 'all';
  /** The reads that decide, or whose value reaches a key that does. */
  readonly deciding: readonly MachineRead[];
}

const known = new WeakMap<MachineDefinition, Relevance>();

export function relevanceOf(definition: MachineDefinition): Relevance {
  const before = known.get(definition);
  if (before !== undefined) return before;
  const reads = readsOfMachine(definition);
  const relevance =
    reads.opaque.length > 0 ? { ...reads, context: 'all' as const, deciding: reads.reads } : traced(reads);
  known.set(definition, relevance);
  return relevance;
}

function traced(machine: MachineReads): Relevance {
  const context = new Set<string>();
  const decides = (read: MachineRead) => read.assigns === undefined || context.has(read.assigns);
  for (let size = -1; size !== context.size; ) {
    size = context.size;
    for (const read of machine.reads) {
      if (read.keys[0] !== 'context' || !decides(read)) continue;
      if (read.keys.length === 1) return { ...machine, context: 'all', deciding: machine.reads };
      context.add(read.keys[1]!);
    }
  }
  return { ...machine, context, deciding: machine.reads.filter(decides) };
}
