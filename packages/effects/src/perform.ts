import { FsmError, type Json } from '@fsm/core';
import { copyJson } from './copy-json.ts';
import type { PreparedEffect } from './effect.ts';
import { after, type Eventual, isPromise, isThenable, settle } from './eventual.ts';
import { failure, fromRecord, locate, toRecord } from './failure.ts';
import type { Frame } from './frame.ts';
import type { StepRecord } from './host.ts';
import { Step } from './step.ts';

/**
 * Performs one effect, and those below it, to its output. The only way in which effects run.
 *
 * P1  A leaf with a recorded outcome is not performed: its output, error and patch are taken from the record.
 * P2  A leaf starts only in a branch that was not stopped, and its outcome counts only if the branch still was not.
 * P3  The outcome of a leaf is recorded before anything after it starts. Two kinds of outcome are not: those of `pure`
 *     leaves that answered at once, because computing them again gives the same, and that of a leaf which is the whole
 *     execution and wrote nothing, because the host keeps the execution's outcome itself.
 * P4  A `once` leaf records that it is about to start, and is never started a second time.
 * P5  Every error carries the path of the effect that raised it.
 */
export function perform(effect: PreparedEffect, frame: Frame): Eventual<Json> {
  if (frame.host.progress !== undefined) return performWatched(effect, frame);
  return effect.leaf === undefined ? performComposite(effect, frame) : performLeaf(effect, frame);
}

function performComposite(effect: PreparedEffect, frame: Frame): Eventual<Json> {
  return effect.perform(new Step(effect, frame, pathOf(effect, frame))) as Eventual<Json>;
}

function performLeaf(effect: PreparedEffect, frame: Frame): Eventual<Json> {
  const path = pathOf(effect, frame);
  const known = frame.host.recorded(path);
  if (known !== undefined && hasOutcome(known)) return replay(effect, known, frame);
  const step = new Step(effect, frame, path);
  const { repeat } = effect.leaf!;
  if (repeat === 'pure') return work(step);
  frame.branch.begin();
  if (repeat === 'idempotent') return work(step);
  if (known?.intent) return failed(step, unknownOutcome(step), true);
  return after(step.record({ intent: true }), () => work(step));
}

function replay(effect: PreparedEffect, known: StepRecord, frame: Frame): Json {
  if (known.patch !== undefined) frame.branch.rewrite(known.patch);
  if (known.error !== undefined) throw fromRecord(known.error);
  return effect.leaf!.output === 'given' ? frame.result : known.output!;
}

function work(step: Step): Eventual<Json> {
  const { branch } = step;
  const stopped = branch.reason;
  if (stopped !== undefined) throw stopped;
  let value: unknown;
  try {
    value = step.effect.perform(step);
  } catch (error) {
    return failed(step, error, false);
  }
  if (!isThenable(value)) return succeeded(step, value, false);
  step.working(true);
  return branch.wait(value).then(
    (later) => {
      step.working(false);
      return succeeded(step, later, true);
    },
    (error) => {
      step.working(false);
      return failed(step, error, true);
    },
  );
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
  const { patch } = step;
  if (patch !== undefined) {
    step.branch.begin();
    try {
      step.branch.write(patch);
    } catch (error) {
      return failed(step, error, waited);
    }
    return after(step.record({ output: own, patch }), () => handedOn);
  }
  if (step.path === '' || (repeat === 'pure' && !waited)) return handedOn;
  const recorded = step.record({ output: own });
  return isPromise(recorded) ? recorded.then(() => handedOn) : handedOn;
}

function failed(step: Step, error: unknown, waited: boolean): Eventual<never> {
  const stopped = step.branch.reason;
  if (stopped !== undefined) throw stopped;
  const located = locate(error, step.effect.kind, step.path);
  if (step.path === '' || (step.effect.leaf!.repeat === 'pure' && !waited)) throw located;
  return after(step.record({ error: toRecord(located) }), () => {
    throw located;
  });
}

function unknownOutcome({ path, effect }: Step): FsmError {
  return failure(
    'EFFECT_UNKNOWN',
    `The process stopped while an effect of kind "${effect.kind}" was being performed, and it may not be performed twice.`,
    path,
    { hint: 'Find out whether it happened, and let the machine decide in onError.', details: { kind: effect.kind } },
  );
}

function performWatched(effect: PreparedEffect, frame: Frame): Eventual<Json> {
  if (effect.leaf !== undefined) {
    const known = frame.host.recorded(pathOf(effect, frame));
    if (known !== undefined && hasOutcome(known)) return replay(effect, known, frame);
  }
  const step = new Step(effect, frame, pathOf(effect, frame));
  step.report({ phase: 'started' });
  return settle(
    () => (effect.leaf === undefined ? performComposite(effect, frame) : performLeaf(effect, frame)),
    (output) => {
      step.report({ phase: 'finished' });
      return output;
    },
    (error) => {
      const phase = frame.branch.reason === undefined ? 'failed' : 'cancelled';
      step.report(FsmError.is(error) ? { phase, error: toRecord(error) } : { phase });
      throw error;
    },
  );
}

function pathOf(effect: PreparedEffect, frame: Frame): string {
  return frame.prefix === '' ? effect.path : frame.prefix + effect.path;
}

function hasOutcome(record: StepRecord): boolean {
  return record.output !== undefined || record.error !== undefined;
}
