import { FsmError } from '@fsm/core';
import { isBefore } from './before.ts';
import type { Fact } from './fact.ts';
import type { FactItem, Instance } from './instance.ts';
import { invocationUnknown } from './refusals.ts';

/**
 * Cancels a running effect of an instance, or all of them: each ends as failed with EXECUTION_CANCELLED, and what it did is
 * undone. Gives the invocation ids of those that had not ended otherwise, once that is decided and on stable storage.
 * Throws INVOCATION_UNKNOWN.
 */
export async function cancelEffects(
  instance: Instance,
  invocation: string | undefined,
  at: number,
  post: (item: FactItem) => void,
): Promise<readonly string[]> {
  const { executions = {}, snapshot } = instance.state!;
  const asked = Object.entries(executions).filter(([id]) => invocation === undefined || id === invocation);
  if (invocation !== undefined && asked.length === 0) throw invocationUnknown(instance.name, invocation, executions);
  // what a transition waits for first, for everything else waits for it
  asked.sort(([a], [b]) => Number(isBefore(snapshot, b)) - Number(isBefore(snapshot, a)));
  const cancelled = asked.map(([id, { incarnation }]): Promise<string | undefined> => {
    const error = { code: 'EXECUTION_CANCELLED', message: `The effect "${id}" was cancelled from outside.` };
    const fact: Fact = { kind: 'failed', invocation: id, incarnation, error, cancelled: true };
    return new Promise((resolve, reject) => {
      const settle = {
        resolve: () => resolve(id),
        reject: (reason: unknown) => (isEnded(reason) ? resolve(undefined) : reject(reason)),
      };
      post({ fact, at, dataText: undefined, settle });
    });
  });
  return (await Promise.all(cancelled)).filter((id) => id !== undefined);
}

/** It ended before it could be cancelled, perhaps because another one was. */
function isEnded(reason: unknown): boolean {
  return FsmError.is(reason) && reason.code === 'INVOCATION_ENDED';
}
