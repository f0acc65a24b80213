import { listNames, type Problem, suggest } from '@fsm/core';
import type { z } from 'zod';
import type { EffectKind } from './effect.ts';
import type { Keys } from './json-path.ts';

/** What Zod found in the parameters of an effect, in the codes and words of a definition's other problems. */
export function parameterProblems(
  kind: EffectKind,
  parameters: object,
  issues: readonly z.core.$ZodIssue[],
  place: (at: Keys) => string,
): Problem[] {
  return issues.flatMap((issue) => {
    const at = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(kind, key, at, place));
    const value = valueAt(parameters, at);
    const name = at.join('.');
    if (value === undefined) return [missingKey(kind, name, at, place)];
    return [
      {
        code: isTypeIssue(issue) ? 'WRONG_TYPE' : 'INVALID_VALUE',
        severity: 'error',
        path: place(at),
        message: `\`${name}\` of \`${kind.name}\` is not right: ${issue.message}.`,
        ...hintFor(kind, at),
      },
    ];
  });
}

function unknownKey(kind: EffectKind, key: string, at: Keys, place: (at: Keys) => string): Problem {
  const top = at.length === 0;
  const known = Object.keys(kind.parameters.shape);
  const near = top ? suggest(key, known) : undefined;
  const list = known.length === 0 ? 'It has no parameters.' : `Its parameters are ${listNames(known, 100)}.`;
  return {
    code: 'UNKNOWN_KEY',
    severity: 'error',
    path: place([...at, key]),
    message: `\`${kind.name}\` has no parameter \`${[...at, key].join('.')}\`.`,
    hint: near === undefined ? list : `Did you mean \`${near}\`? ${list}`,
  };
}

function missingKey(kind: EffectKind, name: string, at: Keys, place: (at: Keys) => string): Problem {
  return {
    code: 'MISSING_KEY',
    severity: 'error',
    path: place(at.slice(0, -1)),
    message: `\`${kind.name}\` needs \`${name}\`.`,
    ...hintFor(kind, at),
  };
}

function hintFor(kind: EffectKind, at: Keys): { hint: string } | undefined {
  const field = kind.parameters.shape[String(at[0])] as z.ZodType | undefined;
  const description = field?.description;
  return description === undefined ? undefined : { hint: `\`${at[0]}\`: ${description}` };
}

function isTypeIssue(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_union' || issue.code === 'custom';
}

function valueAt(value: unknown, keys: Keys): unknown {
  return keys.reduce<unknown>(
    (inside, key) =>
      typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key) ? inside[key as never] : undefined,
    value,
  );
}
