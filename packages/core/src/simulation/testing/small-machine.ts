import type fc from 'fast-check';
import type { MachineDefinition } from '../../definition/definition.ts';
import { FsmError } from '../../error.ts';
import { compile, type Machine } from '../../machine/machine.ts';
import { definitionOf, implementations, layoutOf, machineSpec } from '../../machine/testing/random-machine.ts';
import { simulate } from '../simulation.ts';

/** Random machines that start, without registered actions: what code reads cannot be seen, so everything would matter. */
export const smallMachines: fc.Arbitrary<MachineDefinition> = machineSpec({ invocations: true })
  .map((spec) => withoutCode(definitionOf(layoutOf(spec))))
  .filter(starts);

export function compileSmall(definition: MachineDefinition): Machine {
  return compile(definition, { maxMicrosteps: 60 });
}

function starts(definition: MachineDefinition): boolean {
  try {
    simulate(compileSmall(definition));
    return true;
  } catch (error) {
    if (FsmError.is(error) && error.code === 'MICROSTEP_LIMIT') return false;
    throw error;
  }
}

function withoutCode(definition: MachineDefinition): MachineDefinition {
  return JSON.parse(
    JSON.stringify(definition, (_key, value: unknown) => {
      if (Array.isArray(value)) return value.filter((item) => !isRegisteredAction(item));
      return asExpression(value) ?? value;
    }),
  );
}

function isRegisteredAction(item: unknown): boolean {
  const name = isTyped(item) ? item.type : item;
  return typeof name === 'string' && Object.hasOwn(implementations.actions ?? {}, name);
}

/** The registered guards of random machines as what they ask. */
function asExpression(value: unknown): string | undefined {
  if (!isTyped(value)) return undefined;
  if (value.type === 'below') return `context.${String(value.params?.[0])} < ${String(value.params?.[1])}`;
  return value.type === 'eventIs' ? `event.type === '${String(value.params)}'` : undefined;
}

function isTyped(value: unknown): value is { readonly type: unknown; readonly params?: readonly unknown[] } {
  return typeof value === 'object' && value !== null && 'type' in value;
}
