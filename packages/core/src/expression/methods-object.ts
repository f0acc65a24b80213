import { toText } from './coerce.ts';
import { methodTable } from './method.ts';

/** What an object can do: little, because its properties are data, and a property of the same name comes first. */
export const objectMethods = methodTable<object>({
  hasOwnProperty: (object: object, [key]: readonly unknown[], position: number) =>
    Object.hasOwn(object, toText(key, position)),
  toString: (object: object, _values: readonly unknown[], position: number) => toText(object, position),
});
