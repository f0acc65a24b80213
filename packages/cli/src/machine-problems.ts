import { FsmError, type Problem, validate } from '@fsm/core';
import { RegisteredPlugins } from '@fsm/runtime';
import type { MachineFile } from './machine-file.ts';
import { builtInPlugins } from './plugins.ts';
import { registryFor } from './registry.ts';

/** Everything that is wrong with a machine that could be read. Names are checked against the code it has, if any. */
export function problemsOf(machine: MachineFile): Problem[] {
  const { definition, locate, implementations, imported = [] } = machine;
  const plugins = new RegisteredPlugins([...builtInPlugins(() => undefined, undefined), ...(machine.plugins ?? [])]);
  const { contributions } = plugins;
  const registry = contributions.registry(registryFor(machine));
  const all = contributions.implementations(implementations, 'the code of the machine');
  // without code of the machine's own nothing is known about its names
  const guards = implementations.guards && all?.guards;
  const actions = implementations.actions && all?.actions;
  const found = validate(definition, {
    checkEffect: (effect, path) => registry.check(effect, path),
    checkPlugin: (use, path) => plugins.check(use, path),
    components: contributions.components,
    ...(locate && { locate }),
    ...(guards && { guards: Object.keys(guards) }),
    ...(actions && { actions: Object.keys(actions) }),
  });
  return [...imported, ...found];
}

export const isError = (problem: Problem) => problem.severity === 'error';

/** Refuses a machine with errors, naming the first and how to see the others. Throws MACHINE_INVALID. */
export function requireValid(machine: MachineFile): void {
  const errors = problemsOf(machine).filter(isError);
  const first = errors[0];
  if (first === undefined) return;
  const place = first.line === undefined ? machine.path : `${machine.path}:${first.line}:${first.column ?? 1}`;
  const others = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  throw new FsmError('MACHINE_INVALID', `${place} ${first.message}${others}`, {
    hint: `${first.hint ?? ''} All problems: fsm validate ${machine.path}`.trim(),
    path: first.path,
    details: { problems: errors },
  });
}
