import { FsmError } from '../error.ts';
import { maxDepth } from './limits.ts';

const quote = 34;
const slash = 47;
const star = 42;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;
const lineFeed = 10;
const carriageReturn = 13;

/**
 * Refuses JSON text that nests objects and lists too deeply, without parsing it: one pass, no recursion, constant
 * memory beyond the limit. Call it before anything that walks the parsed value.
 *
 * ```ts
 * checkDepth(line, 64);
 * const event = JSON.parse(line);
 * ```
 *
 * The count is never lower than what a parser would reach, also for text that is not valid JSON: a string ends at a
 * line break, comments are skipped, and a bracket closes only its own kind.
 *
 * @throws FsmError TOO_DEEP with `details.line` and `details.column` of the bracket that goes too far.
 */
export function checkDepth(text: string, limit: number = maxDepth): void {
  const open: number[] = [];
  const end = text.length;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      index = endOfString(text, index + 1);
    } else if (code === slash) {
      index = endOfComment(text, index);
    } else if (code === openBracket || code === openBrace) {
      open.push(code);
      if (open.length > limit) throw tooDeep(text, index, limit);
    } else if (code === closeBracket || code === closeBrace) {
      // '[' and ']', '{' and '}' are two apart
      if (open.at(-1) === code - 2) open.pop();
    }
  }
}

/** Index of the closing quote, or of the line break that cuts the string short. */
function endOfString(text: string, start: number): number {
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === quote || code === lineFeed || code === carriageReturn) return index;
    if (code === backslash) index++;
  }
  return text.length;
}

function endOfComment(text: string, start: number): number {
  const next = text.charCodeAt(start + 1);
  if (next === star) {
    const end = text.indexOf('*/', start + 2);
    return end === -1 ? text.length : end + 1;
  }
  if (next !== slash) return start;
  for (let index = start + 2; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === lineFeed || code === carriageReturn) return index;
  }
  return text.length;
}

function tooDeep(text: string, offset: number, limit: number): FsmError {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  const line = before.length;
  const column = (before.at(-1) ?? '').length + 1;
  return new FsmError('TOO_DEEP', `The JSON nests deeper than ${limit} levels (line ${line}, column ${column}).`, {
    hint: 'Flatten the value: objects and lists may stand inside each other at most that often.',
    details: { limit, line, column },
  });
}
