import { FsmError, type Json } from '@fsm/core';
import type { Branch } from './branch.ts';
import { afterCompensation } from './compensation-error.ts';
import type { Settlement } from './debts.ts';
import type { PreparedEffect } from './effect.ts';
import { type Eventual, settle } from './eventual.ts';
import { cancelled, locate, toRecord } from './failure.ts';
import { Frame } from './frame.ts';
import type { ExecutionHost } from './host.ts';
import { perform } from './perform.ts';
import { absorbRecorded, recallDebts } from './recall.ts';

/**
 * Runs a prepared effect to its output. Answers at once when nothing in it had to wait, otherwise with a promise.
 *
 * An execution that was interrupted goes on when it is executed again with a host that knows what was recorded: steps
 * with a recorded outcome are not performed again, waits go on with the time that is left, attempts with those left.
 *
 * ```ts
 * const effect = registry.prepare({ type: 'call', function: 'credit.score' });
 * const score = await execute(effect, host);
 * ```
 *
 * @throws FsmError with the code of whatever failed and, as `path`, the step path of the effect that raised it;
 *   EXECUTION_CANCELLED when the signal of the host was aborted
 */
export function execute(effect: PreparedEffect, host: ExecutionHost): Eventual<Json> {
  const frame = Frame.root(host);
  const { branch, debts } = frame;
  recallDebts(effect, '', frame);
  return settle(
    () => perform(effect, frame),
    (output) => {
      if (branch.reason !== undefined || !debts.interrupted) return succeed(branch, output);
      return settle(
        () => debts.payInterrupted(frame),
        (settlement) => (settlement.failed.length === 0 ? succeed(branch, output) : fail(branch, stuck(settlement))),
        (interrupted) => fail(branch, coded(interrupted, effect)),
      );
    },
    (error) => {
      const raised = coded(error, effect);
      if (branch.reason !== undefined || !debts.any) return fail(branch, raised);
      return settle(
        () => debts.pay(frame, toRecord(raised) as unknown as Json),
        (settlement) => fail(branch, afterCompensation(raised, settlement, '')),
        (interrupted) => fail(branch, coded(interrupted, effect)),
      );
    },
  );
}

function succeed(branch: Branch, output: Json): Json {
  const stopped = branch.reason;
  branch.close();
  if (stopped !== undefined) throw stopped;
  return output;
}

function fail(branch: Branch, error: FsmError): never {
  const stopped = branch.reason;
  branch.close();
  throw stopped ?? error;
}

function coded(error: unknown, { kind }: PreparedEffect): FsmError {
  return FsmError.is(error) ? error : locate(error, kind, '');
}

/** The execution succeeded, but not without a saga in it that was stopped and could not be undone. */
function stuck(settlement: Settlement): FsmError {
  return afterCompensation(cancelled('a saga was stopped before its end.'), settlement, '');
}

/**
 * Undoes what a cancelled execution did: compensates its completed steps, the last first. The host knows what the
 * execution recorded and is not aborted itself; an interrupted compensation goes on when it is called again.
 *
 * ```ts
 * const { compensated, failed } = await compensate(effect, host);
 * ```
 */
export function compensate(effect: PreparedEffect, host: ExecutionHost): Eventual<Settlement> {
  const frame = Frame.root(host);
  absorbRecorded(effect, '', frame);
  const why = { code: 'EXECUTION_CANCELLED', message: 'The execution was cancelled.' };
  return settle(
    () => frame.debts.pay(frame, why),
    (settlement) => {
      frame.branch.close();
      return settlement;
    },
    (error) => {
      frame.branch.close();
      throw error;
    },
  );
}
