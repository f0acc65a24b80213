import { formatPath, type Path } from '../definition/path.ts';
import type { Problem } from '../definition/problem.ts';

export type XStateProblemCode = keyof typeof xstateProblemCodes;

/** Every code `importXState` and `exportXState` report, with its meaning. Codes are stable: programs may match them. */
export const xstateProblemCodes = {
  NOT_A_MACHINE: 'The value is not an XState machine configuration.',
  XSTATE_V4: 'The configuration uses keys of XState v4 and is read with its meaning.',
  RESOLVED_MACHINE: 'The value is what XState made of a configuration, in which not everything is left.',
  TOO_DEEP: 'Objects and lists nest deeper than 64 levels, or contain themselves.',
  GUARD_LOST:
    'A guard is a function or was one before it became JSON; a reference to a guard to register stands for it.',
  ACTION_LOST:
    'An action is a function or was one before it became JSON; a reference to an action to register stands for it.',
  ACTOR_LOST: 'What an invocation runs is a live object or was one; a call of a function to register stands for it.',
  TRANSITION_LOST: 'A transition is `null` or something else that says nothing.',
  VALUE_LOST: 'Data hold a function or another value that JSON does not have.',
  DELAY_UNKNOWN: 'A delay is named, and nothing says how long it is.',
  DELAY_GUESSED: 'A delay that XState would look up by name is read as the duration it says.',
  ACTION_NOT_SUPPORTED: 'A built-in action of XState has no counterpart here.',
  EXPRESSION_NOT_TRANSLATED: 'An expression is in another language, or reads what expressions here do not have.',
  KEY_NOT_SUPPORTED: 'A key means something that the other side does not have.',
  KEY_UNKNOWN: 'A key means nothing to XState where it stands.',
  NAME_CHANGED: 'A name has characters that names here do not have, and was changed.',
  TARGET_UNKNOWN: 'A target leads to no state.',
  EVENT_CHANGED: 'An event of the engine has another name here.',
  EVENT_NOT_SUPPORTED: 'An event of the engine has no counterpart.',
  BEHAVIOUR_DIFFERS: 'The other side does something slightly different here.',
  FUNCTION_NOT_EXPORTED: 'A TypeScript function of the definition cannot be written into the implementations.',
  EXPRESSION_NOT_EXPORTED: 'An expression is more than plain JavaScript over `context` and `event`.',
  EFFECT_NOT_EXPORTED: 'XState has actors for effects, and only the effect `call` names one.',
  NOT_IN_JSON: 'XState has only functions for this: the implementations carry it, the configuration alone does not.',
} as const satisfies Readonly<Record<string, string>>;

/** Collects what a translation could not carry over. */
export class ProblemList {
  readonly all: Problem[] = [];

  /** Meaning would be lost. */
  error(code: XStateProblemCode, path: Path, message: string, hint?: string): void {
    this.add('error', code, path, message, hint);
  }

  /** Worth knowing, and nothing is lost. */
  warning(code: XStateProblemCode, path: Path, message: string, hint?: string): void {
    this.add('warning', code, path, message, hint);
  }

  private add(
    severity: Problem['severity'],
    code: XStateProblemCode,
    path: Path,
    message: string,
    hint: string | undefined,
  ): void {
    this.all.push({ code, severity, path: formatPath(path), message, ...(hint === undefined ? undefined : { hint }) });
  }
}
