import type { StateDefinition, TransitionDefinition } from '../../definition/definition.ts';
import { formatKey, formatPath } from '../../definition/path.ts';
import type { StateTree, TreeState } from '../../definition/state-tree.ts';
import { listOf } from './export-action.ts';
import type { Losses } from './losses.ts';

/**
 * A native machine asks the states around parallel regions only when no region takes the event. SCXML asks them for each
 * region that does not, and takes both transitions when one of them leaves no state. Warns where that can happen.
 */
export function reportDoubleTransitions({ states }: StateTree, losses: Losses): void {
  const reported = new Set<string>();
  for (const parallel of states) {
    if (parallel.kind !== 'parallel') continue;
    const around = [...outwards(parallel)].flatMap(answersOf);
    const inside = around.length === 0 ? [] : [...below(parallel)].flatMap(answersOf);
    for (const outer of around) {
      const rival = inside.find((inner) => (inner.stays || outer.stays) && overlap(inner.descriptor, outer.descriptor));
      if (rival === undefined || reported.has(outer.path)) continue;
      reported.add(outer.path);
      const message = `SCXML may take this transition besides the one at ${rival.path}; the native machine takes only that.`;
      losses.differs(
        outer.path,
        message,
        'Let the events differ, or guard the transition with the states of the regions.',
      );
    }
  }
}

interface Answer {
  readonly descriptor: string;
  readonly path: string;
  /** Whether one of its transitions leaves no state. */
  readonly stays: boolean;
}

function answersOf(state: TreeState): readonly Answer[] {
  const { on = {} } = state.definition as unknown as StateDefinition;
  return Object.entries(on).map(([descriptor, list]) => ({
    descriptor,
    path: `${formatPath(state.at)}.on${formatKey(descriptor)}`,
    stays: listOf<string | TransitionDefinition>(list).some(
      (item) => typeof item === 'object' && item.target === undefined,
    ),
  }));
}

function* outwards(state: TreeState): Generator<TreeState> {
  for (let around: TreeState | undefined = state; around !== undefined; around = around.parent) yield around;
}

function* below(state: TreeState): Generator<TreeState> {
  for (const child of state.children.values()) {
    yield child;
    yield* below(child);
  }
}

/** Whether one event can match both. */
function overlap(a: string, b: string): boolean {
  return covers(a, b) || covers(b, a);
}

function covers(wide: string, narrow: string): boolean {
  if (wide === '*' || wide === narrow) return true;
  if (!wide.endsWith('.*')) return false;
  const prefix = wide.slice(0, -2);
  return narrow === prefix || narrow.startsWith(`${prefix}.`);
}
