import { FsmError, type Json } from '@fsm/core';
import type { PreparedEffect } from './effect.ts';
import { type Eventual, settle } from './eventual.ts';
import { locate } from './failure.ts';
import { Frame } from './frame.ts';
import type { ExecutionHost } from './host.ts';
import { perform } from './perform.ts';

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
  const { branch } = frame;
  return settle(
    () => perform(effect, frame),
    (output) => {
      const stopped = branch.reason;
      branch.close();
      if (stopped !== undefined) throw stopped;
      return output;
    },
    (error) => {
      const stopped = branch.reason;
      branch.close();
      throw stopped ?? (FsmError.is(error) ? error : locate(error, effect.kind, ''));
    },
  );
}
