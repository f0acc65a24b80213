import type { MachineDefinition } from '../definition/definition.ts';
import { describe, isPlainObject } from '../definition/plain.ts';
import type { Problem } from '../definition/problem.ts';
import {
  absoluteTarget,
  resolveReference,
  resolveTarget,
  stateTree,
  type TreeState,
} from '../definition/state-tree.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import { FsmError } from '../error.ts';
import { builtInComponents } from './built-in.ts';
import type { Component, ComponentHost, Fragment } from './component.ts';
import { type JsonPath, problemAt } from './component-problem.ts';
import { placeFragment } from './fragment-names.ts';
import { mergeFragment, mergeProblems } from './merge.ts';
import { Origins } from './origins.ts';
import { parameterProblems, targetParameters } from './parameters.ts';

export interface Expansion {
  /** The machine without `components`: plain states and transitions. The very argument when it uses none. */
  readonly definition: MachineDefinition;
  /** What is wrong with the uses. A use with an error is left out. */
  readonly problems: readonly Problem[];
  /** What came from where. */
  readonly origins: Origins;
}

/**
 * Turns the `components` of a machine into plain states and transitions, in the order they are written. Pure; the
 * definition may be wrong in any way. What the author wrote stays where it is: a fragment only adds, and what cannot be
 * added without changing something is a problem.
 *
 * ```ts
 * const { definition, problems } = expandComponents({
 *   id: 'door',
 *   components: { autoclose: { use: 'Timer', at: 'open', with: { duration: '10s', target: 'closed' } } },
 *   initial: 'closed',
 *   states: { closed: { on: { OPEN: 'open' } }, open: {} },
 * });
 * definition.states.open // { after: { '10s': { target: '#door.closed' } } }
 * ```
 *
 * @param components Of two with the same name the later one counts.
 */
export function expandComponents(
  definition: MachineDefinition,
  components: readonly Component[] = builtInComponents,
): Expansion {
  const origins = new Origins();
  if (!isPlainObject(definition) || !Object.hasOwn(definition, 'components')) {
    return { definition, problems: [], origins };
  }
  const { components: uses, ...machine } = definition as unknown as Readonly<Record<string, unknown>>;
  if (machine.semantics === 'scxml') {
    const message = 'A machine with the semantics of SCXML has no components: they are written in native expressions.';
    const problem = problemAt('MISPLACED_KEY', ['components'], message, 'Remove `components`, or `semantics`.');
    return { definition: machine as unknown as MachineDefinition, problems: [problem], origins };
  }
  if (!isPlainObject(uses)) {
    const hint = 'Write the uses by name: `{ "autoclose": { "use": "Timer", "with": { … } } }`.';
    const message = `\`components\` must be an object, but is ${describe(uses)}.`;
    const problem = problemAt('WRONG_TYPE', ['components'], message, hint);
    return { definition: machine as unknown as MachineDefinition, problems: [problem], origins };
  }
  const known = new Map(components.map((component) => [component.name, component]));
  const problems: Problem[] = [];
  let expanded: Readonly<Record<string, unknown>> = machine;
  for (const [name, use] of Object.entries(uses)) {
    const result = expandUse(expanded, name, use, known, origins);
    problems.push(...result.problems);
    expanded = result.definition ?? expanded;
  }
  return { definition: expanded as unknown as MachineDefinition, problems, origins };
}

interface Use {
  readonly use: string;
  readonly with: unknown;
  readonly at: string | undefined;
  readonly prefix: string;
}

type Outcome<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

function expandUse(
  definition: Readonly<Record<string, unknown>>,
  name: string,
  given: unknown,
  known: ReadonlyMap<string, Component>,
  origins: Origins,
): { readonly problems: readonly Problem[]; readonly definition?: Readonly<Record<string, unknown>> } {
  const place: JsonPath = ['components', name];
  const read = readUse(given, place);
  if ('problems' in read) return read;
  const use = read.value;
  const component = known.get(use.use);
  if (component === undefined) return { problems: [unknownComponent(use.use, known, place)] };
  const tree = stateTree(definition);
  const host = use.at === undefined ? tree.root : resolveReference(tree, use.at);
  if (host === undefined) return { problems: [unknownHost(String(use.at), tree.states, place)] };
  if (host.kind === 'final' || host.kind === 'history') {
    const message = `\`${host.path}\` is a ${host.kind} state, in which nothing can happen.`;
    return { problems: [problemAt('INVALID_VALUE', [...place, 'at'], message, 'Name a state that can be active.')] };
  }
  // what has the wrong type is a problem of its own, and nothing can be added to it
  if (!isMergeable(host) || !isMergeable(tree.root)) return { problems: [] };

  const parsed = component.parameters.safeParse(use.with ?? {});
  if (!parsed.success) {
    return { problems: parameterProblems(component, use.with ?? {}, parsed.error.issues, [...place, 'with']) };
  }
  const parameters: Record<string, unknown> = { ...parsed.data };
  const problems: Problem[] = [];
  for (const key of targetParameters(component)) {
    const text = parameters[key];
    if (typeof text !== 'string') continue;
    const found =
      resolveTarget(tree, host, text) ?? resolveTarget(tree, host, `.${text}`) ?? resolveReference(tree, text);
    if (found === undefined) problems.push(unknownTarget(text, key, tree.states, place));
    else parameters[key] = absoluteTarget(tree, found) ?? text;
  }
  if (problems.length > 0) return { problems };

  const built = buildFragment(component, parameters, { name, kind: host.kind, initial: initialOf(host) }, place);
  if ('problems' in built) return built;
  const merge = {
    use: { name, component: component.name },
    place,
    fragment: placeFragment(built.value, use.prefix, host.path),
    tree,
    host,
    origins,
  };
  const found = mergeProblems(merge);
  if (found.some((problem) => problem.severity === 'error')) return { problems: found };
  return { problems: found, definition: mergeFragment(merge) };
}

const useKeys = ['use', 'with', 'at', 'prefix'];

function readUse(given: unknown, place: JsonPath): Outcome<Use> {
  const hint = 'Write `{ "use": "Timer", "with": { … }, "at": "path.of.a.state" }`.';
  if (!isPlainObject(given)) {
    return { problems: [problemAt('WRONG_TYPE', place, `A use must be an object, but is ${describe(given)}.`, hint)] };
  }
  const problems = Object.keys(given)
    .filter((key) => !useKeys.includes(key))
    .map((key) => {
      const meant = suggest(key, useKeys);
      const message = `\`${key}\` is not a key of a use${meant === undefined ? '.' : `; did you mean \`${meant}\`?`}`;
      return problemAt('UNKNOWN_KEY', [...place, key], message, `Keys: ${listNames(useKeys)}.`);
    });
  if (!Object.hasOwn(given, 'use')) {
    problems.push(problemAt('MISSING_KEY', place, 'The use does not say which component it uses.', hint));
  }
  for (const key of ['use', 'at', 'prefix']) {
    if (!Object.hasOwn(given, key) || typeof given[key] === 'string') continue;
    const message = `\`${key}\` must be a string, but is ${describe(given[key])}.`;
    problems.push(problemAt('WRONG_TYPE', [...place, key], message, hint));
  }
  if (problems.length > 0) return { problems };
  const { use, at: path, prefix, with: parameters } = given;
  return {
    value: {
      use: String(use),
      with: parameters,
      at: path === undefined ? undefined : String(path),
      prefix: prefix === undefined ? '' : String(prefix),
    },
  };
}

function buildFragment(
  component: Component,
  parameters: Record<string, unknown>,
  host: ComponentHost,
  place: JsonPath,
): Outcome<Fragment> {
  try {
    return { value: component.build(parameters, host) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = FsmError.is(cause) ? cause.hint : undefined;
    const code = FsmError.is(cause) ? 'INVALID_VALUE' : 'INVALID_COMPONENT';
    return {
      problems: [
        problemAt(
          code,
          code === 'INVALID_VALUE' ? [...place, 'with'] : place,
          code === 'INVALID_VALUE' ? reason : `${component.name} could not be built: ${reason}`,
          hint ?? 'Correct the parameters, or the component.',
        ),
      ],
    };
  }
}

function isMergeable({ definition }: TreeState): boolean {
  return ['states', 'on', 'after', 'context', 'events'].every(
    (key) => !Object.hasOwn(definition, key) || isPlainObject(definition[key]),
  );
}

function initialOf({ definition }: TreeState): string | undefined {
  const { initial } = definition;
  const key = isPlainObject(initial) ? initial.target : initial;
  return typeof key === 'string' ? key : undefined;
}

function unknownComponent(asked: string, known: ReadonlyMap<string, Component>, place: JsonPath): Problem {
  const names = [...known.keys()];
  const meant = suggest(asked, names);
  const message = `There is no component \`${asked}\`${meant === undefined ? '.' : `; did you mean \`${meant}\`?`}`;
  return problemAt('UNKNOWN_COMPONENT', [...place, 'use'], message, `Components: ${listNames(names)}.`);
}

function unknownHost(asked: string, states: readonly TreeState[], place: JsonPath): Problem {
  return problemAt('UNKNOWN_STATE', [...place, 'at'], ...missing(asked, states));
}

function unknownTarget(asked: string, key: string, states: readonly TreeState[], place: JsonPath): Problem {
  return problemAt('UNKNOWN_TARGET', [...place, 'with', key], ...missing(asked, states));
}

function missing(asked: string, states: readonly TreeState[]): [message: string, hint: string] {
  const paths = states.filter((state) => state.parent !== undefined).map((state) => state.path);
  const meant = suggest(asked, paths);
  const message = `There is no state \`${asked}\`${meant === undefined ? '.' : `; did you mean \`${meant}\`?`}`;
  return [message, paths.length === 0 ? 'The machine has no states yet.' : `States: ${listNames(paths)}.`];
}
