import type { Problem } from '../../definition/problem.ts';
import { type ScxmlProblemCode, scxmlProblem } from './problem.ts';

/**
 * What of a machine has no form in SCXML: a problem for whoever exports, and a comment in the document where the part
 * would stand.
 */
export class Losses {
  readonly problems: Problem[] = [];
  private readonly lossy: boolean;
  /** By the action or transition that stands in the place of what was lost. */
  private readonly comments = new Map<object, string>();

  constructor(lossy: boolean) {
    this.lossy = lossy;
  }

  /** Something that can be left out without changing which states are entered. */
  part(path: string, message: string, hint?: string): void {
    this.problems.push(scxmlProblem('warning', 'NO_FORM', path, message, { hint }));
  }

  /** Without it the machine would do something else: an error, unless the caller wants the document all the same. */
  vital(path: string, message: string, hint: string, code: ScxmlProblemCode = 'NO_FORM'): void {
    this.problems.push(scxmlProblem(this.lossy ? 'warning' : 'error', code, path, message, { hint }));
  }

  error(code: ScxmlProblemCode, path: string, message: string, hint?: string): void {
    this.problems.push(scxmlProblem('error', code, path, message, { hint }));
  }

  differs(path: string, message: string, hint?: string): void {
    this.problems.push(scxmlProblem('warning', 'MEANING_DIFFERS', path, message, { hint }));
  }

  comment(place: object, text: string): void {
    this.comments.set(place, text);
  }

  commentAt(place: object): string | undefined {
    return this.comments.get(place);
  }
}
