import type { Origins } from '../components/origins.ts';
import type { Locate } from './parse-machine.ts';
import { formatPath, type Path, pathKeys } from './path.ts';
import { isPlainObject } from './plain.ts';
import type { Problem, ProblemCode } from './problem.ts';
import { suggest } from './suggest.ts';

interface Finding {
  readonly path: Path;
  readonly problem: Problem;
}

export interface FindingDetails {
  readonly hint?: string | undefined;
  /** What of the path is meant; the value when absent. A number is an index into its string. */
  readonly part?: 'key' | number | undefined;
}

/** Collects the problems of one definition and puts them in the order of the document. */
export class Report {
  private readonly definition: unknown;
  private readonly locate: Locate | undefined;
  private readonly findings: Finding[] = [];
  private origins: Origins | undefined;
  private suggestions = 0;

  constructor(definition: unknown, locate: Locate | undefined) {
    this.definition = definition;
    this.locate = locate;
  }

  error(code: ProblemCode, path: Path, message: string, details: FindingDetails = {}): void {
    this.add(path, details.part, { code, severity: 'error', message, hint: details.hint });
  }

  warning(code: ProblemCode, path: Path, message: string, details: FindingDetails = {}): void {
    this.add(path, details.part, { code, severity: 'warning', message, hint: details.hint });
  }

  /** Adds a problem that somebody else found below `path`. */
  adopt(path: Path, problem: Problem): void {
    const { written, message } = this.written(path, problem.message);
    const below = written.inside ? problem.path.slice(formatPath(path).length) : '';
    const place = `${formatPath(written.path)}${below}`;
    const found = { ...problem, path: place, message };
    this.findings.push({ path: written.path, problem: { ...this.locate?.(place), ...found } });
  }

  /** From now on, paths are those of the definition with its components expanded; problems still show what was written. */
  afterExpansion(origins: Origins): void {
    this.origins = origins;
  }

  /** The end of a sentence: "; did you mean `x`?", or a full stop. */
  didYouMean(asked: string, candidates: Iterable<string>): string {
    const meant = this.nearest(asked, candidates);
    return meant === undefined ? '.' : `; did you mean \`${meant}\`?`;
  }

  /** The candidate that was probably meant. Looks only so often, because each look costs as much as there are candidates. */
  nearest(asked: string, candidates: Iterable<string>): string | undefined {
    return this.maySuggest() ? suggest(asked, candidates) : undefined;
  }

  /** Counts, too: after a hundred misses in one definition the reader has other worries. */
  maySuggest(): boolean {
    this.suggestions += 1;
    return this.suggestions <= mostSuggestions;
  }

  /** All problems in the order of the document; at the same place in the order they were found. */
  problems(): Problem[] {
    const ordinal = ordinals(this.definition);
    return this.findings
      .map((finding) => ({ problem: finding.problem, place: ordinal(finding.path) }))
      .sort((a, b) => comparePlaces(a.place, b.place))
      .map(({ problem }) => problem);
  }

  private add(
    path: Path,
    part: 'key' | number | undefined,
    { hint, message, ...problem }: Omit<Problem, 'hint' | 'path'> & { hint: string | undefined },
  ): void {
    const { written, message: sentence } = this.written(path, message);
    const place = formatPath(written.path);
    const found = { ...problem, path: place, message: sentence, ...(hint === undefined ? undefined : { hint }) };
    const location = this.locate?.(place, written.inside ? part : undefined);
    this.findings.push({ path: written.path, problem: { ...found, ...location } });
  }

  /** Where an author can do something about a place, and whether the author wrote it. */
  private written(path: Path, message: string) {
    const origin = this.origins?.of(path);
    if (origin === undefined) return { written: { path, inside: true }, message };
    const { use } = origin;
    if (use === undefined) return { written: { path: origin.path, inside: true }, message };
    const sentence = `In the component \`${use.name}\` (${use.component}), at ${formatPath(path)}: ${message}`;
    return { written: { path: origin.path, inside: false }, message: sentence };
  }
}

const mostSuggestions = 200;

/** Turns a path into positions: of each key among its siblings. */
function ordinals(definition: unknown): (path: Path) => number[] {
  const positions = new WeakMap<object, Map<string, number>>();
  return (path) => {
    let value = definition;
    return pathKeys(path).map((key) => {
      const holder = value;
      if (typeof key === 'number') {
        value = Array.isArray(holder) ? holder[key] : undefined;
        return key;
      }
      if (!isPlainObject(holder)) return -1;
      let known = positions.get(holder);
      if (known === undefined) {
        known = new Map(Object.keys(holder).map((name, index) => [name, index]));
        positions.set(holder, known);
      }
      value = known.has(key) ? holder[key] : undefined;
      return known.get(key) ?? -1;
    });
  };
}

function comparePlaces(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = a[index]! - b[index]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
