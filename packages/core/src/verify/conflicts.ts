import type { MachineEvent } from '../definition/definition.ts';
import { FsmError } from '../error.ts';
import type { CompiledMachine } from '../machine/compiled-machine.ts';
import { collect, type Selection } from '../machine/selection.ts';
import type { Snapshot } from '../machine/snapshot.ts';
import type { Transition } from '../machine/state-node.ts';
import { Step } from '../machine/step.ts';
import { HistoryLookup, withoutConflicts } from '../machine/transition-domain.ts';
import type { ExploredState } from './exploration.ts';
import { type Conflict, selectable } from './subject.ts';

type Pair = readonly [Transition, Transition];

/** Watches the exploration for events of which parallel regions want different things. */
export class ConflictWatch {
  private readonly machine: CompiledMachine;
  private readonly pairs = new WeakMap<Selection, readonly Pair[]>();
  private readonly found = new Map<string, Conflict>();

  constructor(machine: CompiledMachine) {
    this.machine = machine;
  }

  /** In the order of discovery. */
  get conflicts(): readonly Conflict[] {
    return [...this.found.values()];
  }

  look(state: ExploredState, event: MachineEvent): void {
    const configuration = this.machine.configurationOf(state.snapshot);
    const selection = this.machine.selection(configuration, event.type);
    if (selection?.kind !== 'fork') return;
    let pairs = this.pairs.get(selection);
    if (pairs === undefined) {
      pairs = this.pairsOf(selection, state);
      this.pairs.set(selection, pairs);
    }
    if (pairs.length === 0) return;
    const { chosen, kept } = this.decide(selection, state, event);
    for (const [taken, dropped] of pairs) {
      const key = `${taken.path} ${dropped.path}`;
      const shows = kept.has(taken) && chosen.has(dropped) && !kept.has(dropped);
      if (this.found.get(key)?.event !== undefined || (!shows && this.found.has(key))) continue;
      this.found.set(key, {
        taken: taken.path,
        dropped: dropped.path,
        state,
        event: shows ? event : undefined,
        type: event.type,
      });
    }
  }

  /** Transitions of different regions of which one gives way to the other. */
  private pairsOf(selection: Selection, { snapshot }: ExploredState): readonly Pair[] {
    if (selection.kind === 'chain') return [];
    const { states } = this.machine.configurationOf(snapshot);
    const branches = selection.branches.map((branch) => selectable(branch).filter(({ forbidden }) => !forbidden));
    const pairs: Pair[] = selection.branches.flatMap((branch) => this.pairsOf(branch, { snapshot } as ExploredState));
    for (const [index, branch] of branches.entries()) {
      for (const a of branch) {
        for (const b of branches.slice(index + 1).flat()) {
          const kept = withoutConflicts([a, b], states, this.historyOf(snapshot), this.machine.rules.domainOf);
          if (kept.length === 1) pairs.push(kept[0]!.transition === a ? [a, b] : [b, a]);
        }
      }
    }
    return pairs;
  }

  /** What the regions choose for the event, and what of that can be taken together. */
  private decide(selection: Selection, { snapshot, now }: ExploredState, event: MachineEvent) {
    const { states } = this.machine.configurationOf(snapshot);
    const chosen: Transition[] = [];
    const step = new Step(snapshot, this.machine.configurationOf(snapshot), snapshot.context, event, { now });
    try {
      collect(selection, step, chosen);
    } catch (error) {
      // a guard that fails refuses the event; the exploration meets and reports it
      if (!FsmError.is(error)) throw error;
      chosen.length = 0;
    }
    const moves = withoutConflicts(chosen, states, this.historyOf(snapshot), this.machine.rules.domainOf);
    return { chosen: new Set(chosen), kept: new Set(moves.map(({ transition }) => transition)) };
  }

  private historyOf({ history }: Snapshot): HistoryLookup {
    const { configurations } = this.machine;
    return new HistoryLookup((state) => configurations.recorded(state, history));
  }
}
