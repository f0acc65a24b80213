import { maxDepth, maxValues } from './limits.ts';
import { at, formatPath, type Path, rootPath } from './path.ts';
import { describe, isHostileKey, isPlainObject } from './plain.ts';
import type { Report } from './report.ts';

export interface JsonCheck {
  /** The value may be walked recursively: it is neither too deep nor too large, and has no cycle. */
  readonly bounded: boolean;
  /** Where functions stand, by formatted path. */
  readonly functions: Map<string, Path>;
}

/**
 * Looks at every value of a definition before anything else does, without recursion: what cannot be written as JSON,
 * hostile keys, and the limits of depth and size. Stops where a limit is passed.
 */
export function checkJson(definition: unknown, report: Report): JsonCheck {
  const functions = new Map<string, Path>();
  const waiting: { readonly value: unknown; readonly path: Path }[] = [{ value: definition, path: rootPath }];
  let values = 1;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'function') {
      functions.set(formatPath(path), path);
      continue;
    }
    const entries = entriesOf(value);
    if (entries === undefined) {
      reportScalar(value, path, report);
      continue;
    }
    if (path.depth >= maxDepth) {
      report.error('TOO_DEEP', path, `Objects and lists nest deeper than ${maxDepth} levels.`, {
        hint: 'Flatten the value; an object that contains itself is too deep as well.',
      });
      return { bounded: false, functions };
    }
    values += entries.length;
    if (values > maxValues) {
      report.error('TOO_MANY_VALUES', rootPath, `The definition holds more than ${maxValues} values.`, {
        hint: 'Move large data out of the definition, or split the machine.',
      });
      return { bounded: false, functions };
    }
    for (const [key, item] of entries) {
      const place = at(path, key);
      if (typeof key === 'string' && isHostileKey(key)) {
        report.error('HOSTILE_KEY', place, `The key \`${key}\` is not allowed.`, {
          hint: 'Rename the key: JavaScript gives this name a meaning of its own.',
          part: 'key',
        });
      }
      waiting.push({ value: item, path: place });
    }
  }
  return { bounded: true, functions };
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] | undefined {
  // the length counts before the items are looked at: a list may be all holes
  if (Array.isArray(value)) return value.length > maxValues ? new Array(value.length) : [...value.entries()];
  if (isPlainObject(value)) return Object.entries(value);
  return undefined;
}

function reportScalar(value: unknown, path: Path, report: Report): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  const hint =
    value === undefined
      ? 'Remove the key, or write `null`.'
      : typeof value === 'object'
        ? 'Write dates and other objects as strings, numbers or plain objects.'
        : 'Use strings, finite numbers, booleans, null, lists and plain objects.';
  report.error('NOT_JSON', path, `${name(value)} cannot be written as JSON.`, { hint });
}

function name(value: unknown): string {
  if (typeof value === 'number') return `\`${value}\``;
  if (value === undefined) return '`undefined`';
  if (typeof value !== 'object') return `A ${typeof value}`;
  const maker: unknown = value === null ? undefined : Object.getPrototypeOf(value)?.constructor;
  const title = typeof maker === 'function' ? maker.name : '';
  return title === '' ? `This value (${describe(value)})` : `An instance of \`${title}\``;
}
