import { RE2JS } from 're2js';
import { charge } from './budget.ts';

/** What the engines of re2js read a text through. */
interface MachineInput {
  step(position: number): number;
  index(regex: unknown, position: number): number;
  endPos(): number;
}

/**
 * re2js matches in linear time, but only a count of the characters it really reads tells how much work a search was:
 * finding all matches of one pattern can be quadratic. Its engines read a text through `step` and `index` alone, so this
 * subclass of its own input is where that work is charged. The class is not exported; a first match shows it.
 */
const Utf16Input = (() => {
  const probe = RE2JS.compile('a').re2();
  let input: MachineInput | undefined;
  probe.executeEngine = (given: MachineInput) => {
    input = given;
    return null;
  };
  probe.match('');
  return input!.constructor as new (
    text: string,
  ) => MachineInput;
})();

/** The anchoring of re2js: a match may start anywhere. */
export const unanchored = 0;

/** Up to this product of text and program re2js remembers what it visited; beyond, it carries a thread per instruction. */
const visitedLimit = 262_144;

export class MeteredText extends Utf16Input {
  readonly #cost: number;

  constructor(text: string, programSize: number) {
    super(text);
    this.#cost = 2 + programSize / (text.length * programSize > visitedLimit ? 4 : 32);
  }

  override step(position: number): number {
    charge(this.#cost);
    return super.step(position);
  }

  override index(regex: unknown, position: number): number {
    const found = super.index(regex, position);
    charge(1 + (found < 0 ? this.endPos() - position : found) / 16);
    return found;
  }
}
