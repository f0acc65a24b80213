import type { Machine } from '@fsm/core';
import { type Folded, foldLines } from '../engine/fold.ts';
import type { Instance } from '../engine/instance.ts';
import { whenReady } from '../engine/when-ready.ts';
import type { Store } from '../store/store.ts';
import type { NumberedLine } from './report.ts';

/** Reads the lines that an instance's plugins may not know, each with the states around it, from the journal alone. */
export function linesAgain(
  store: Store,
  machine: Machine,
  instance: Instance,
): () => readonly NumberedLine[] | Promise<readonly NumberedLine[]> {
  const { name, number, sequence, space } = instance;
  return () =>
    whenReady(store.lines(number, 1, sequence), (stored): readonly NumberedLine[] => {
      const again: NumberedLine[] = [];
      let folded: Folded | undefined;
      for (const one of stored) {
        const before = folded?.state;
        folded = foldLines(machine, space.id, name, folded, [one])!;
        if (one.sequence <= instance.reported) continue;
        const line = {
          tenant: space.id,
          instance: name,
          text: one.text,
          before,
          after: folded.state,
          again: true,
          kindOf: (path: string, index: number) => machine.effect(path, index).type,
        };
        again.push({ sequence: one.sequence, line });
      }
      return again;
    });
}
