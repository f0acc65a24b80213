import { isHostileKey } from '../definition/plain.ts';
import { type Fault, invalid } from './fault.ts';

/**
 * A JavaScript pattern in the syntax of RE2. Where both give a meaning to the same text and the meanings differ, the
 * one of JavaScript is written out; what RE2 cannot match in linear time is refused.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function translatePattern(source: string, dotAll: boolean, position: number): string {
  const scanner = new Scanner(source, position);
  let translated = '';
  while (!scanner.done) translated += translateNext(scanner, dotAll);
  return translated;
}

const anything = '\\x{0}-\\x{10FFFF}';
const nothing = `[^${anything}]`;
const lineEnds = '\\n\\r\\x{2028}\\x{2029}';
/** RE2 knows the ASCII ones only. */
const spaces = '\\t-\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}';
const notSpaces =
  '\\x{0}-\\x{8}\\x{E}-\\x{1F}!-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}' +
  '\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{10FFFF}';

class Scanner {
  readonly source: string;
  readonly position: number;
  index = 0;

  constructor(source: string, position: number) {
    this.source = source;
    this.position = position;
  }

  get done(): boolean {
    return this.index >= this.source.length;
  }

  /** What `pattern` (sticky) matches here, with its groups; moves past it. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.index;
    const match = pattern.exec(this.source);
    if (match !== null) this.index += match[0].length;
    return match;
  }

  refuse(what: string): Fault {
    return invalid(
      'REGEX',
      `${what} is not supported in a regular expression`,
      this.position,
      'Patterns are matched in linear time, without look-around and back-references.',
    );
  }
}

function translateNext(scanner: Scanner, dotAll: boolean): string {
  if (scanner.take(/\[\]/y)) return nothing;
  if (scanner.take(/\[\^\]/y)) return `[${anything}]`;
  const opening = scanner.take(/\[\^?/y);
  if (opening) return opening[0] + translateClass(scanner);
  if (scanner.take(/\\/y)) return translateEscape(scanner, false);
  if (scanner.take(/\./y)) return dotAll ? `[${anything}]` : `[^${lineEnds}]`;
  if (scanner.take(/\(\?<?[=!]/y)) throw scanner.refuse('Look-around');
  const group = scanner.take(/\(\?<([^>]*)>/y);
  if (group !== null) {
    if (isHostileKey(group[1]!)) throw scanner.refuse(`A group with the name "${group[1]}"`);
    return `(?P<${group[1]}>`;
  }
  return scanner.take(/./suy)![0];
}

/** The rest of a character class, to its bracket. */
function translateClass(scanner: Scanner): string {
  let translated = '';
  while (!scanner.take(/\]/y)) {
    if (scanner.done) throw scanner.refuse('An open character class');
    if (scanner.take(/\[/y)) translated += '\\[';
    else if (scanner.take(/\\/y)) translated += translateEscape(scanner, true);
    else translated += scanner.take(/./suy)![0];
  }
  return `${translated}]`;
}

/** What follows a backslash. */
function translateEscape(scanner: Scanner, inClass: boolean): string {
  const hex =
    scanner.take(/x([\da-f]{2})/iy) ??
    scanner.take(/u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/iy) ??
    scanner.take(/u([\da-f]{4})/iy) ??
    scanner.take(/u\{([\da-f]+)\}/iy);
  if (hex !== null) return `\\x{${codePoint(hex[1]!, hex[2]).toString(16)}}`;
  const control = scanner.take(/c([a-z])/iy);
  if (control !== null) return `\\x{${(control[1]!.charCodeAt(0) % 32).toString(16)}}`;
  const category = scanner.take(/([pP])\{(?:(?:Script|sc|General_Category|gc)=)?(\w+)\}/y);
  if (category !== null) return `\\${category[1]}{${category[2]}}`;
  if (scanner.take(/0(?!\d)/y)) return '\\x{0}';
  if (scanner.take(/s/y)) return inClass ? spaces : `[${spaces}]`;
  if (scanner.take(/S/y)) return inClass ? notSpaces : `[^${spaces}]`;
  if (inClass && scanner.take(/b/y)) return '\\x{8}';
  const known = scanner.take(/[dDwWbBtnvfr]/y);
  if (known !== null) return `\\${known[0]}`;
  if (scanner.take(/[\dk]/y)) throw scanner.refuse('A back-reference');
  const letter = scanner.take(/[A-Za-z]/y);
  if (letter !== null) throw scanner.refuse(`\`\\${letter[0]}\``);
  const itself = scanner.take(/./suy)![0];
  return /[\x21-\x7e]/.test(itself) ? `\\${itself}` : itself;
}

function codePoint(high: string, low: string | undefined): number {
  if (low === undefined) return Number.parseInt(high, 16);
  return (Number.parseInt(high, 16) - 0xd800) * 0x400 + (Number.parseInt(low, 16) - 0xdc00) + 0x10000;
}
