import { FsmError, type Json } from '@fsm/core';
import { copyJson } from './copy-json.ts';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, isPromise, isThenable, never, settle } from './eventual.ts';
import { failure, fromRecord, locate, toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import type { StepRecord } from './host.ts';
import { absorbRecorded } from './recall.ts';
import { Step } from './step.ts';

/**
 * Performs one effect, and those below it, to its output. The only way in which effects run.
 *
 * P1  An effect with a recorded outcome is not performed: output, error and patches are taken from the records.
 * P2  A leaf starts only in a branch that was not stopped, and its outcome counts only if the branch still was not.
 * P3  The outcome of a leaf is recorded before anything after it starts. Three kinds of outcome are not: those of `pure`
 *     leaves that answered at once, because computing them again gives the same, that of the whole execution unless
 *     it carries a patch, because the host keeps the execution's outcome itself, and those that the host brought about
 *     and recorded itself (`wait.ts`).
 * P4  A `once` leaf records that it is about to start, and is never started a second time.
 * P5  What the clock or the order of ends decided (a race, a timeout, a failure that stopped siblings) is recorded by the
 *     effect that decided it. Everything else follows from the leaves.
 * P6  Every error carries the path of the effect that raised it.
 */
export function perform(effect: PreparedEffect, frame: Frame): Eventual<Json> {
  const path = frame.prefix === '' ? effect.path : frame.prefix + effect.path;
  const known = frame.recorded(path);
  if (known !== undefined && hasOutcome(known)) return replay(effect, known, frame);
  const step = new Step(effect, frame, path);
  return frame.host.progress === undefined ? performStep(step, known) : performWatched(step, known);
}

function performStep(step: Step, known: StepRecord | undefined): Eventual<Json> {
  const { leaf } = step.effect;
  if (leaf === undefined) return step.effect.perform(step) as Eventual<Json>;
  const { branch } = step.frame;
  branch.begin();
  if (leaf.repeat === 'pure') return work(step);
  if (branch.expired !== undefined) return never();
  if (leaf.repeat === 'idempotent') return work(step);
  if (known?.intent) return step.fail(unknownOutcome(step));
  return after(step.record({ intent: true }), () => work(step));
}

function replay(effect: PreparedEffect, known: StepRecord, frame: Frame): Json {
  absorbRecorded(effect, frame.prefix, frame);
  if (known.error !== undefined) throw fromRecord(known.error);
  return effect.leaf?.output === 'given' ? frame.result : known.output!;
}

function work(step: Step): Eventual<Json> {
  const { branch } = step.frame;
  let value: unknown;
  try {
    value = step.effect.perform(step);
  } catch (error) {
    return failed(step, error, false);
  }
  if (!isThenable(value)) return succeeded(step, value, false);
  if (branch.expired !== undefined) {
    value.then(undefined, () => {});
    return never();
  }
  step.working(true);
  return branch.wait(value).then(
    (later) => {
      step.working(false);
      return succeeded(step, later, true);
    },
    (error) => {
      step.working(false);
      if (error === branch.reason) abandon(step, value);
      return failed(step, error, true);
    },
  );
}

/** The leaf may still be at work: its result counts no more, but the host may want to know whether it stops. */
function abandon({ path, effect: { kind }, frame: { host } }: Step, value: PromiseLike<unknown>): void {
  const stopped = () => undefined;
  host.abandoned?.({ path, kind }, Promise.resolve(value.then(stopped, stopped)));
}

function succeeded(step: Step, value: unknown, waited: boolean): Eventual<Json> {
  const { output, repeat } = step.effect.leaf!;
  let own: Json = null;
  if (output === 'own') {
    try {
      own = copyJson(value);
    } catch (error) {
      return failed(step, error, waited);
    }
  }
  const handedOn = output === 'own' ? own : step.result;
  const { done } = step.frame;
  if (step.kept) {
    done?.(handedOn);
    return handedOn;
  }
  const { patch } = step;
  if (patch !== undefined) {
    step.branch.begin();
    try {
      step.branch.write(patch);
    } catch (error) {
      return failed(step, error, waited);
    }
    done?.(handedOn);
    return after(step.record({ output: own, patch }), () => handedOn);
  }
  if (done !== undefined) {
    step.branch.begin();
    done(handedOn);
  }
  if (step.path === '' || (repeat === 'pure' && !waited)) return handedOn;
  if (step.frame.forgets) {
    step.frame.branch.begin();
    return handedOn;
  }
  const recorded = step.record({ output: own });
  return isPromise(recorded) ? recorded.then(() => handedOn) : handedOn;
}

function failed(step: Step, error: unknown, waited: boolean): Eventual<never> {
  step.branch.begin();
  if (step.kept || (step.effect.leaf!.repeat === 'pure' && !waited)) throw locate(error, step.effect.kind, step.path);
  return step.fail(error);
}

function unknownOutcome({ path, effect }: Step): FsmError {
  return failure(
    'EFFECT_UNKNOWN',
    `The process stopped while an effect of kind "${effect.kind}" was being performed, and it may not be performed twice.`,
    path,
    { hint: 'Find out whether it happened, and let the machine decide in onError.', details: { kind: effect.kind } },
  );
}

function performWatched(step: Step, known: StepRecord | undefined): Eventual<Json> {
  step.report({ phase: 'started' });
  return settle(
    () => performStep(step, known),
    (output) => {
      step.report({ phase: 'finished' });
      return output;
    },
    (error) => {
      const phase = step.branch.reason === undefined ? 'failed' : 'cancelled';
      step.report(FsmError.is(error) ? { phase, error: toRecord(error) } : { phase });
      throw error;
    },
  );
}

function hasOutcome(record: StepRecord): boolean {
  return record.output !== undefined || record.error !== undefined;
}
