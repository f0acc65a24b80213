import fc from 'fast-check';
import { compile } from '../machine.ts';
import { FeatureCount, notesOf } from './machine-features.ts';
import type { Layout } from './machine-layout.ts';
import {
  definitionOf,
  eventTypes,
  implementations,
  layoutOf,
  machineSpec,
  type RandomMachineOptions,
} from './random-machine.ts';
import { comparable } from './xstate-comparable.ts';
import { Comparison, type Happening, ourLimit, peerLimit } from './xstate-comparison.ts';
import { xstateMachineOf } from './xstate-machine.ts';

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...eventTypes).map((send) => ({ send })) },
  { weight: 2, arbitrary: fc.constant('timer' as const) },
  { weight: 1, arbitrary: fc.record({ outcome: fc.nat({ max: 9 }), fails: fc.boolean() }) },
);

/** Random machines with what happens to them, on both engines; gives what they had and what was exercised. */
export function assertAgreement(numRuns: number, options: RandomMachineOptions): FeatureCount {
  const counts = new FeatureCount();
  const noting = {
    ...implementations,
    actions: {
      ...implementations.actions,
      note: ({ params }: { params: unknown }) => void counts.note(params as readonly string[]),
    },
  };
  const compare = (layout: Layout, happenings: readonly Happening[]): void => {
    const definition = definitionOf(layout, { registered: true, notes: notesOf });
    const machine = compile(definition, { implementations: noting, maxMicrosteps: ourLimit });
    counts.add(layout);
    const comparison = new Comparison(machine, xstateMachineOf(layout, peerLimit), (before, after) =>
      counts.step(layout, before, after),
    );
    comparison.run(happenings);
  };
  fc.assert(
    fc.property(
      machineSpec(options).map((spec) => comparable(layoutOf(spec))),
      fc.array(happening, { minLength: 3, maxLength: 12 }),
      compare,
    ),
    { numRuns },
  );
  return counts;
}
