import { FsmError } from '@fsm/core';
import { copyJson } from '../copy-json.ts';
import type { WorkerAnswer, WorkerTask } from './worker-task.ts';

/** What runs in a thread of the pool: one task at a time. */
export default async function perform({ module, name, params, call }: WorkerTask): Promise<WorkerAnswer> {
  try {
    const exported = await load(module, name);
    const result: unknown = await exported(params, call);
    return { output: copyJson(result) };
  } catch (error) {
    return { error: told(error) };
  }
}

async function load(module: string, name: string): Promise<(...given: readonly unknown[]) => unknown> {
  let exports: Readonly<Record<string, unknown>>;
  try {
    exports = await import(module);
  } catch (error) {
    throw new FsmError('WORKER_MODULE', `A worker module cannot be loaded: ${messageOf(error)}`, {
      hint: 'Check the URL that `worker` gives and what the module imports.',
      details: { module },
    });
  }
  const exported = Object.hasOwn(exports, name) ? exports[name] : undefined;
  if (typeof exported === 'function') return exported as (...given: readonly unknown[]) => unknown;
  throw new FsmError('WORKER_MODULE', `A worker module exports no function \`${name}\`.`, {
    hint: 'Export it, or name another in `export`.',
    details: { module, asked: name, known: Object.keys(exports) },
  });
}

function told(error: unknown): Extract<WorkerAnswer, { error: object }>['error'] {
  const coded = FsmError.is(error)
    ? error
    : new FsmError('WORKER_FAILED', messageOf(error) || 'The function failed without saying why.', {
        next: 'retry',
        details: { name: error instanceof Error ? error.name : typeof error },
      });
  // as JSON, because details may hold what cannot go between threads
  const { details, ...record } = coded.toJSON();
  return { ...record, next: coded.next, ...(details === undefined ? undefined : { details: plain(details) }) };
}

function plain(details: object): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(details));
  } catch {
    return {};
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : String(error);
  } catch {
    return '';
  }
}
