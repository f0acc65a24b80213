import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** Transitions that stand behind others of which one is always taken when this one could be. */
export function shadowedGuards({ chart, structure }: Subject): readonly Finding[] {
  return chart.transitions.flatMap((transition): readonly Finding[] => {
    const reason = structure.dead.get(transition);
    if (reason?.kind !== 'shadowed') return [];
    const by = reason.by.map(({ path }) => path);
    const shown = by.length > 3 ? `${by.slice(0, 3).join(', ')} and ${by.length - 3} more` : by.join(', ');
    const event =
      transition.descriptor === undefined ? 'it could be taken' : `it could take \`${transition.descriptor}\``;
    return [
      {
        code: 'SHADOWED_GUARD',
        severity: 'error',
        evidence: 'proven',
        path: transition.path,
        message: `The transition is never taken: whenever ${event}, another one is taken before it (${shown}).`,
        hint:
          reason.by[0]?.source === transition.source
            ? 'Put the narrower guard first.'
            : 'An inner state is asked before the states around it: guard its transition, or remove this one.',
        states: [transition.source.path],
      },
    ];
  });
}
