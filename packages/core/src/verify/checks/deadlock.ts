import { dependsOnMore } from '../data-flow.ts';
import type { ExploredState } from '../exploration.ts';
import type { Finding } from '../finding.ts';
import { describeLeaves, type Explored, offeredIn, type Subject } from '../subject.ts';

/** Configurations that are not final and that no event, timer or effect can ever change. */
export function deadlocks({ chart, explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const seen = new Set<string>();
  return explored.exploration.states.flatMap((state): readonly Finding[] => {
    const key = state.snapshot.configuration.join('\n');
    if (seen.has(key) || !isStuck(explored, state)) return [];
    seen.add(key);
    const [only, ...others] = state.snapshot.configuration;
    const place = others.length === 0 ? chart.byPath.get(only ?? '') : undefined;
    return [
      {
        code: 'DEADLOCK',
        severity: 'error',
        evidence: 'shown',
        path: place?.at ?? '$',
        message: `Nothing can ever happen in ${describeLeaves(state)}, which is not final.`,
        hint: 'Make the state `final` if this is the end; otherwise give it a way out.',
        steps: explored.exploration.stepsTo(state),
        states: state.snapshot.configuration,
      },
    ];
  });
}

function isStuck(explored: Explored, { snapshot, successors, expanded }: ExploredState): boolean {
  if (snapshot.status !== 'active' || !expanded || successors.length > 0) return false;
  if (snapshot.timers !== undefined || snapshot.invocations !== undefined) return false;
  // what no data tried took, others might
  return !offeredIn(explored, snapshot).some(
    ({ forbidden, guard, path }) =>
      !forbidden && (guard === undefined || dependsOnMore(explored.transitionAt(path)?.guard)),
  );
}
