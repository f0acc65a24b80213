import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** Regions that take the same event with transitions that would leave the same states: one of them is not taken. */
export function regionConflicts({ explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  const { conflicts, exploration, transitionAt } = explored;
  return conflicts.map(({ taken, dropped, state, event, type }): Finding => {
    const sources = [taken, dropped].flatMap((path) => transitionAt(path)?.source.path ?? []);
    const may = event === undefined ? 'may both take' : 'both take';
    return {
      code: 'REGION_CONFLICT',
      severity: 'warning',
      evidence: event === undefined ? 'possible' : 'shown',
      path: dropped,
      message: `"${sources[0]}" and "${sources[1]}" ${may} \`${type}\`, but only one of the transitions can be: ${taken} wins.`,
      hint: 'Let one state take the event, or let the transitions stay within their regions.',
      ...(event && { steps: [...exploration.stepsTo(state), { event }] }),
      states: sources,
    };
  });
}
