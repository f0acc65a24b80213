import type { ChartState } from '../chart.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** States that no instance can ever be in. Of states inside one another only the outermost is named. */
export function unreachableStates({ chart, structure, explored }: Subject): readonly Finding[] {
  const entered = explored?.exploration.firstEntered;
  const missed = (state: ChartState) => !structure.reached.has(state) || entered?.has(state.path) === false;
  return chart.states
    .filter((state) => state.kind !== 'history' && state.parent !== undefined && missed(state) && !missed(state.parent))
    .map((state): Finding => {
      const about = { code: 'UNREACHABLE_STATE' as const, path: state.at, states: [state.path] };
      if (structure.reached.has(state) && explored?.exhaustive === false) {
        return {
          ...about,
          severity: 'info',
          evidence: 'possible',
          message: `The state "${state.path}" was not reached within the bound.`,
          hint: 'Raise the bound, or give data that lead there.',
        };
      }
      return {
        ...about,
        severity: 'error',
        evidence: 'proven',
        message: `The state "${state.path}" can never be reached.`,
        hint: 'Lead a transition to it, or remove it.',
      };
    });
}
