import type { EffectDefinition, Json } from '@fsm/core';
import type { Eventual } from './eventual.ts';
import { execute } from './execute.ts';
import { MemoryHost, type MemoryHostOptions } from './memory-host.ts';
import { createRegistry, type Registry } from './registry.ts';

export interface RunOptions extends MemoryHostOptions {
  /** Kinds and functions; only the built-in kinds when not given. */
  readonly registry?: Registry;
}

/**
 * Runs an effect once, in memory, without an instance: for trying things, for tests, for pipelines of an agent.
 *
 * ```ts
 * const registry = createRegistry({ functions: { double: ({ n }) => n * 2 } });
 * await run({ type: 'call', function: 'double', params: { n: '{{ context.n }}' } }, { registry, context: { n: 21 } }); // 42
 * ```
 *
 * Nothing is recorded: when the process ends, the execution is gone.
 *
 * @throws FsmError EFFECT_INVALID when the definition has problems; otherwise see `execute`
 */
export function run(
  effect: EffectDefinition,
  { registry = createRegistry(), ...options }: RunOptions = {},
): Eventual<Json> {
  return execute(registry.prepare(effect), new MemoryHost(options));
}
