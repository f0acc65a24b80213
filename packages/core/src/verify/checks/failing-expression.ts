import { FsmError } from '../../error.ts';
import { type Failure, isEndless } from '../exploration.ts';
import type { Finding, FindingCode } from '../finding.ts';
import type { Subject } from '../subject.ts';

/** Guards and actions that fail on data the machine can meet, and targets that turn out to exclude each other. */
export function failingExpressions({ explored }: Subject): readonly Finding[] {
  if (explored === undefined) return [];
  return [...explored.exploration.failures.values()].flatMap((failure): readonly Finding[] => {
    const { error, witness } = failure;
    const code = codeOf(error);
    if (code === undefined) return [];
    const fromOutside = witness.step !== undefined && 'event' in witness.step;
    return [
      {
        code,
        // whoever sent an event is told; a timer, an effect or the start has nobody to tell
        severity: fromOutside && code !== 'CONFLICTING_TARGETS' ? 'warning' : 'error',
        evidence: 'shown',
        path: error.path ?? '$',
        message: fromOutside ? error.message : `${error.message} ${consequence(failure)}`,
        hint: fromOutside
          ? 'Say in `events` what data the event has, or use `?.` and `??` where they may be absent.'
          : (error.hint ?? 'Use `?.` and `??` where data may be absent.'),
        steps: explored.exploration.stepsAlong(witness),
        ...(witness.state && { states: witness.state.snapshot.configuration }),
      },
    ];
  });
}

function codeOf(error: FsmError): FindingCode | undefined {
  if (isEndless(error)) return undefined;
  if (error.code === 'GUARD_FAILED') return 'GUARD_MAY_FAIL';
  return error.code === 'CONFLICTING_TARGETS' || causedBy(error) === 'CONFLICTING_TARGETS'
    ? 'CONFLICTING_TARGETS'
    : 'ACTION_MAY_FAIL';
}

function causedBy(error: FsmError): string | undefined {
  return FsmError.is(error.cause) ? error.cause.code : undefined;
}

function consequence({ witness: { step } }: Failure): string {
  if (step === undefined) return 'No instance can start.';
  return 'advance' in step ? 'The timer has no effect.' : 'The outcome of the effect has no effect.';
}
