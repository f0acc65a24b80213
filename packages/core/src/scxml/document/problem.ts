import type { Problem } from '../../definition/problem.ts';

export type ScxmlProblemCode = keyof typeof scxmlProblemCodes;

/** Every code `importScxml` and `exportScxml` report, with its meaning. Codes are stable: programs may match them. */
export const scxmlProblemCodes = {
  SCXML_INVALID:
    'The text is not an SCXML document: not XML, another root, too large, too deep, or with entities of its own.',
  UNKNOWN_ELEMENT: 'SCXML has no element of that name.',
  MISPLACED_ELEMENT: 'An element stands where the recommendation does not allow it.',
  MISSING_ELEMENT: 'An element lacks a child that it needs.',
  UNKNOWN_ATTRIBUTE: 'The element has no attribute of that name.',
  MISSING_ATTRIBUTE: 'A required attribute is absent.',
  INVALID_ATTRIBUTE: 'An attribute has a value that it cannot have.',
  CONFLICTING_ATTRIBUTES: 'Attributes or children exclude each other.',
  FOREIGN_ELEMENT: 'An element belongs to another namespace; nothing is known about it.',
  FOREIGN_ATTRIBUTE: 'An attribute belongs to another namespace; nothing is known about it.',
  STRAY_TEXT: 'Text stands where only elements mean something.',
  DUPLICATE_ID: 'Two states, or two data, have the same id.',
  UNKNOWN_TARGET: 'No state has the id that a target names.',
  NO_STATES: 'The document has no states.',
  DATA_MODEL: 'The document needs a data model other than ecmascript, or uses what the null data model does not have.',
  INVALID_TIME: 'A delay is not a CSS2 time like `1.5s` or `500ms`.',
  HOSTILE_KEY: 'A name is `__proto__`, `constructor` or `prototype`, which JavaScript gives a meaning of its own.',
  SOURCE_MISSING: 'What `src` names could not be read.',
  EXPRESSION_SYNTAX: 'An expression is not ECMAScript; it fails when it is evaluated.',
  NO_GUARD_FORM: 'A guard cannot be written in SCXML, so the transition would be taken when it must not be.',
  NO_FORM: 'A part of the machine cannot be written in SCXML and is left out.',
  MEANING_DIFFERS: 'SCXML does something else than the native machine in a special case.',
  INVALID_CHARACTER: 'A text has a character that XML cannot hold.',
} as const satisfies Readonly<Record<string, string>>;

/** One problem; codes are checked by the compiler here, because `Problem` leaves them open. */
export function scxmlProblem(
  severity: Problem['severity'],
  code: ScxmlProblemCode,
  path: string,
  message: string,
  details: { readonly hint?: string | undefined; readonly line?: number; readonly column?: number } = {},
): Problem {
  const { hint, line, column } = details;
  const place = line === undefined || column === undefined ? undefined : { line, column };
  return { code, severity, path, message, ...(hint === undefined ? undefined : { hint }), ...place };
}
