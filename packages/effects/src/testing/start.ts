import type { EffectDefinition, FsmError, Json } from '@fsm/core';
import { execute } from '../execute.ts';
import { createRegistry, type Registry, type RegistryOptions } from '../registry.ts';
import { TestHost, type TestHostOptions, type Watched } from './test-host.ts';

export interface Started {
  readonly registry: Registry;
  readonly host: TestHost;
  readonly watched: Watched<Json>;
  /** The output; throws the error. Fails while the execution runs. */
  output(): Json;
  /** The error; fails when there is none. */
  error(): FsmError;
  /** The same execution after a restart of the process, with what is on record. */
  restart(options?: TestHostOptions): Started;
}

/**
 * Starts an effect in a test.
 *
 * ```ts
 * const life = start({ type: 'delay', duration: '30s' });
 * await life.host.advance(30_000);
 * expect(life.output()).toBe(null);
 * ```
 */
export function start(effect: EffectDefinition, options: TestHostOptions & RegistryOptions = {}): Started {
  const { kinds, functions, ...rest } = options;
  const registry = createRegistry({ ...(kinds && { kinds }), ...(functions && { functions }) });
  return startOn(effect, registry, new TestHost(rest));
}

function startOn(effect: EffectDefinition, registry: Registry, host: TestHost): Started {
  const watched = host.outcome(() => execute(registry.prepare(effect), host));
  return {
    registry,
    host,
    watched,
    output() {
      if (watched.settled === undefined) throw new Error('the execution still runs');
      if ('error' in watched.settled) throw watched.settled.error;
      return watched.settled.output;
    },
    error() {
      if (watched.settled === undefined) throw new Error('the execution still runs');
      if ('output' in watched.settled) throw new Error(`it succeeded with ${JSON.stringify(watched.settled.output)}`);
      return watched.settled.error as FsmError;
    },
    restart: (changes) => startOn(effect, registry, host.nextLife(changes)),
  };
}

/** A function that ends when told to, and remembers its calls. */
export class Manual {
  readonly calls: {
    readonly params: unknown;
    readonly signal: AbortSignal;
    readonly key: string;
    readonly attempt: number;
    resolve(value: unknown): void;
    reject(error: unknown): void;
  }[] = [];

  readonly run = (params: unknown, call: { signal: AbortSignal; key: string; attempt: number }): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { signal, key, attempt } = call;
      this.calls.push({ params, signal, key, attempt, resolve, reject });
    });
}
