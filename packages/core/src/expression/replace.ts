import { chargeSearch, chargeText } from './budget.ts';
import type { Callback } from './code.ts';
import { toText } from './coerce.ts';
import { Pattern } from './pattern.ts';

/** One place that is replaced. */
interface Found {
  readonly index: number;
  readonly end: number;
  readonly groups: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, string | undefined>> | undefined;
}

/** `replace` and `replaceAll` of texts; `replacement` is a text with `$` references, or a callback. */
export function replaceEach(text: string, what: unknown, replacement: unknown, all: boolean, position: number): string {
  const found = what instanceof Pattern ? byPattern(text, what) : byText(text, toText(what, position), all);
  const expand =
    typeof replacement === 'function'
      ? (match: Found) => toText(callReplacer(replacement as Callback, match, text), position)
      : expander(toText(replacement, position), text);
  let made = '';
  let last = 0;
  for (const match of found) {
    const piece = expand(match);
    chargeText(match.index - last + piece.length);
    made += text.slice(last, match.index) + piece;
    last = match.end;
  }
  return made + text.slice(last);
}

function byPattern(text: string, pattern: Pattern): Found[] {
  const first = pattern.find(text, 0);
  const matches = pattern.global ? Array.from(pattern.matches(text)) : first === undefined ? [] : [first];
  return matches.map((match) => ({
    index: match.index,
    end: match.end,
    groups: match.groups(),
    named: match.namedGroups(),
  }));
}

function byText(text: string, part: string, all: boolean): Found[] {
  chargeSearch(text, part);
  const found: Found[] = [];
  for (let index = text.indexOf(part); index >= 0; index = text.indexOf(part, index + Math.max(1, part.length))) {
    chargeText(0);
    found.push({ index, end: index + part.length, groups: [], named: undefined });
    if (!all || (part === '' && index === text.length)) break;
  }
  return found;
}

function callReplacer(replacer: Callback, match: Found, text: string): unknown {
  const values: unknown[] = [text.slice(match.index, match.end), ...match.groups, match.index, text];
  return match.named === undefined ? replacer(...values) : replacer(...values, match.named);
}

/**
 * `$$`, `$&`, `` $` ``, `$'`, `$1`, `$<name>` in a replacement.
 *
 * @see https://tc39.es/ecma262/#sec-getsubstitution
 */
function expander(replacement: string, text: string): (match: Found) => string {
  if (!replacement.includes('$')) return () => replacement;
  return (match) => {
    let made = '';
    for (let at = 0; at < replacement.length; ) {
      const [length, piece] = reference(replacement, at, match, text);
      chargeText(piece.length);
      made += piece;
      at += length;
    }
    return made;
  };
}

/** How many characters of the replacement stand at `at` for which piece of text. */
function reference(
  replacement: string,
  at: number,
  match: Found,
  text: string,
): readonly [length: number, piece: string] {
  const dollar = replacement.indexOf('$', at);
  if (dollar !== at) {
    const end = dollar < 0 ? replacement.length : dollar;
    return [end - at, replacement.slice(at, end)];
  }
  switch (replacement[at + 1]) {
    case '$':
      return [2, '$'];
    case '&':
      return [2, text.slice(match.index, match.end)];
    case '`':
      return [2, text.slice(0, match.index)];
    case "'":
      return [2, text.slice(match.end)];
    case '<':
      return namedReference(replacement, at, match);
    default:
      return numberedReference(replacement, at, match);
  }
}

function namedReference(replacement: string, at: number, match: Found): readonly [length: number, piece: string] {
  const close = replacement.indexOf('>', at + 2);
  if (match.named === undefined || close < 0) return [2, '$<'];
  const name = replacement.slice(at + 2, close);
  return [close + 1 - at, (Object.hasOwn(match.named, name) ? match.named[name] : undefined) ?? ''];
}

function numberedReference(replacement: string, at: number, match: Found): readonly [length: number, piece: string] {
  for (const digits of [/^\d\d/, /^\d/]) {
    const number = digits.exec(replacement.slice(at + 1, at + 3))?.[0];
    if (number === undefined) continue;
    const group = Number(number);
    if (group >= 1 && group <= match.groups.length) return [1 + number.length, match.groups[group - 1] ?? ''];
  }
  return [1, '$'];
}
