/** What an escape would change: the objects everything inherits from, and the global names. */
const watched: Readonly<Record<string, object>> = {
  globalThis,
  Object,
  'Object.prototype': Object.prototype,
  Function,
  'Function.prototype': Function.prototype,
  Array,
  'Array.prototype': Array.prototype,
  String,
  'String.prototype': String.prototype,
  'Number.prototype': Number.prototype,
  'Boolean.prototype': Boolean.prototype,
  'RegExp.prototype': RegExp.prototype,
  'Symbol.prototype': Symbol.prototype,
  'Error.prototype': Error.prototype,
  'Promise.prototype': Promise.prototype,
  Math,
  JSON,
  Reflect,
};

/** All properties of them, by identity: compare two of these with {@link changedGlobals}. */
export type GlobalsPicture = ReadonlyMap<string, unknown>;

export function pictureOfGlobals(): GlobalsPicture {
  const picture = new Map<string, unknown>();
  for (const [name, object] of Object.entries(watched)) {
    for (const key of Reflect.ownKeys(object)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(object, key)!;
      // Node and the test runner keep things of their own at the global object, some made on first use
      if (name === 'globalThis' && typeof key === 'symbol') continue;
      picture.set(`${name}.${String(key)}`, name === 'globalThis' ? typeof value : (value ?? get ?? set));
    }
  }
  return picture;
}

export function changedGlobals(before: GlobalsPicture): string[] {
  const after = pictureOfGlobals();
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}
