import { compileDataExpression, compileDataTemplate, compileScript } from '../ecmascript/data-model.ts';
import { FsmError } from '../error.ts';
import { compileExpression, compileTemplate } from '../expression/expression.ts';
import type { Json } from '../json.ts';
import { guessDuration, parseDuration } from './duration.ts';
import { at, type Path } from './path.ts';
import { isPlainObject } from './plain.ts';
import { expectString, type Walk, wrongType } from './walk.ts';

export function checkExpression(walk: Walk, source: string, path: Path, hint?: string): void {
  attempt(walk, path, hint, () => (walk.scxml ? compileDataExpression(source) : compileExpression(source)));
}

/** SCXML: statements over the data model. */
export function checkScript(walk: Walk, text: unknown, path: Path): void {
  if (expectString(walk, text, path)) attempt(walk, path, undefined, () => compileScript(text));
}

/** Compiles every `{{ }}` of a JSON value, each string on its own, so that each problem has its exact path. */
export function checkTemplate(walk: Walk, value: unknown, path: Path): void {
  if (typeof value === 'string') {
    if (!value.includes('{{')) return;
    attempt(walk, path, undefined, () => {
      if (walk.scxml) compileDataTemplate(value);
      else compileTemplate(value as Json);
    });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkTemplate(walk, item, at(path, index));
    });
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) checkTemplate(walk, item, at(path, key));
  }
}

/** A number that only looks like a duration is a mistake, not an expression. */
const almostDuration = /^[-+]?[\d.]+\s*[a-zA-Z]*$|^P(?:\d|T\d)/;

/** Milliseconds, a duration like `"30s"`, or an expression. */
export function checkDuration(walk: Walk, value: unknown, path: Path, part?: 'key'): void {
  if (typeof value !== 'number' && typeof value !== 'string') {
    wrongType(walk, value, path, 'a duration: milliseconds, "30s", or an expression');
    return;
  }
  if (parseDuration(value) !== undefined) return;
  if (walk.scxml && typeof value === 'string' && part === undefined) {
    checkExpression(walk, value, path);
    return;
  }
  if (typeof value === 'number' || value.trim() === '' || almostDuration.test(value.trim())) {
    const guess = guessDuration(String(value));
    const ending = guess === undefined ? '.' : `; did you mean \`${guess}\`?`;
    walk.report.error('INVALID_DURATION', path, `\`${value}\` is not a duration${ending}`, {
      hint: 'Write milliseconds from 0 or one of "500ms" "30s" "5m" "2h" "30d"; for a sum, an expression over `context`.',
      part,
    });
    return;
  }
  attempt(walk, path, 'A delay is a duration or an expression; it has no names of its own.', () =>
    compileExpression(value),
  );
}

const scxmlHint = 'Write ECMAScript over the data model; the machine gets `error.execution` for what it is now.';

function attempt(walk: Walk, path: Path, hint: string | undefined, compile: () => unknown): void {
  try {
    compile();
  } catch (error) {
    if (!FsmError.is(error)) throw error;
    const position = error.details?.position;
    // in SCXML it is an error of the moment in which it is evaluated, and the machine may handle it
    const severity = walk.scxml ? 'warning' : 'error';
    walk.report[severity]('EXPRESSION_INVALID', path, error.message, {
      hint:
        hint ?? error.hint ?? (walk.scxml ? scxmlHint : 'Write one JavaScript expression over `context` and `event`.'),
      part: typeof position === 'number' ? position : undefined,
    });
  }
}
