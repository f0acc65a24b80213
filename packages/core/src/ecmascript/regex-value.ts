import { charge } from '../expression/budget.ts';
import { Fault, failed } from '../expression/fault.ts';
import { Pattern } from '../expression/pattern.ts';

/** A regular expression: RE2, linear, without state (`lastIndex` does not exist). All is private, as for functions. */
export class RegexValue {
  readonly #pattern: Pattern;
  readonly #source: string;
  readonly #flags: string;

  constructor(source: string, flags: string, position: number) {
    this.#pattern = new Pattern(source, flags, position);
    this.#source = source;
    this.#flags = flags;
  }

  get pattern(): Pattern {
    return this.#pattern;
  }

  get text(): string {
    return `/${this.#source}/${this.#flags}`;
  }

  member(name: string): unknown {
    switch (name) {
      case 'source':
        return this.#source;
      case 'flags':
        return this.#flags;
      case 'global':
        return this.#pattern.global;
      default:
        return undefined;
    }
  }
}

/** A regular expression made by a running script. Compiling one takes longer than anything else that has its length. */
export function regexOf(source: string, flags: string, position: number): RegexValue {
  charge(1_000 + 20 * source.length);
  try {
    return new RegexValue(source, flags, position);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw failed(error.reason, error.message, position, error.hint);
  }
}
