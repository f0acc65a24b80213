/**
 * Where in a definition something stands. A linked list, because a walk visits every value and almost none of them
 * has a problem: the text is made only for those that do.
 */
export interface Path {
  readonly parent: Path | undefined;
  readonly key: string | number;
  /** How many keys lead here. */
  readonly depth: number;
}

/** The definition itself, `$`. */
export const rootPath: Path = { parent: undefined, key: '$', depth: 0 };

export function at(parent: Path, ...keys: readonly (string | number)[]): Path {
  let path = parent;
  for (const key of keys) path = { parent: path, key, depth: path.depth + 1 };
  return path;
}

/** The keys from the definition to the value: `['states', 'review', 'on', 'APPROVE']`. */
export function pathKeys(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let step = path; step.parent !== undefined; step = step.parent) keys.push(step.key);
  return keys.reverse();
}

/**
 * A JSON path as text: `$.states.review.on.APPROVE`, `$.after["30d"]`, `$.always[0]`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9535 (keys in brackets are written as JSON strings)
 */
export function formatPath(path: Path): string {
  return pathKeys(path).reduce<string>((text, key) => text + formatKey(key), '$');
}

const plainKey = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function formatKey(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`;
  return plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
