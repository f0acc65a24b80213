import { maxDepth } from '../definition/limits.ts';
import { charge, chargeText } from './budget.ts';
import type { Callback } from './code.ts';
import { joinArray, toInteger, toNumber, toOptionalInteger, toText, valueTooDeep } from './coerce.ts';
import { failed } from './fault.ts';
import { methodTable } from './method.ts';

type List = readonly unknown[];

/** What a list can do. `sort` and `reverse` give a new list here, because nothing an expression sees may change. */
export const arrayMethods = methodTable<List>({
  at: (list, [index], position) => list.at(toInteger(index, position)),
  concat: (list, values) => concat(list, values),
  every: (list, [test]) => list.every(test as Callback),
  filter: (list, [test]) => list.filter(test as Callback),
  find: (list, [test]) => list.find(test as Callback),
  findIndex: (list, [test]) => list.findIndex(test as Callback),
  findLast: (list, [test]) => list.findLast(test as Callback),
  findLastIndex: (list, [test]) => list.findLastIndex(test as Callback),
  flat: (list, [depth], position) => flatten(list, depth === undefined ? 1 : toInteger(depth, position)),
  flatMap: (list, [map]) => flatten(list.map(map as Callback), 1),
  includes: (list, [value, from], position) => {
    chargeLookup(list, value);
    return list.includes(value, toInteger(from, position));
  },
  indexOf: (list, [value, from], position) => {
    chargeLookup(list, value);
    return list.indexOf(value, toInteger(from, position));
  },
  join: (list, [separator], position) =>
    joinArray(list, separator === undefined ? ',' : toText(separator, position), position),
  lastIndexOf: (list, values, position) => {
    chargeLookup(list, values[0]);
    // an explicit `undefined` means 0 here, unlike an absent argument
    return values.length < 2
      ? list.lastIndexOf(values[0])
      : list.lastIndexOf(values[0], toInteger(values[1], position));
  },
  map: (list, [map]) => list.map(map as Callback),
  reduce: (list, values, position) => {
    if (values.length > 1) return list.reduce(values[0] as Callback, values[1]);
    if (list.length === 0) throw emptyReduce('reduce', position);
    return list.reduce(values[0] as Callback);
  },
  reduceRight: (list, values, position) => {
    if (values.length > 1) return list.reduceRight(values[0] as Callback, values[1]);
    if (list.length === 0) throw emptyReduce('reduceRight', position);
    return list.reduceRight(values[0] as Callback);
  },
  reverse: (list) => reversed(list),
  slice: (list, [start, end], position) => {
    const part = list.slice(toInteger(start, position), toOptionalInteger(end, position));
    charge(part.length);
    return part;
  },
  some: (list, [test]) => list.some(test as Callback),
  sort: (list, [compare], position) => sorted(list, compare as Callback | undefined, position),
  toReversed: (list) => reversed(list),
  toSorted: (list, [compare], position) => sorted(list, compare as Callback | undefined, position),
  toSpliced: (list, values, position) => {
    charge(list.length + values.length);
    if (values.length === 0) return list.slice();
    const start = toInteger(values[0], position);
    if (values.length === 1) return list.toSpliced(start);
    return list.toSpliced(start, toInteger(values[1], position), ...values.slice(2));
  },
  toString: (list: List, _values: readonly unknown[], position: number) => joinArray(list, ',', position),
  with: (list, [index, value], position) => {
    charge(list.length);
    const at = toInteger(index, position);
    if (at >= list.length || at < -list.length) {
      throw failed('RANGE', `There is no index ${at} in a list of ${list.length}`, position);
    }
    return list.with(at, value);
  },
});

/** Methods that change their list in JavaScript, and what gives the changed list instead. */
export const mutatingMethods: Readonly<Record<string, string>> = {
  push: 'Write `[...list, item]`.',
  unshift: 'Write `[item, ...list]`.',
  pop: 'Use `at(-1)` for the last item and `slice(0, -1)` for the others.',
  shift: 'Use `list[0]` for the first item and `slice(1)` for the others.',
  splice: 'Use `toSpliced`.',
  fill: 'Use `map`.',
  copyWithin: 'Use `slice` and `[...a, ...b]`.',
  forEach: 'Use `map`, `filter`, `find`, `some`, `every` or `reduce`, which give a value.',
};

function concat(list: List, values: List): unknown[] {
  charge(list.length);
  const joined = list.slice();
  for (const value of values) {
    if (!Array.isArray(value)) joined.push(value);
    else {
      charge(value.length);
      for (const item of value) joined.push(item);
    }
  }
  return joined;
}

function flatten(list: List, depth: number): unknown[] {
  const flat: unknown[] = [];
  flattenInto(flat, list, depth, 0);
  return flat;
}

function flattenInto(target: unknown[], list: List, depth: number, level: number): void {
  if (level >= maxDepth) throw valueTooDeep();
  charge(list.length);
  for (const item of list) {
    if (depth > level && Array.isArray(item)) flattenInto(target, item, depth, level + 1);
    else target.push(item);
  }
}

function reversed(list: List): unknown[] {
  charge(list.length);
  return list.toReversed();
}

function sorted(list: List, compare: Callback | undefined, position: number): unknown[] {
  if (compare !== undefined) {
    charge(list.length);
    return list.toSorted((a, b) => toNumber(compare(a, b), position));
  }
  const rounds = Math.ceil(Math.log2(list.length + 1));
  charge(list.length * rounds);
  const keyed = list.map((value) => {
    const text = value === undefined ? undefined : toText(value, position);
    if (text !== undefined) chargeText(text.length * rounds);
    return { value, text };
  });
  return keyed.sort(byText).map(({ value }) => value);
}

/** By UTF-16 code units, `undefined` last. */
function byText(a: { readonly text: string | undefined }, b: { readonly text: string | undefined }): number {
  if (a.text === b.text) return 0;
  if (a.text === undefined) return 1;
  if (b.text === undefined) return -1;
  return a.text < b.text ? -1 : 1;
}

/** A lookup compares every item; texts of the same length cost their length. */
function chargeLookup(list: List, value: unknown): void {
  charge(list.length * (typeof value === 'string' ? 1 + value.length / 256 : 1));
}

function emptyReduce(name: string, position: number) {
  return failed('EMPTY_REDUCE', `\`${name}\` of an empty list has no value`, position, 'Give an initial value.');
}
