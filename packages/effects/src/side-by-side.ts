import type { Json } from '@fsm/core';
import type { PreparedEffect } from './effect.ts';
import { type Eventual, isPromise } from './eventual.ts';
import { cancelled } from './failure.ts';
import type { Frame } from './frame.ts';
import { perform } from './perform.ts';
import type { Step } from './step.ts';

export type Settled = { readonly output: Json } | { readonly error: unknown };

/** An effect, or something else that runs in a branch of its own. */
export type Work = PreparedEffect | ((fork: Frame) => Eventual<Json>);

/**
 * Runs work side by side, each in a branch of its own, at most `limit` at a time, until `decide` knows the outcome:
 * it is asked once after each end, in the order of the ends. Then whatever still runs is stopped, and nothing more
 * starts. `decide` must know the outcome at the latest when everything has ended.
 *
 * Afterwards the step sees what the branches wrote, in the order of the list and not of the clock; also what those wrote
 * in an earlier life that did not come to start in this one: `recall` takes that over, and knows how for effects; work of
 * another kind that writes needs its own.
 */
export function sideBySide(
  step: Step,
  works: readonly Work[],
  limit: number,
  decide: (index: number, settled: Settled) => Settled | undefined,
  recall: (index: number) => void = (index) => recallWork(step, works[index]!),
): Eventual<Json> {
  const { branch } = step;
  const forks: Frame[] = [];
  let running = 0;
  let decided: Settled | undefined;
  let announce: ((decided: Settled) => void) | undefined;

  function start(): void {
    while (decided === undefined && forks.length < works.length && running < limit) {
      const index = forks.length;
      const work = works[index]!;
      const fork = step.frame.fork();
      forks.push(fork);
      let outcome: Eventual<Json>;
      try {
        outcome = typeof work === 'function' ? work(fork) : perform(work, fork);
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

  function end(index: number, settled: Settled): void {
    if (decided !== undefined) return;
    const stopped = branch.reason;
    decided = stopped === undefined ? decide(index, settled) : { error: stopped };
    if (decided === undefined) return;
    if (running > 0) {
      const reason = cancelled('Another branch decided.', 'error' in decided ? decided.error : undefined);
      for (const fork of forks) fork.branch.stop(reason);
    }
    absorb();
    announce?.(decided);
  }

  function absorb(): void {
    for (let index = 0; index < works.length; index += 1) {
      const fork = forks[index];
      if (fork !== undefined) branch.absorb(fork.branch);
      else recall(index);
    }
  }

  start();
  if (decided !== undefined) return unwrap(decided);
  return new Promise((resolve, reject) => {
    announce = (outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.output));
  });
}

function recallWork(step: Step, work: Work): void {
  if (typeof work !== 'function') step.absorbRecorded(work);
}

function unwrap(settled: Settled): Json {
  if ('error' in settled) throw settled.error;
  return settled.output;
}
