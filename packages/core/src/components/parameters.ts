import { z } from 'zod';
import type { Problem } from '../definition/problem.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import type { Component } from './component.ts';
import { type JsonPath, problemAt } from './component-problem.ts';

/**
 * Parameters that several components share; each use adds its own description.
 */

const targets = z.registry<{ readonly target: true }>();

const name = z.string().min(1);

/**
 * A state of the author's. Written as a target seen from the state the component is used in, as a child of it, or as a
 * path from the root; the component gets it as a target that means the same everywhere.
 */
export const targetParameter = name;
targets.add(targetParameter, { target: true });

/** Milliseconds, `"30s"`, or an expression. */
export const durationParameter = z.union(
  [z.number().min(0), name],
  'expected milliseconds, a text such as "30s", or an expression',
);

/** An event type without wildcard. */
export const eventParameter = z
  .string()
  .min(1)
  .regex(/^[^*]+$/, 'expected an event type, without `*`');

/** One event type or a list of them; the component gets a list. */
export const eventsParameter = z
  .union([eventParameter, z.array(eventParameter)], 'expected an event type, or a list of them')
  .transform((events): readonly string[] => (typeof events === 'string' ? [events] : events));

/** A guard in any of its forms. */
export const guardParameter = z.union(
  [name, z.record(z.string(), z.json())],
  'expected a guard: an expression, a name or a combination',
);

/** One action or a list of them. */
export const actionsParameter = z.union(
  [name, z.record(z.string(), z.json()), z.array(z.union([name, z.record(z.string(), z.json())]))],
  'expected an action, or a list of them',
);

/** The names of the parameters that are states of the author's. */
export function targetParameters(component: Component): readonly string[] {
  return Object.entries(component.parameters.shape).flatMap(([key, field]) => (isTarget(field) ? [key] : []));
}

function isTarget(field: z.core.$ZodType): boolean {
  if (targets.has(field) || targets.get(field) !== undefined) return true;
  const { innerType } = field._zod.def as { readonly innerType?: z.core.$ZodType };
  return innerType !== undefined && isTarget(innerType);
}

/** What Zod found in the parameters of a component, in the codes and words of a definition's other problems. */
export function parameterProblems(
  component: Component,
  parameters: unknown,
  issues: readonly z.core.$ZodIssue[],
  place: JsonPath,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    const keys = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownParameter(component, [...keys, key], place));
    const first = keys[0];
    const description = first === undefined ? undefined : component.parameters.shape[first]?.description;
    const hint = description === undefined ? allParameters(component) : `\`${first}\`: ${description}`;
    const title = keys.join('.');
    if (valueAt(parameters, keys) === undefined) {
      return [
        problemAt('MISSING_KEY', [...place, ...keys.slice(0, -1)], `${component.name} needs \`${title}\`.`, hint),
      ];
    }
    const code = issue.code === 'invalid_type' || issue.code === 'invalid_union' ? 'WRONG_TYPE' : 'INVALID_VALUE';
    const what = title === '' ? 'The parameters' : `\`${title}\``;
    const message = `${what} of ${component.name} ${title === '' ? 'are' : 'is'} not right: ${issue.message}.`;
    return [problemAt(code, [...place, ...keys], message, hint)];
  });
}

function unknownParameter(component: Component, keys: JsonPath, place: JsonPath): Problem {
  const known = Object.keys(component.parameters.shape);
  const meant = keys.length === 1 ? suggest(String(keys[0]), known) : undefined;
  const ending = meant === undefined ? '.' : `; did you mean \`${meant}\`?`;
  const message = `${component.name} has no parameter \`${keys.join('.')}\`${ending}`;
  return problemAt('UNKNOWN_KEY', [...place, ...keys], message, allParameters(component));
}

function allParameters(component: Component): string {
  const known = Object.keys(component.parameters.shape);
  return known.length === 0 ? 'It has no parameters.' : `Parameters: ${listNames(known, 20)}.`;
}

function valueAt(value: unknown, keys: JsonPath): unknown {
  return keys.reduce<unknown>((inside, key) => {
    const holder = typeof inside === 'object' && inside !== null ? (inside as Readonly<Record<string, unknown>>) : {};
    return Object.hasOwn(holder, key) ? holder[key] : undefined;
  }, value);
}
