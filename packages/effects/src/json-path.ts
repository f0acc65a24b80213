export type Keys = readonly (string | number)[];

const plainKey = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The JSON path of what the keys lead to: `$.effects[2].params["a b"]`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9535
 */
export function jsonPath(base: string, keys: Keys): string {
  let path = base;
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else path += plainKey.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  }
  return path;
}
