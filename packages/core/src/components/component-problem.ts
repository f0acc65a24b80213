import { at, formatPath, rootPath } from '../definition/path.ts';
import type { Problem, ProblemCode } from '../definition/problem.ts';

/** Keys from the definition to a value. */
export type JsonPath = readonly (string | number)[];

export function problemAt(code: ProblemCode, path: JsonPath, message: string, hint: string): Problem {
  return { code, severity: 'error', path: formatPath(at(rootPath, ...path)), message, hint };
}

export function warningAt(code: ProblemCode, path: JsonPath, message: string, hint: string): Problem {
  return { ...problemAt(code, path, message, hint), severity: 'warning' };
}
