import type { FsmError } from '@fsm/core';
import { formatCount } from '../format-count.ts';

const shownOneByOne = 20;

/** Reports lines that were not applied: the first ones one by one, the others as numbers by code at the end. */
export class Rejections {
  readonly #notice: (text: string) => void;
  readonly #others = new Map<string, number>();
  #count = 0;

  constructor(notice: (text: string) => void) {
    this.#notice = notice;
  }

  get count(): number {
    return this.#count;
  }

  add(line: number, error: FsmError): void {
    this.#count += 1;
    if (this.#count > shownOneByOne) {
      this.#others.set(error.code, (this.#others.get(error.code) ?? 0) + 1);
      return;
    }
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    this.#notice(`line ${formatCount(line)} rejected: ${printable(error.message)} [${error.code}]${printable(hint)}`);
  }

  /** What was not shown one by one. */
  finish(): void {
    const others = [...this.#others].sort(([, a], [, b]) => b - a);
    if (others.length === 0) return;
    const total = others.reduce((sum, [, number]) => sum + number, 0);
    const byCode = others.map(([code, number]) => `${formatCount(number)} ${code}`).join(', ');
    this.#notice(`and ${formatCount(total)} more lines rejected: ${byCode}`);
  }
}

/** Messages may quote what a hostile file says: no control character of it reaches a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 300);
}
