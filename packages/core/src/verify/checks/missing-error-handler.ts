import { type ChartInvocation, type ChartState, type ChartTransition, covers } from '../chart.ts';
import type { Finding } from '../finding.ts';
import { and, guardFormula, not } from '../formula.ts';
import { isSatisfiable } from '../satisfiable.ts';
import { isTaken } from '../structure.ts';
import type { Subject } from '../subject.ts';

/** Effects whose failure, always or for some errors, no state handles. In SCXML a failure is an event like others. */
export function missingErrorHandlers(subject: Subject): readonly Finding[] {
  const { chart, structure, mayFail } = subject;
  if (chart.scxml) return [];
  const invocations = chart.states
    .filter((state) => structure.reached.has(state))
    .flatMap(({ invocations: own }) => own.filter(({ effect }) => mayFail(effect)));
  return invocations.flatMap((invocation) => {
    const handlers = handlersOf(invocation);
    const guards = handlers.filter(isTaken).map((each) => not(guardFormula(each.guard, each.source, chart)));
    const type = `error.invoke.${invocation.id}`;
    if (!isSatisfiable(and(...guards), new Map([['event.type', type]]))) return [];
    return [findingFor(subject, invocation, handlers.length > 0)];
  });
}

/** Of the state and those around it. Regions beside it may not be active. */
function handlersOf({ id, source }: ChartInvocation): readonly ChartTransition[] {
  const handlers: ChartTransition[] = [];
  for (let state: ChartState | undefined = source; state !== undefined; state = state.parent) {
    handlers.push(
      ...state.transitions.filter(
        ({ descriptor }) => descriptor !== undefined && covers(descriptor, `error.invoke.${id}`),
      ),
    );
  }
  return handlers;
}

function findingFor({ explored }: Subject, { id, source, path }: ChartInvocation, guarded: boolean): Finding {
  const index = source.invocations.findIndex((each) => each.id === id);
  const witness = explored?.exploration.unhandled.get(`${source.path} ${index}`);
  const where = source.path === '' ? 'the machine' : `"${source.path}"`;
  return {
    code: 'MISSING_ERROR_HANDLER',
    severity: 'warning',
    evidence: witness === undefined ? (guarded ? 'possible' : 'proven') : 'shown',
    path,
    message: guarded
      ? `When the effect of ${where} fails and no guard of its \`onError\` is true, the instance ends with status \`error\`.`
      : `When the effect of ${where} fails, nobody handles it and the instance ends with status \`error\`.`,
    hint: guarded ? 'Add a last `onError` without guard.' : 'Add `onError` beside the effect.',
    ...(witness && { steps: explored!.exploration.stepsAlong(witness.witness) }),
    states: [source.path],
  };
}
