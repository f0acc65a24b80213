import type { EventUsage } from './check-events.ts';
import { formatPath, type Path } from './path.ts';
import { describe, isHostileKey, isJsonShaped, isPlainObject } from './plain.ts';
import type { Problem } from './problem.ts';
import type { Report } from './report.ts';
import type { StateTree } from './state-tree.ts';
import { listNames } from './suggest.ts';

/** What all checks of one definition share. */
export interface Walk {
  readonly report: Report;
  readonly tree: StateTree;
  readonly usage: EventUsage;
  /** The machine has SCXML's semantics: other expressions, more actions, lists of event descriptors. */
  readonly scxml: boolean;
  readonly guards: readonly string[] | undefined;
  readonly actions: readonly string[] | undefined;
  readonly checkPlugin: ((use: unknown, path: string) => readonly Problem[]) | undefined;
  readonly checkEffect: ((effect: unknown, path: string) => readonly Problem[]) | undefined;
  /** Inline functions, by formatted path, that no check has yet found to stand where a function may. */
  readonly functions: Map<string, Path>;
}

/** Whether an inline function stands here; from now on it counts as allowed. */
export function acceptFunction(walk: Walk, value: unknown, path: Path): boolean {
  if (typeof value !== 'function') return false;
  walk.functions.delete(formatPath(path));
  return true;
}

/** Reports a value of the wrong type, unless it is not JSON at all, which is reported already. */
export function wrongType(walk: Walk, value: unknown, path: Path, expected: string, hint = `Write ${expected}.`): void {
  if (!isJsonShaped(value)) return;
  const key = path.parent === undefined ? 'The definition' : `\`${path.key}\``;
  const message =
    typeof path.key === 'number'
      ? `This item must be ${expected}, but is ${describe(value)}.`
      : `${key} must be ${expected}, but is ${describe(value)}.`;
  walk.report.error('WRONG_TYPE', path, message, { hint });
}

export function expectString(walk: Walk, value: unknown, path: Path, hint?: string): value is string {
  if (typeof value === 'string') return true;
  wrongType(walk, value, path, 'a string', hint);
  return false;
}

export function expectObject(walk: Walk, value: unknown, path: Path, hint?: string): value is Record<string, unknown> {
  if (isPlainObject(value)) return true;
  wrongType(walk, value, path, 'an object', hint);
  return false;
}

export function expectBoolean(walk: Walk, value: unknown, path: Path): void {
  if (typeof value !== 'boolean') wrongType(walk, value, path, '`true` or `false`');
}

export interface KeyRules {
  /** What has the keys, for messages: "a state". */
  readonly what: string;
  readonly known: Readonly<Record<string, string>>;
  readonly habits?: Readonly<Record<string, string>>;
}

/** Reports every key that `known` does not have. */
export function checkKeys(walk: Walk, value: Readonly<Record<string, unknown>>, path: Path, rules: KeyRules): void {
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(rules.known, key) || isHostileKey(key)) continue;
    unknownKey(walk, key, { parent: path, key, depth: path.depth + 1 }, rules);
  }
}

export function unknownKey(walk: Walk, key: string, path: Path, { what, known, habits = {} }: KeyRules): void {
  const habit = Object.hasOwn(habits, key) ? habits[key] : undefined;
  const keys = Object.keys(known);
  const ending = habit === undefined ? walk.report.didYouMean(key, keys) : '.';
  walk.report.error('UNKNOWN_KEY', path, `\`${key}\` is not a key of ${what}${ending}`, {
    hint: habit ?? `Keys: ${listNames(keys, 20)}.`,
    part: 'key',
  });
}

/** Reports a key that needs the semantics of SCXML, in a machine that has others. */
export function needsScxml(walk: Walk, key: string, path: Path): boolean {
  if (walk.scxml) return false;
  walk.report.error('MISPLACED_KEY', path, `\`${key}\` exists only with \`"semantics": "scxml"\`.`, {
    hint: 'Remove it: native machines keep data in `context`, give them back as `output`, and decide with guards.',
    part: 'key',
  });
  return true;
}
