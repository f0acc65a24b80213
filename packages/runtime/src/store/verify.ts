import { FsmError } from '@fsm/core';
import { CHAIN_START, chainHash } from './chain.ts';
import type { Store, StoredSummary } from './store.ts';

export interface VerifyProblem {
  /** What is wrong, as a sentence. */
  readonly message: string;
  readonly tenant?: string;
  readonly name?: string;
  readonly instance?: number;
  readonly sequence?: number;
}

export interface VerifyReport {
  readonly lines: number;
  readonly instances: number;
  /** Records whose hash is that of the line they reflect. */
  readonly records: number;
  /** Empty when the journal is whole. At most `limit` of them. */
  readonly problems: readonly VerifyProblem[];
}

export interface VerifyOptions {
  /** At how many problems to stop. 100 when not given. */
  readonly limit?: number;
  readonly onProgress?: (done: { readonly lines: number; readonly instances: number }) => void;
}

const instancesAtOnce = 256;
const linesAtOnce = 1024;

/**
 * Reads a whole store and checks that every instance's lines are dense from 1 and continue its hash chain, that every
 * record carries the hash of the line it reflects, and that no line is in nobody's history.
 *
 * ```ts
 * const { problems } = await verifyStore(store); // []
 * ```
 *
 * It holds one page of lines at a time. Of a store that is being written it says nothing useful.
 */
export async function verifyStore(store: Store, options: VerifyOptions = {}): Promise<VerifyReport> {
  const limit = options.limit ?? 100;
  const problems: VerifyProblem[] = [];
  const seen = { lines: 0, instances: 0, records: 0 };
  try {
    for (const tenant of await store.tenants()) {
      for (let after = ''; ; ) {
        const page = await store.list(tenant, { after, limit: instancesAtOnce });
        for (const summary of page) {
          const { lines, problem } = await verifyInstance(store, summary);
          seen.lines += lines;
          seen.instances += 1;
          if (problem === undefined && summary.sequence > 0) seen.records += 1;
          if (problem !== undefined)
            problems.push({ ...problem, tenant, name: summary.name, instance: summary.number });
          if (problems.length >= limit) return { ...seen, problems };
        }
        options.onProgress?.({ lines: seen.lines, instances: seen.instances });
        if (page.length < instancesAtOnce) break;
        after = page.at(-1)!.name;
      }
    }
    const { lines, instances } = await store.status();
    if (problems.length === 0 && (lines !== seen.lines || instances !== seen.instances)) {
      problems.push({
        message: `The journal has ${lines} lines of ${instances} instances, but their histories hold ${seen.lines} of ${seen.instances}.`,
      });
    }
  } catch (error) {
    problems.push(problemOf(error));
  }
  return { ...seen, problems };
}

interface Verified {
  readonly lines: number;
  readonly problem?: VerifyProblem;
}

async function verifyInstance(store: Store, summary: StoredSummary): Promise<Verified> {
  const { number } = summary;
  let hash = CHAIN_START;
  let sequence = 0;
  try {
    for (;;) {
      const page = await store.lines(number, sequence + 1, linesAtOnce);
      for (const line of page) {
        if (line.sequence !== sequence + 1) {
          return { lines: sequence, problem: { message: `Line ${line.sequence} follows line ${sequence}.`, sequence } };
        }
        sequence = line.sequence;
        hash = chainHash(hash, line.text);
        if (line.hash !== hash) {
          return { lines: sequence, problem: { message: `The hash of line ${sequence} does not match.`, sequence } };
        }
        if (sequence === summary.sequence && hash !== summary.hash) {
          const message = `The record carries another hash than line ${sequence}, which it reflects.`;
          return { lines: sequence, problem: { message, sequence } };
        }
      }
      if (page.length < linesAtOnce) break;
    }
  } catch (error) {
    return { lines: sequence, problem: problemOf(error) };
  }
  if (sequence >= Math.max(1, summary.sequence)) return { lines: sequence };
  const message = `The record reflects line ${summary.sequence}, but the newest line is ${sequence}.`;
  return { lines: sequence, problem: { message, sequence } };
}

function problemOf(error: unknown): VerifyProblem {
  if (!FsmError.is(error) || error.code !== 'JOURNAL_DAMAGED') throw error;
  return { message: error.message };
}
