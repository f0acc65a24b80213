import type { Json } from '@fsm/core';
import { type Eventual, isPromise } from './eventual.ts';
import { cancelled } from './failure.ts';
import type { Frame } from './frame.ts';

export type Settled = { readonly output: Json } | { readonly error: unknown };

/**
 * Runs work side by side, each in a branch of its own, at most `limit` at a time, until `decide` knows the outcome:
 * it is asked once after each end, in the order of the ends. Then whatever still runs is stopped, and nothing more
 * starts. `decide` must know the outcome at the latest when everything has ended.
 *
 * Afterwards the surrounding branch sees what the forks wrote, in the order of the list and not of the clock. `missed` is
 * called in that order for work that did not start: in an earlier life it may have, and then it may have written, too.
 */
export function sideBySide(
  frame: Frame,
  work: readonly ((fork: Frame) => Eventual<Json>)[],
  limit: number,
  decide: (index: number, settled: Settled) => Settled | undefined,
  missed?: (index: number) => void,
): Eventual<Json> {
  const forks: Frame[] = [];
  let running = 0;
  let decided: Settled | undefined;
  let announce: ((decided: Settled) => void) | undefined;

  function end(index: number, settled: Settled): void {
    if (decided !== undefined) return;
    const stopped = frame.branch.reason;
    decided = stopped === undefined ? decide(index, settled) : { error: stopped };
    if (decided === undefined) return;
    if (running > 0) {
      const reason = cancelled('Another branch decided.', 'error' in decided ? decided.error : undefined);
      for (const fork of forks) fork.branch.stop(reason);
    }
    for (let each = 0; each < work.length; each += 1) {
      const fork = forks[each];
      if (fork === undefined) missed?.(each);
      else frame.branch.absorb(fork.branch);
    }
    announce?.(decided);
  }

  function start(): void {
    while (decided === undefined && forks.length < work.length && running < limit) {
      const index = forks.length;
      const fork = frame.fork();
      forks.push(fork);
      let outcome: Eventual<Json>;
      try {
        outcome = work[index]!(fork);
      } catch (error) {
        end(index, { error });
        continue;
      }
      if (!isPromise(outcome)) {
        end(index, { output: outcome });
        continue;
      }
      running += 1;
      outcome.then(
        (output) => endLater(index, { output }),
        (error) => endLater(index, { error }),
      );
    }
  }

  function endLater(index: number, settled: Settled): void {
    running -= 1;
    end(index, settled);
    start();
  }

  start();
  if (decided !== undefined) return unwrap(decided);
  return new Promise((resolve, reject) => {
    announce = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.output));
  });
}

function unwrap(settled: Settled): Json {
  if ('error' in settled) throw settled.error;
  return settled.output;
}
