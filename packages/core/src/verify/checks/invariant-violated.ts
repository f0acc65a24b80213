import { FsmError } from '../../error.ts';
import type { ExploredState } from '../exploration.ts';
import type { Finding } from '../finding.ts';
import type { Invariant, InvariantMoment } from '../invariant.ts';
import { ancestry } from '../state-key.ts';
import type { Subject } from '../subject.ts';

/** Invariants that do not hold in a state that was reached; of each the first, which is one of the nearest. */
export function violatedInvariants({ invariants, explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const { exploration, machine } = explored;
  const remembered = rememberedBy(invariants);
  const moments = exploration.states.map((state) => ({ state, moment: momentOf(state, remembered) }));
  return invariants.flatMap((invariant): readonly Finding[] => {
    for (const { state, moment } of moments) {
      const wrong = whyWrong(invariant, { ...moment, tags: machine.tags(state.snapshot) });
      if (wrong === undefined) continue;
      return [
        {
          code: 'INVARIANT_VIOLATED',
          severity: 'error',
          evidence: 'shown',
          path: invariant.path,
          message: `The invariant "${invariant.name}" ${wrong} in ${state.snapshot.configuration.join(', ')}.`,
          hint: 'Follow the steps: one of them must not be possible, or the invariant is too strict.',
          steps: exploration.stepsTo(state),
          states: state.snapshot.configuration,
        },
      ];
    }
    return [];
  });
}

/** Paths of the states of which the exploration remembers whether they were entered. */
export function rememberedBy(invariants: readonly Invariant[]): readonly string[] {
  return [...new Set(invariants.flatMap(({ entered }) => entered))];
}

function momentOf({ snapshot, entered }: ExploredState, remembered: readonly string[]): Omit<InvariantMoment, 'tags'> {
  return {
    snapshot,
    active: new Set(snapshot.configuration.flatMap(ancestry)),
    entered: new Set(remembered.filter((_, index) => (entered >> BigInt(index)) & 1n)),
  };
}

function whyWrong(invariant: Invariant, moment: InvariantMoment): string | undefined {
  try {
    return invariant.holds(moment) ? undefined : 'does not hold';
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    return `cannot be computed (${error.message})`;
  }
}
