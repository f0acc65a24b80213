import type { ChartTransition } from '../chart.ts';
import type { Finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** Transitions that can never be taken, but for those that stand behind others and those of unreachable states. */
export function deadTransitions({ chart, structure, explored, mayFail }: Subject): readonly Finding[] {
  const findings: Finding[] = [];
  for (const transition of chart.transitions) {
    const reason = structure.dead.get(transition);
    const about = { code: 'DEAD_TRANSITION' as const, path: transition.path, states: [transition.source.path] };
    if (reason?.kind === 'guard') {
      findings.push({
        ...about,
        severity: 'error',
        evidence: 'proven',
        message: `The transition of "${nameOf(transition)}" is never taken: its guard is never true.`,
        hint: 'Look for conditions that exclude each other.',
      });
    }
    if (reason?.kind === 'incomplete') {
      findings.push({
        ...about,
        severity: 'error',
        evidence: 'proven',
        message: `The \`onDone\` of "${nameOf(transition)}" is never taken: the state never reaches its final states.`,
        hint: 'Lead transitions inside the state to a child of type `final`, in every region of a parallel state.',
      });
    }
    if (reason !== undefined || explored === undefined || transition.forbidden) continue;
    const { firstTaken, firstEntered } = explored.exploration;
    if (firstTaken.has(transition.path) || !firstEntered.has(transition.source.path)) continue;
    if (transition.trigger === 'error' && !canFail(transition, mayFail)) continue;
    findings.push(
      explored.exhaustive
        ? {
            ...about,
            severity: 'error',
            evidence: 'proven',
            message: `The transition of "${nameOf(transition)}" is never taken in any configuration the machine can reach.`,
            hint: 'Look at what the states around and beside it take first, or remove it.',
          }
        : {
            ...about,
            severity: 'info',
            evidence: 'possible',
            message: `The transition of "${nameOf(transition)}" was not taken within the bound.`,
            hint: 'Raise the bound, or give data for which its guard passes.',
          },
    );
  }
  return findings;
}

function canFail({ source, descriptor }: ChartTransition, mayFail: Subject['mayFail']): boolean {
  return source.invocations.some(({ id, effect }) => descriptor === `error.invoke.${id}` && mayFail(effect));
}

function nameOf({ source }: ChartTransition): string {
  return source.path === '' ? source.id : source.path;
}
