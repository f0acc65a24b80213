import { components } from '../components.ts';
import { dependsOnMore, dependsOnState } from '../data-flow.ts';
import type { ExploredState, Successor } from '../exploration.ts';
import type { Finding } from '../finding.ts';
import { canEnd } from '../structure.ts';
import { describeLeaves, type Explored, offeredIn, type Subject } from '../subject.ts';

/**
 * States that go on for ever among themselves: with no way to the end that the machine has, or, in a machine without
 * end, by timers and effects alone so that no event from outside is ever taken again.
 */
export function livelocks({ chart, structure, explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const ends = canEnd(chart, structure.reached);
  const { states } = explored.exploration;
  return components(states, ({ successors }) => successors.map(({ to }) => to)).flatMap(
    (component): readonly Finding[] => {
      const members = component.toSorted((a, b) => a.index - b.index);
      if (!isTrap(members, ends)) return [];
      const automatic = members.every(({ successors }) => successors.every((each) => each.automatic));
      if (!ends && !automatic) return [];
      const open = members.some((state) => couldLeave(explored, state));
      if (open && !ends) return [];
      const first = members[0]!;
      const names = [...new Set(members.flatMap(({ snapshot }) => snapshot.configuration))];
      const [only] = first.snapshot.configuration;
      const place = first.snapshot.configuration.length === 1 ? chart.byPath.get(only ?? '') : undefined;
      const circle = members.length === 1 ? describeLeaves(first) : `${names.length} states (${list(names)})`;
      return [
        {
          code: 'LIVELOCK',
          severity: ends && !open ? 'error' : 'warning',
          evidence: open ? 'possible' : 'shown',
          path: place?.at ?? '$',
          message: ends
            ? `From ${describeLeaves(first)} on, the machine goes round in ${circle} and can${open ? ' perhaps' : ''} never reach its end.`
            : `From ${describeLeaves(first)} on, the machine goes round in ${circle} by itself and never takes an event again.`,
          hint: ends
            ? 'Give one of these states a way that leads to a final state.'
            : 'Let one of these states take an event, or come to an end.',
          steps: explored.exploration.stepsTo(first),
          states: names,
        },
      ];
    },
  );
}

/** A circle that nothing leaves. In a machine that has an end, failing is none. */
function isTrap(members: readonly ExploredState[], ends: boolean): boolean {
  const inside = new Set(members);
  if (members.some(({ expanded, snapshot }) => !expanded || snapshot.status !== 'active')) return false;
  const leaves = ({ to }: Successor) => !inside.has(to) && !(ends && to.snapshot.status === 'error');
  if (members.some(({ successors }) => successors.some(leaves))) return false;
  return members.some(({ successors }) => successors.some(({ to }) => inside.has(to)));
}

/** Whether data that nobody tried, or another order of timers, could lead out. */
function couldLeave(explored: Explored, { snapshot }: ExploredState): boolean {
  const { exploration, effectsDecide, transitionAt } = explored;
  if (exploration.ranSideBySide || (effectsDecide && snapshot.invocations !== undefined)) return true;
  return offeredIn(explored, snapshot).some(({ path, forbidden }) => {
    const guard = transitionAt(path)?.guard;
    if (forbidden || !dependsOnMore(guard)) return false;
    // the same data are tried everywhere, so a guard over them alone that passed somewhere was tried here too
    return !exploration.firstTaken.has(path) || dependsOnState(guard);
  });
}

function list(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')}, …` : names.join(', ');
}
