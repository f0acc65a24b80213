import { FsmError, type Json, parseDuration } from '@fsm/core';
import type { Repeat } from '../effect.ts';
import { type EffectFunction, type FunctionCall, type FunctionDefinition, noParams } from '../function.ts';

/** Where the time of scripted functions comes from: a `TestHost`, a `VirtualClock`, the clock of a crash exploration. */
export interface ScriptClock {
  now(): number;
  /** Calls `wake` once, when `now() >= due`. Returns how to take that back. */
  wakeAt(due: number, wake: () => void): () => void;
}

/** What a fake function does when it is called. */
export interface Behaviour {
  /** How long it works: milliseconds, or a text such as "2s". It answers at once when not given. */
  readonly takes?: number | string;
  /** What it returns; `null` when not given. */
  readonly returns?: Json;
  /** It fails: with this code, or with this error. */
  readonly fails?: string | { readonly code: string; readonly message?: string; readonly next?: 'retry' | 'reject' };
  /** It never ends: until it is `"aborted"`, or not even then (`"deaf"`). */
  readonly hangs?: 'aborted' | 'deaf';
  /** How the function may be repeated; `idempotent` when not given. Of several behaviours the first says it. */
  readonly repeat?: Repeat;
  /** It ignores its signal and goes on working when nobody wants the result any more. */
  readonly deaf?: boolean;
}

/** One behaviour; or one for each attempt of the retry around it, the last one for all that follow; or a function. */
export type FunctionScript = Behaviour | readonly Behaviour[] | EffectFunction;

export interface ScriptedCall {
  readonly name: string;
  /** The idempotency key it was called with. */
  readonly key: string;
  readonly attempt: number;
  readonly params: Json;
  /** When it was called, by the clock. */
  readonly at: number;
  readonly signal: AbortSignal;
  /** How it ended, as far as it did. */
  readonly end: 'returned' | 'failed' | 'aborted' | undefined;
}

/** An outside world made of fake functions. It outlives the process: give each life its functions with `functions`. */
export interface Scripted {
  /** Every call there was, in order, over all lives. */
  readonly calls: readonly ScriptedCall[];
  /** The functions for a registry. Without a clock they take no time, whatever the script says. */
  functions(clock?: ScriptClock): { readonly [name: string]: FunctionDefinition };
  /** The names called so far, in order. */
  readonly performed: readonly string[];
}

/**
 * Fake functions that do what a script says, and remember how they were called. They keep their word as a remote service
 * does that knows idempotency keys: a job that is asked for again with the same key ends when the first one would have.
 *
 * ```ts
 * const world = scripted({
 *   'card.charge': [{ fails: 'CARD_BUSY' }, { takes: '2s', returns: { receipt: 7 } }],
 *   'mail.send': { hangs: 'aborted' },
 *   double: ({ n }) => n * 2,
 * });
 * const host = new TestHost();
 * const registry = createRegistry({ functions: world.functions(host) });
 * world.calls; // [{ name: 'card.charge', key, attempt: 1, params, … }]
 * ```
 *
 * @throws FsmError SCRIPT_INVALID when a time is not a duration
 */
export function scripted(script: { readonly [name: string]: FunctionScript }): Scripted {
  const world = new ScriptedWorld();
  for (const given of Object.values(script))
    if (typeof given !== 'function') for (const one of listed(given)) check(one);
  return {
    calls: world.calls,
    get performed() {
      return world.calls.map(({ name }) => name);
    },
    functions: (clock) =>
      Object.fromEntries(
        Object.entries(script).map(([name, given]) => {
          const run = (params: Json, call: FunctionCall) => world.call(name, given, params ?? noParams, call, clock);
          const repeat = typeof given === 'function' ? undefined : listed(given)[0]?.repeat;
          return [name, repeat === undefined ? { run } : { run, repeat }];
        }),
      ),
  };
}

interface Job {
  readonly attempt: number;
  readonly due: number;
}

class ScriptedWorld {
  readonly calls: { -readonly [key in keyof ScriptedCall]: ScriptedCall[key] }[] = [];
  /** When the job of a key ends. */
  readonly #jobs = new Map<string, Job>();

  call(name: string, given: FunctionScript, params: Json, call: FunctionCall, clock: ScriptClock | undefined): unknown {
    const { key, attempt, signal } = call;
    const seen: (typeof this.calls)[number] = {
      name,
      key,
      attempt,
      params,
      at: clock?.now() ?? 0,
      signal,
      end: undefined,
    };
    this.calls.push(seen);
    if (typeof given === 'function') {
      const value = given(params, call);
      seen.end = 'returned';
      return value;
    }
    const behaviours = listed(given);
    const behaviour = behaviours[Math.min(attempt, behaviours.length) - 1] ?? {};
    const end = () => {
      if (behaviour.fails === undefined) {
        seen.end = 'returned';
        return behaviour.returns ?? null;
      }
      seen.end = 'failed';
      throw errorOf(name, behaviour.fails);
    };
    const { takes, hangs } = behaviour;
    if (hangs === undefined && (takes === undefined || clock === undefined)) return end();
    return new Promise<Json>((resolve, reject) => {
      const ring = () => {
        signal.removeEventListener('abort', abort);
        try {
          resolve(end());
        } catch (error) {
          reject(error);
        }
      };
      const forget =
        hangs !== undefined || clock === undefined
          ? () => {}
          : clock.wakeAt(this.#due(key, attempt, takes!, clock), ring);
      const abort = () => {
        seen.end = 'aborted';
        forget();
        reject(signal.reason);
      };
      if (hangs === 'deaf' || behaviour.deaf === true) return;
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** The job that a dead process asked for goes on; another attempt is another job. */
  #due(key: string, attempt: number, takes: number | string, clock: ScriptClock): number {
    const known = this.#jobs.get(key);
    if (known?.attempt === attempt) return known.due;
    const due = clock.now() + (parseDuration(takes) ?? 0);
    this.#jobs.set(key, { attempt, due });
    return due;
  }
}

function listed(given: Behaviour | readonly Behaviour[]): readonly Behaviour[] {
  return Array.isArray(given) ? given : [given as Behaviour];
}

function check({ takes }: Behaviour): void {
  if (takes === undefined || parseDuration(takes) !== undefined) return;
  throw new FsmError('SCRIPT_INVALID', `\`takes: ${JSON.stringify(takes)}\` is not a duration.`, {
    hint: 'Write milliseconds or a text such as "500ms", "30s" or "5m".',
  });
}

function errorOf(name: string, fails: NonNullable<Behaviour['fails']>): FsmError {
  const { code, message, next = 'retry' } = typeof fails === 'string' ? { code: fails } : fails;
  return new FsmError(code, message ?? `${name} failed as its script says.`, { next });
}
