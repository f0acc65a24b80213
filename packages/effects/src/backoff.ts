import type { Compile, Compiled } from './compile.ts';

/** The longest wait between two attempts: a day. */
const longestWait = 24 * 60 * 60 * 1_000;

export interface Backoff {
  readonly delay: number | string;
  readonly backoff: 'fixed' | 'exponential';
  readonly maxDelay: number | string;
  readonly jitter: number;
}

/**
 * The wait after an attempt, in milliseconds. Chance only shortens a wait, and is drawn from the execution and the
 * attempt: the same execution waits equally long in every life, different ones do not wait equally long.
 */
export function compileBackoff(
  { delay, backoff, maxDelay, jitter }: Backoff,
  compile: Compile,
): (attempt: number) => Compiled<number> {
  const first = compile.duration(delay, 'delay');
  const most = compile.duration(maxDelay, 'maxDelay');
  return (attempt) => (step) => {
    const growth = backoff === 'fixed' ? 1 : 2 ** Math.min(attempt - 1, 1_000);
    const wait = Math.min(first(step) * growth, most(step), longestWait);
    return Math.round(wait * (1 - jitter * chance(`${step.frame.host.id}:${step.path}#${attempt}`)));
  };
}

/**
 * A number from 0 up to 1, always the same for the same text.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/ (FNV-1a), https://github.com/aappleby/smhasher (final mix of MurmurHash3)
 */
export function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // texts that differ in their last character only would otherwise get neighbouring numbers
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
