import { builtInComponents } from '../components/built-in.ts';
import type { Component } from '../components/component.ts';
import { expandComponents } from '../components/expand.ts';
import { checkJson, type JsonCheck } from './check-json.ts';
import type { MachineDefinition } from './definition.ts';
import { at, rootPath } from './path.ts';
import type { Problem } from './problem.ts';
import { Report } from './report.ts';

interface Expanded extends JsonCheck {
  readonly machine: Readonly<Record<string, unknown>>;
}

/**
 * The definition that the other checks look at: the one with its components expanded. What is wrong with the uses is
 * reported here; from now on, what is wrong with the states they became is reported where they are used.
 *
 * @param written What `checkJson` said of the definition as it is written.
 */
export function expandForChecks(
  definition: Readonly<Record<string, unknown>>,
  own: readonly Component[] | undefined,
  report: Report,
  written: JsonCheck,
): Expanded {
  if (!Object.hasOwn(definition, 'components')) return { machine: definition, ...written };
  const components = allComponents(own);
  const {
    definition: machine,
    problems,
    origins,
  } = expandComponents(definition as unknown as MachineDefinition, components);
  const place = at(rootPath, 'components');
  const adopt = (problem: Problem): void => report.adopt(place, problem);
  problems.forEach(adopt);
  const found = new Report(machine, undefined);
  found.afterExpansion(origins);
  const check = checkJson(machine, found);
  // what the author wrote has been looked at already
  for (const problem of found.problems()) if (problem.path.startsWith('$.components')) adopt(problem);
  report.afterExpansion(origins);
  return { machine: { ...machine }, ...check };
}

/** Built-in components, and those of a program, which count more. */
export function allComponents(own: readonly Component[] = []): readonly Component[] {
  return [...builtInComponents, ...own];
}
