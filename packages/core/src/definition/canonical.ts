import { FsmError } from '../error.ts';
import type { Json } from '../json.ts';
import { at, formatPath, type Path, rootPath } from './path.ts';
import { isHostileKey, isJsonShaped, isPlainObject } from './plain.ts';

/** Deeper values are refused: a cycle becomes a coded error instead of a stack overflow. */
const recursionLimit = 1_000;

/**
 * JSON text that is the same for equal values: object keys sorted by their UTF-16 code units, no white space,
 * numbers and strings as `JSON.stringify` writes them (RFC 8785, without its I-JSON restriction of strings).
 *
 * ```ts
 * canonicalJson({ b: 1, a: [true, null] }) // '{"a":[true,null],"b":1}'
 * ```
 *
 * @throws FsmError NOT_JSON for `undefined`, functions, `NaN`, dates and other values JSON cannot hold, HOSTILE_KEY
 * for `__proto__`, `constructor` and `prototype`, TOO_DEEP beyond 1,000 levels; each with the path of the value.
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: Json): string {
  return writeSorted(value, rootPath);
}

function writeSorted(value: unknown, path: Path): string {
  if (Array.isArray(value)) return writeList(value, path, writeSorted);
  if (isPlainObject(value)) return writeObject(value, Object.keys(value).sort(), path, () => writeSorted);
  return writeScalar(value, path);
}

/** Writes one value of a JSON text; `path` is where it stands, for errors. */
export type Write = (value: unknown, path: Path) => string;

export function writeObject(
  value: Record<string, unknown>,
  keys: readonly string[],
  path: Path,
  writerOf: (key: string) => Write,
): string {
  refuseDepth(path);
  const members = keys.map((key) => {
    const place = at(path, key);
    if (isHostileKey(key)) {
      throw new FsmError('HOSTILE_KEY', `The key \`${key}\` at ${formatPath(place)} is not allowed.`, {
        path: formatPath(place),
        hint: 'Rename the key: JavaScript gives this name a meaning of its own.',
      });
    }
    return `${JSON.stringify(key)}:${writerOf(key)(value[key], place)}`;
  });
  return `{${members.join(',')}}`;
}

export function writeList(value: readonly unknown[], path: Path, write: Write): string {
  refuseDepth(path);
  return `[${Array.from(value, (item, index) => write(item, at(path, index))).join(',')}]`;
}

export function writeScalar(value: unknown, path: Path): string {
  if (isJsonShaped(value)) return JSON.stringify(value);
  throw new FsmError('NOT_JSON', `The value at ${formatPath(path)} cannot be written as JSON.`, {
    path: formatPath(path),
    hint: 'Use only strings, finite numbers, booleans, null, lists and plain objects.',
  });
}

function refuseDepth(path: Path): void {
  if (path.depth < recursionLimit) return;
  throw new FsmError('TOO_DEEP', `The value nests deeper than ${recursionLimit} levels.`, {
    hint: 'Look for an object that contains itself.',
    details: { limit: recursionLimit },
  });
}
