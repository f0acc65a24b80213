import { RE2JS, RE2JSException } from 're2js';
import { charge } from './budget.ts';
import { type Fault, invalid } from './fault.ts';
import { MeteredText, unanchored } from './metered-text.ts';
import { translatePattern } from './regex-syntax.ts';

/**
 * A regular expression literal, matched by RE2 in linear time. It works on code points (as with the flag `u`, which may
 * be left out), has neither look-around nor back-references, and keeps no state: `lastIndex` does not exist.
 */
export class Pattern {
  readonly global: boolean;
  /** Capturing groups, the match itself not counted. */
  readonly groupCount: number;
  readonly groupNames: readonly (readonly [name: string, group: number])[];
  readonly #re2: ReturnType<RE2JS['re2']>;
  readonly #size: number;

  constructor(source: string, flags: string, position: number) {
    for (const flag of flags) if (!'gimsu'.includes(flag)) throw refused(`The flag \`${flag}\``, position);
    if (source.length > maxPatternLength) {
      throw invalid(
        'REGEX',
        `The regular expression is longer than ${maxPatternLength} characters`,
        position,
        'Split it.',
      );
    }
    const compiled = compileRegex(translatePattern(source, flags.includes('s'), position), flags, position);
    this.global = flags.includes('g');
    this.groupCount = compiled.groupCount();
    this.groupNames = Object.entries(compiled.namedGroups());
    this.#re2 = compiled.re2();
    this.#size = compiled.programSize();
    // it searches the text for parts of the pattern before each match, past the meter
    this.#re2.prefilter = null;
  }

  /** The leftmost match that starts at `from` or later. */
  find(text: string, from: number): Match | undefined {
    if (from > text.length) return undefined;
    // a search clears a table of one bit per instruction and character
    charge(1 + (Math.min(text.length * this.#size, 262_144) >> 14));
    const bounds = this.#re2.executeEngine(
      new MeteredText(text, this.#size),
      from,
      unanchored,
      2 * (this.groupCount + 1),
    );
    return bounds === null ? undefined : new Match(this, text, bounds);
  }

  test(text: string): boolean {
    return this.find(text, 0) !== undefined;
  }

  exec(text: string): unknown[] | null {
    return this.find(text, 0)?.asList() ?? null;
  }

  /** All matches, from left to right; after an empty one the search goes on one character later. */
  *matches(text: string): Generator<Match> {
    let match = this.find(text, 0);
    while (match !== undefined) {
      yield match;
      match = this.find(text, match.end > match.index ? match.end : next(text, match.end));
    }
  }

  /** String.prototype.split: an empty match splits between characters only, groups become pieces of their own. */
  split(text: string, limit: number): unknown[] {
    if (limit === 0) return [];
    if (text === '') return this.test('') ? [] : [''];
    const pieces: unknown[] = [];
    let start = 0;
    let from = 0;
    for (;;) {
      const match = this.find(text, from);
      if (match === undefined || match.index >= text.length) break;
      if (match.end === start) {
        from = next(text, from);
        continue;
      }
      for (const piece of [text.slice(start, match.index), ...match.groups()]) {
        if (pieces.push(piece) === limit) return pieces;
      }
      start = match.end;
      from = start;
    }
    pieces.push(text.slice(start));
    return pieces;
  }
}

export class Match {
  readonly index: number;
  readonly end: number;
  readonly #pattern: Pattern;
  readonly #input: string;
  readonly #bounds: readonly number[];

  constructor(pattern: Pattern, input: string, bounds: readonly number[]) {
    this.index = bounds[0]!;
    this.end = bounds[1]!;
    this.#pattern = pattern;
    this.#input = input;
    this.#bounds = bounds;
  }

  get text(): string {
    return this.#input.slice(this.index, this.end);
  }

  group(number: number): string | undefined {
    const start = this.#bounds[2 * number];
    return start === undefined || start < 0 ? undefined : this.#input.slice(start, this.#bounds[2 * number + 1]);
  }

  groups(): (string | undefined)[] {
    return Array.from({ length: this.#pattern.groupCount }, (_, index) => this.group(index + 1));
  }

  namedGroups(): Record<string, string | undefined> | undefined {
    const { groupNames } = this.#pattern;
    if (groupNames.length === 0) return undefined;
    return Object.fromEntries(groupNames.map(([name, group]) => [name, this.group(group)]));
  }

  /** What `exec` and `match` of JavaScript return. */
  asList(): unknown[] {
    charge(this.#pattern.groupCount + 1);
    const list = [this.text, ...this.groups()];
    return Object.assign(list, { index: this.index, input: this.#input, groups: this.namedGroups() });
  }
}

/** Longer patterns take RE2 too long to compile. */
const maxPatternLength = 1_000;

/** The largest compiled pattern, in instructions: matching costs this much per character at worst. */
const maxProgramSize = 1_000;

function compileRegex(source: string, flags: string, position: number): RE2JS {
  let options = 0;
  if (flags.includes('i')) options |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) options |= RE2JS.MULTILINE;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, options);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const why = error.message.replace('error parsing regexp: ', '');
    throw invalid('REGEX', `The regular expression is not supported: ${why}`, position);
  }
  if (compiled.programSize() > maxProgramSize) {
    throw invalid('REGEX', 'The regular expression is too large', position, 'Repeat smaller parts, or fewer times.');
  }
  return compiled;
}

function refused(what: string, position: number): Fault {
  return invalid('REGEX', `${what} is not supported in a regular expression`, position, 'Use the flags g, i, m and s.');
}

function next(text: string, index: number): number {
  const point = text.codePointAt(index);
  return index + (point !== undefined && point > 0xffff ? 2 : 1);
}
