import { charge } from '../expression/budget.ts';
import type { Callback } from '../expression/code.ts';
import { toInteger } from '../expression/coerce.ts';
import type { Method } from '../expression/method.ts';
import { methodTable } from '../expression/method.ts';
import { arrayMethods } from '../expression/methods-array.ts';
import { same } from './equality.ts';

/** Methods that change their list. Native expressions do not have them, or give a changed list instead. */
export const mutatingMethods = methodTable<unknown[]>({
  fill: (list, [value, start, end], position) => {
    charge(list.length);
    return list.fill(value, toInteger(start, position), end === undefined ? undefined : toInteger(end, position));
  },
  pop: (list) => list.pop(),
  push: (list, values) => {
    charge(values.length);
    for (const value of values) list.push(value);
    return list.length;
  },
  reverse: (list) => {
    charge(list.length);
    return list.reverse();
  },
  shift: (list) => {
    charge(list.length / 16);
    return list.shift();
  },
  sort: (list, values, position) => {
    const sorted = arrayMethods.get('toSorted')!(list, values, position) as unknown[];
    for (const [index, value] of sorted.entries()) list[index] = value;
    return list;
  },
  splice: (list, values, position) => {
    charge(list.length + values.length);
    if (values.length === 0) return [];
    const start = toInteger(values[0], position);
    if (values.length === 1) return list.splice(start);
    return list.splice(start, toInteger(values[1], position), ...values.slice(2));
  },
  unshift: (list, values) => {
    charge(list.length / 16 + values.length);
    list.unshift(...values);
    return list.length;
  },
});

/** Reading methods that differ from those of native expressions, or that those do not have. */
export const listMethods = methodTable<readonly unknown[]>({
  entries: (list) => {
    charge(2 * list.length);
    return list.map((item, index) => [index, item]);
  },
  forEach: (list, [visit]) => list.forEach(visit as Callback),
  includes: (list, values, position) =>
    isObject(values[0]) ? indexOfObject(list, values, position) >= 0 : plain('includes')(list, values, position),
  indexOf: (list, values, position) =>
    isObject(values[0]) ? indexOfObject(list, values, position) : plain('indexOf')(list, values, position),
  keys: (list) => {
    charge(list.length);
    return [...list.keys()];
  },
  lastIndexOf: (list, values, position) => {
    if (!isObject(values[0])) return plain('lastIndexOf')(list, values, position);
    return list.findLastIndex((item) => same(item, values[0]));
  },
  values: (list) => {
    charge(list.length);
    return list.slice();
  },
});

/** By value, as `===`: two objects are equal when their data are. */
function indexOfObject(list: readonly unknown[], [value, from]: readonly unknown[], position: number): number {
  const start = toInteger(from, position);
  const first = start < 0 ? Math.max(0, list.length + start) : start;
  return list.findIndex((item, index) => index >= first && same(item, value));
}

function plain(name: string): Method<readonly unknown[]> {
  return arrayMethods.get(name)!;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
