/**
 * A method or function that expressions may call. It gets the receiver (methods), the evaluated arguments, and the
 * position of the call for its errors; an argument that is a callback arrives as a function, a regular expression as a
 * `Pattern`. It charges the budget for work that grows with its values, before doing it.
 */
export type Method<Receiver> = (receiver: Receiver, values: readonly unknown[], position: number) => unknown;

export type PureFunction = (values: readonly unknown[], position: number) => unknown;

/** Tables are maps: a plain object would answer to `constructor`. */
export type MethodTable<Receiver> = ReadonlyMap<string, Method<Receiver>>;

export type Methods<Receiver> = Readonly<Record<string, Method<Receiver>>>;

export function methodTable<Receiver>(methods: Methods<Receiver>): MethodTable<Receiver> {
  // not from an object's prototype, and `toString` is one of the names
  return new Map(Object.entries(methods));
}
