import { type EffectDefinition, FsmError, type Problem } from '@fsm/core';
import { type Catalogue, Compile } from './compile.ts';
import type { EffectKind, PreparedEffect } from './effect.ts';
import {
  type EffectFunction,
  FunctionCall,
  type FunctionDefinition,
  type WorkerFunctionDefinition,
} from './function.ts';
import { createAddressPolicy } from './http/address-policy.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http/client.ts';
import { builtInKinds } from './kinds.ts';
import { SharedResource } from './shared-resource.ts';
import { createWorkerPool, type WorkerPool, type WorkerPoolOptions } from './workers/worker-pool.ts';

export interface RegistryOptions {
  /** Kinds besides the built-in ones. */
  readonly kinds?: readonly EffectKind[];
  /** What `call` can call, by name. When given, an unknown name is a problem of the definition. */
  readonly functions?: { readonly [name: string]: EffectFunction | FunctionDefinition | WorkerFunctionDefinition };
  /** How `call_api` sends requests: the address policy, limits and secrets, or a client of your own. */
  readonly http?: HttpClientOptions | HttpClient;
  /** The threads in which functions with a `worker` run. */
  readonly workers?: WorkerPoolOptions;
}

/** Knows the kinds of effects and the functions: checks definitions and makes them ready to run. */
export interface Registry {
  kinds(): readonly EffectKind[];
  /** Names of the registered functions. */
  functions(): readonly string[];
  /** Everything that is wrong with an effect. `path` is where it stands in its definition. */
  check(effect: unknown, path?: string, options?: PrepareOptions): Problem[];
  /** @throws FsmError EFFECT_INVALID with `details.problems` */
  prepare(effect: EffectDefinition, options?: PrepareOptions): PreparedEffect;
  /**
   * A registry that knows more kinds and functions. This one stays as it is; what they share either of them closes.
   *
   * @throws FsmError KIND_EXISTS, FUNCTION_EXISTS when a name is taken; FUNCTION_INVALID
   */
  with(more: Pick<RegistryOptions, 'kinds' | 'functions'>): Registry;
  /** Closes the connections and threads that effects of this registry use outside a runtime. */
  close(): Promise<void>;
}

export interface PrepareOptions {
  /** Templates stand for themselves: SCXML machines evaluate them in their own data model before the effect runs. */
  readonly literal?: boolean;
}

/**
 * Makes a registry of the built-in kinds and your own.
 *
 * ```ts
 * const registry = createRegistry({ functions: { 'credit.score': ({ applicant }) => lookUp(applicant) } });
 * registry.check({ type: 'call', function: 'credit.scor' });
 * // [{ code: 'UNKNOWN_FUNCTION', path: '$.function', hint: 'Did you mean `credit.score`? …' }]
 * ```
 *
 * @throws FsmError KIND_EXISTS when two kinds have the same name, FUNCTION_INVALID when something else is registered as a function,
 *   HTTP_RULE when an address rule in `http` cannot be read
 */
export function createRegistry({ kinds = [], functions, http = {}, workers }: RegistryOptions = {}): Registry {
  const shared = { http: sharedHttp(http), workers: sharedWorkers(workers) };
  const catalogue: Catalogue = {
    kinds: byName([...builtInKinds, ...kinds]),
    functions:
      functions === undefined
        ? undefined
        : new Map(Object.entries(functions).map(([name, given]) => [name, defined(name, given, shared.workers)])),
    shared,
  };
  return registryOf(catalogue, shared);
}

function registryOf(catalogue: Catalogue, shared: Shared): Registry {
  return {
    kinds: () => [...catalogue.kinds.values()],
    functions: () => [...(catalogue.functions?.keys() ?? [])],
    check(effect, path = '$', { literal = false } = {}) {
      const problems: Problem[] = [];
      Compile.root(catalogue, effect, path, problems, literal);
      return problems;
    },
    prepare(effect, { literal = false } = {}) {
      const problems: Problem[] = [];
      const prepared = Compile.root(catalogue, effect, '$', problems, literal);
      if (problems.length === 0) return prepared;
      const [first] = problems;
      const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
      throw new FsmError('EFFECT_INVALID', `The effect is not right at ${first!.path}: ${first!.message}${more}`, {
        ...(first!.hint === undefined ? undefined : { hint: first!.hint }),
        details: { problems },
      });
    },
    with({ kinds = [], functions }) {
      const known = new Map(catalogue.functions);
      for (const [name, given] of Object.entries(functions ?? {})) {
        if (known.has(name)) throw functionExists(name);
        known.set(name, defined(name, given, shared.workers));
      }
      return registryOf(
        {
          ...catalogue,
          kinds: byName([...catalogue.kinds.values(), ...kinds]),
          functions: functions === undefined ? catalogue.functions : known,
        },
        shared,
      );
    },
    async close() {
      await Promise.all([shared.http.close(), shared.workers.close()]);
    },
  };
}

interface Shared {
  readonly http: SharedResource<HttpClient>;
  readonly workers: SharedResource<WorkerPool>;
}

function functionExists(name: string): FsmError {
  return new FsmError('FUNCTION_EXISTS', `There are two functions named \`${name}\`.`, {
    hint: 'Give yours another name; plugins put theirs in front: `acme.score`.',
    details: { name },
  });
}

function sharedHttp(http: HttpClientOptions | HttpClient): SharedResource<HttpClient> {
  if ('request' in http) {
    return new SharedResource(
      () => http,
      // whoever brings a client closes it
      async () => {},
    );
  }
  if (http.allow || http.deny || http.only) createAddressPolicy(http);
  return new SharedResource(
    () => createHttpClient(http),
    (client) => client.close(),
  );
}

function sharedWorkers(options: WorkerPoolOptions | undefined): SharedResource<WorkerPool> {
  return new SharedResource(
    () => createWorkerPool(options),
    (pool) => pool.close(),
  );
}

function byName(kinds: readonly EffectKind[]): ReadonlyMap<string, EffectKind> {
  const map = new Map<string, EffectKind>();
  for (const kind of kinds) {
    if (map.has(kind.name)) {
      throw new FsmError('KIND_EXISTS', `There are two kinds of effect named \`${kind.name}\`.`, {
        hint: 'Give your kind another name; plugins put theirs in front: `acme.score`.',
        details: { name: kind.name },
      });
    }
    map.set(kind.name, kind);
  }
  return map;
}

function defined(name: string, given: unknown, workers: SharedResource<WorkerPool>): FunctionDefinition {
  if (typeof given === 'function') return { run: given as EffectFunction };
  if (typeof given === 'object' && given !== null) {
    if ('run' in given && typeof given.run === 'function') return given as FunctionDefinition;
    if ('worker' in given && given.worker instanceof URL) return inThread(given as WorkerFunctionDefinition, workers);
  }
  throw new FsmError('FUNCTION_INVALID', `\`${name}\` cannot be called: it is registered as ${typeof given}.`, {
    hint: 'Register a function, or what defineFunction({ run }) or defineFunction({ worker }) returns.',
    details: { name },
  });
}

function inThread(
  { worker, export: name = 'default', timeout, ...rest }: WorkerFunctionDefinition,
  workers: SharedResource<WorkerPool>,
): FunctionDefinition {
  return {
    ...rest,
    run(params, call) {
      const { key, instance, tenant, attempt, signal } = call;
      const task = { module: worker.href, name, params, call: { key, instance, tenant, attempt } };
      const limits = timeout === undefined ? { signal } : { signal, timeout };
      return workers.of(FunctionCall.hostOf(call)).run(task, limits);
    },
  };
}
