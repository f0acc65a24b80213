import { charge, chargeSearch, chargeText } from './budget.ts';
import { toInteger, toNumber, toOptionalInteger, toText } from './coerce.ts';
import { failed } from './fault.ts';
import { methodTable } from './method.ts';
import { Pattern } from './pattern.ts';
import { replaceEach } from './replace.ts';

/** What a text can do. Nothing here depends on a locale. */
export const stringMethods = methodTable<string>({
  at: (text, [index], position) => text.at(toInteger(index, position)),
  charAt: (text, [index], position) => text.charAt(toInteger(index, position)),
  charCodeAt: (text, [index], position) => text.charCodeAt(toInteger(index, position)),
  codePointAt: (text, [index], position) => text.codePointAt(toInteger(index, position)),
  concat: (text, values, position) => {
    let joined = text;
    for (const value of values) {
      joined += toText(value, position);
      chargeText(joined.length);
    }
    return joined;
  },
  endsWith: (text, [part, end], position) => {
    const asked = toText(part, position);
    chargeText(asked.length);
    return text.endsWith(asked, toOptionalInteger(end, position));
  },
  includes: (text, [part, from], position) => {
    const asked = toText(part, position);
    chargeSearch(text, asked);
    return text.includes(asked, toInteger(from, position));
  },
  indexOf: (text, [part, from], position) => {
    const asked = toText(part, position);
    chargeSearch(text, asked);
    return text.indexOf(asked, toInteger(from, position));
  },
  lastIndexOf: (text, [part, from], position) => {
    const asked = toText(part, position);
    chargeSearch(text, asked);
    // not an integer yet: here an index that is not a number means the end
    return text.lastIndexOf(asked, toNumber(from, position));
  },
  match: (text, [pattern]) => {
    const asked = pattern as Pattern;
    if (!asked.global) return asked.exec(text);
    const found = Array.from(asked.matches(text), (match) => match.text);
    return found.length === 0 ? null : found;
  },
  matchAll: (text, [pattern]) => Array.from((pattern as Pattern).matches(text), (match) => match.asList()),
  normalize: (text, [form], position) => {
    const asked = form === undefined ? 'NFC' : toText(form, position);
    if (!['NFC', 'NFD', 'NFKC', 'NFKD'].includes(asked)) {
      throw failed('RANGE', `There is no normal form "${asked}"`, position, 'Use NFC, NFD, NFKC or NFKD.');
    }
    // one character may become eighteen
    charge(1 + text.length * 2);
    return text.normalize(asked);
  },
  padEnd: (text, [length, filler], position) => text.padEnd(...padding(text, length, filler, position)),
  padStart: (text, [length, filler], position) => text.padStart(...padding(text, length, filler, position)),
  repeat: (text, [times], position) => {
    const count = toInteger(times, position);
    if (count < 0 || count === Number.POSITIVE_INFINITY)
      throw failed('RANGE', `Cannot repeat a text ${count} times`, position);
    chargeText(text.length * count);
    return text.repeat(text === '' ? 0 : count);
  },
  replace: (text, [what, replacement], position) => replaceEach(text, what, replacement, false, position),
  replaceAll: (text, [what, replacement], position) => replaceEach(text, what, replacement, true, position),
  search: (text, [pattern]) => (pattern as Pattern).find(text, 0)?.index ?? -1,
  slice: (text, [start, end], position) => text.slice(toInteger(start, position), toOptionalInteger(end, position)),
  split: (text, [separator, limit], position) => split(text, separator, limit, position),
  startsWith: (text, [part, start], position) => {
    const asked = toText(part, position);
    chargeText(asked.length);
    return text.startsWith(asked, toInteger(start, position));
  },
  substr: (text, [start, length], position) =>
    text.substr(toInteger(start, position), toOptionalInteger(length, position)),
  substring: (text, [start, end], position) =>
    text.substring(toInteger(start, position), toOptionalInteger(end, position)),
  toLowerCase: (text) => {
    chargeText(text.length);
    return text.toLowerCase();
  },
  toString: (text: string) => text,
  toUpperCase: (text) => {
    chargeText(text.length);
    return text.toUpperCase();
  },
  trim: (text) => {
    chargeText(text.length);
    return text.trim();
  },
  trimEnd: (text) => {
    chargeText(text.length);
    return text.trimEnd();
  },
  trimStart: (text) => {
    chargeText(text.length);
    return text.trimStart();
  },
});

/** Methods whose result depends on the machine's language, and what to use instead. */
export const localeMethods: Readonly<Record<string, string>> = {
  localeCompare: 'Compare with `a < b ? -1 : a > b ? 1 : 0`; `toSorted()` orders texts.',
  toLocaleLowerCase: 'Use `toLowerCase`.',
  toLocaleUpperCase: 'Use `toUpperCase`.',
  toLocaleString: 'Use `toString` or `toFixed`.',
};

function padding(text: string, length: unknown, filler: unknown, position: number): [length: number, filler: string] {
  const target = toInteger(length, position);
  const fill = filler === undefined ? ' ' : toText(filler, position);
  if (target <= text.length || fill === '') return [0, ''];
  chargeText(target);
  return [target, fill];
}

function split(text: string, separator: unknown, limit: unknown, position: number): string[] {
  const most = limit === undefined ? 0xffffffff : toInteger(limit, position) >>> 0;
  if (separator instanceof Pattern) return separator.split(text, most) as string[];
  if (separator === undefined) return most === 0 ? [] : [text];
  const by = toText(separator, position);
  chargeSearch(text, by);
  charge(by === '' ? text.length : text.length / by.length);
  return text.split(by, most);
}
