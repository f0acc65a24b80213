import type { EffectDefinition, MachineEvent } from '../definition/definition.ts';
import type { CompiledMachine } from '../machine/compiled-machine.ts';
import type { Selection } from '../machine/selection.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Transition } from '../machine/state-node.ts';
import type { Chart, ChartTransition } from './chart.ts';
import type { Exploration, ExploredState } from './exploration.ts';
import type { Invariant } from './invariant.ts';
import type { Structure } from './structure.ts';

/** What the checks look at. */
export interface Subject {
  readonly chart: Chart;
  readonly structure: Structure;
  readonly mayFail: (effect: EffectDefinition) => boolean;
  /** Absent when only the definition can be looked at. */
  readonly explored: Explored | undefined;
  readonly invariants: readonly Invariant[];
  /** Also say where events are not handled. */
  readonly unhandledByState: boolean;
}

export interface Explored {
  readonly machine: CompiledMachine;
  readonly exploration: Exploration;
  /** Every configuration that can be reached was. */
  readonly exhaustive: boolean;
  readonly eventTypes: readonly string[];
  readonly conflicts: readonly Conflict[];
  /** Decisions depend on the context, and running effects may write there. */
  readonly effectsDecide: boolean;
  /** A transition as the definition has it. */
  transitionAt(path: string): ChartTransition | undefined;
}

/** Transitions of two regions that an event selects together and of which one gives way. */
export interface Conflict {
  readonly taken: string;
  readonly dropped: string;
  readonly state: ExploredState;
  /** An event for which both guards pass; absent when none was found. */
  readonly event: MachineEvent | undefined;
  readonly type: string;
}

/** The transitions an event may take in a configuration, if their guards pass. */
export function selectable(selection: Selection | undefined): readonly Transition[] {
  if (selection === undefined) return [];
  if (selection.kind === 'chain') return selection.transitions;
  return [...selection.branches.flatMap(selectable), ...selection.fallback];
}

/** The transitions that events from outside, or none, could take now. */
export function offeredIn({ machine, eventTypes }: Explored, snapshot: Snapshot): readonly Transition[] {
  const configuration = machine.configurationOf(snapshot);
  return [
    ...eventTypes.flatMap((type) => selectable(machine.selection(configuration, type))),
    ...selectable(machine.eventless(configuration)),
  ];
}

export function describeLeaves(state: ExploredState): string {
  return state.snapshot.configuration.map((path) => `"${path}"`).join(', ');
}
