import { describe, isHostileKey } from '../definition/plain.ts';
import { charge, chargeText } from './budget.ts';
import type { Callback } from './code.ts';
import { iterate, toInteger, toNumber, toText } from './coerce.ts';
import { failed } from './fault.ts';
import { parseJson, writeJson } from './json-text.ts';
import { hostileKey, readProperty } from './member.ts';
import type { PureFunction } from './method.ts';

/** The functions of JavaScript that an expression may call, by their full names. All are pure and know no locale. */
export const functions: ReadonlyMap<string, PureFunction> = new Map<string, PureFunction>([
  ['Array.from', arrayFrom],
  ['Array.isArray', ([value]) => Array.isArray(value)],
  ['Array.of', (values) => values.slice()],
  ['Boolean', ([value]) => Boolean(value)],
  ['JSON.parse', ([text], position) => parseJson(toText(text, position), position)],
  ['JSON.stringify', ([value, replacer, indent], position) => writeJson(value, replacer, indent, position)],
  ['Number', (values, position) => (values.length === 0 ? 0 : toNumber(values[0], position))],
  ['Number.isFinite', ([value]) => Number.isFinite(value)],
  ['Number.isInteger', ([value]) => Number.isInteger(value)],
  ['Number.isNaN', ([value]) => Number.isNaN(value)],
  ['Number.isSafeInteger', ([value]) => Number.isSafeInteger(value)],
  ['Number.parseFloat', parseNumber],
  ['Number.parseInt', parseInteger],
  [
    'Object.entries',
    ([value], position) => ownKeys(value, position).map((key) => [key, readProperty(value, key, position)]),
  ],
  ['Object.fromEntries', objectFromEntries],
  ['Object.groupBy', objectGroupBy],
  ['Object.hasOwn', ([value, key], position) => Object.hasOwn(objectOf(value, position), toText(key, position))],
  ['Object.keys', ([value], position) => ownKeys(value, position)],
  ['Object.values', ([value], position) => ownKeys(value, position).map((key) => readProperty(value, key, position))],
  ['String', (values, position) => (values.length === 0 ? '' : toText(values[0], position))],
  [
    'String.fromCharCode',
    (values, position) => eachCode(values, (code) => String.fromCharCode(toNumber(code, position))),
  ],
  ['String.fromCodePoint', (values, position) => eachCode(values, (code) => fromCodePoint(code, position))],
  ['decodeURI', coder(decodeURI)],
  ['decodeURIComponent', coder(decodeURIComponent)],
  ['encodeURI', coder(encodeURI)],
  ['encodeURIComponent', coder(encodeURIComponent)],
  ['isFinite', ([value], position) => Number.isFinite(toNumber(value, position))],
  ['isNaN', ([value], position) => Number.isNaN(toNumber(value, position))],
  ['parseFloat', parseNumber],
  ['parseInt', parseInteger],
  ...mathFunctions(),
]);

/** Values of JavaScript that an expression may name. */
export const constants: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ...(['E', 'LN10', 'LN2', 'LOG10E', 'LOG2E', 'PI', 'SQRT1_2', 'SQRT2'] as const).map(
    (name) => [`Math.${name}`, Math[name]] as const,
  ),
  ...(
    [
      'EPSILON',
      'MAX_SAFE_INTEGER',
      'MAX_VALUE',
      'MIN_SAFE_INTEGER',
      'MIN_VALUE',
      'NEGATIVE_INFINITY',
      'NaN',
      'POSITIVE_INFINITY',
    ] as const
  ).map((name) => [`Number.${name}`, Number[name]] as const),
]);

/** The objects of JavaScript whose functions can be called. They are no values themselves. */
export const namespaces: ReadonlySet<string> = new Set([
  'Array',
  'Boolean',
  'JSON',
  'Math',
  'Number',
  'Object',
  'String',
]);

/** Names people try, and why or how else. */
export const absentNames: Readonly<Record<string, string>> = {
  Date: 'An expression has no clock: use the root `now`, in milliseconds.',
  'Math.random': 'An expression gives the same result each time: get random values from an effect.',
  'Object.assign': 'Write `{ ...a, ...b }`.',
  'Array.prototype': 'Call the method on a list.',
  globalThis: 'Use the roots.',
  window: 'Use the roots.',
  process: 'Use the roots; secrets and settings reach effects only.',
  require: 'Use the known functions and methods.',
  console: 'Use the action or effect `log`.',
  fetch: 'Use the effect `call_api`.',
  eval: 'Write the expression itself.',
  Function: 'Write an arrow where a method takes a callback.',
  RegExp: 'Write a literal: `/…/.test(text)`.',
  Symbol: 'Use plain names.',
  Map: 'Use objects.',
  Set: 'Use lists.',
  Intl: 'Nothing here depends on a locale.',
  BigInt: 'JSON has plain numbers only.',
  structuredClone: 'Values never change: use the value itself.',
  self: 'Use the roots.',
  this: 'Name the root.',
};

function mathFunctions(): [string, PureFunction][] {
  const unary = [
    'abs',
    'acos',
    'acosh',
    'asin',
    'asinh',
    'atan',
    'atanh',
    'cbrt',
    'ceil',
    'clz32',
    'cos',
    'cosh',
    'exp',
    'expm1',
    'floor',
    'fround',
    'log',
    'log10',
    'log1p',
    'log2',
    'round',
    'sign',
    'sin',
    'sinh',
    'sqrt',
    'tan',
    'tanh',
    'trunc',
  ] as const;
  const binary = ['atan2', 'imul', 'pow'] as const;
  return [
    ...unary.map((name): [string, PureFunction] => {
      const compute = Math[name];
      return [`Math.${name}`, ([value], position) => compute(toNumber(value, position))];
    }),
    ...binary.map((name): [string, PureFunction] => {
      const compute = Math[name];
      return [`Math.${name}`, ([a, b], position) => compute(toNumber(a, position), toNumber(b, position))];
    }),
    ['Math.hypot', (values, position) => Math.hypot(...values.map((value) => toNumber(value, position)))],
    ['Math.max', (values, position) => fold(values, Number.NEGATIVE_INFINITY, Math.max, position)],
    ['Math.min', (values, position) => fold(values, Number.POSITIVE_INFINITY, Math.min, position)],
  ];
}

function fold(
  values: readonly unknown[],
  start: number,
  choose: (a: number, b: number) => number,
  position: number,
): number {
  return values.reduce<number>((chosen, value) => choose(chosen, toNumber(value, position)), start);
}

function parseNumber([text]: readonly unknown[], position: number): number {
  const digits = toText(text, position);
  chargeText(digits.length);
  return Number.parseFloat(digits);
}

function parseInteger([text, radix]: readonly unknown[], position: number): number {
  const digits = toText(text, position);
  chargeText(digits.length);
  return Number.parseInt(digits, toNumber(radix, position));
}

function arrayFrom([source, map]: readonly unknown[], position: number): unknown[] {
  if (typeof source === 'number' || typeof source === 'boolean') return [];
  const isObject = typeof source === 'object' && source !== null && !Array.isArray(source);
  const items = isObject ? listLike(source, position) : iterate(source, position).slice();
  return map === undefined ? items : items.map((item, index) => (map as Callback)(item, index));
}

/** `{ length: 3, 0: 'a' }` */
function listLike(source: object, position: number): unknown[] {
  const length = Math.min(
    Math.max(toInteger(readProperty(source, 'length', position), position), 0),
    Number.MAX_SAFE_INTEGER,
  );
  charge(length);
  return Array.from({ length }, (_, index) => readProperty(source, String(index), position));
}

function objectOf(value: unknown, position: number): object {
  if (value !== undefined && value !== null) return Object(value);
  throw failed(
    'NO_VALUE',
    `Cannot read the properties of ${value}`,
    position,
    'Use `?? {}` where the value may be absent.',
  );
}

function ownKeys(value: unknown, position: number): string[] {
  const object = objectOf(value, position);
  if (typeof value === 'string') charge(value.length);
  const keys = Object.keys(object);
  charge(2 * keys.length);
  return keys;
}

function objectFromEntries([entries]: readonly unknown[], position: number): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const entry of iterate(entries, position)) {
    if (typeof entry !== 'object' || entry === null) {
      throw failed(
        'NOT_AN_ENTRY',
        `Cannot use ${describe(entry)} as an entry`,
        position,
        'Give a list of `[key, value]`.',
      );
    }
    const key = keyText(readProperty(entry, '0', position), position);
    made[key] = readProperty(entry, '1', position);
  }
  return made;
}

function objectGroupBy([items, key]: readonly unknown[], position: number): Record<string, unknown[]> {
  const groups: Record<string, unknown[]> = {};
  iterate(items, position).forEach((item, index) => {
    const name = keyText((key as Callback)(item, index), position);
    if (Object.hasOwn(groups, name)) groups[name]!.push(item);
    else groups[name] = [item];
  });
  return groups;
}

function keyText(value: unknown, position: number): string {
  const key = toText(value, position);
  chargeText(key.length);
  if (isHostileKey(key)) throw hostileKey(key, position);
  return key;
}

function eachCode(values: readonly unknown[], toCharacter: (code: unknown) => string): string {
  charge(values.length);
  return values.map(toCharacter).join('');
}

function fromCodePoint(value: unknown, position: number): string {
  const code = toNumber(value, position);
  if (Number.isInteger(code) && code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
  throw failed('RANGE', `${code} is not a code point`, position);
}

function coder(code: (text: string) => string): PureFunction {
  return ([value], position) => {
    const text = toText(value, position);
    charge(1 + text.length / 4);
    try {
      return code(text);
    } catch (error) {
      if (error instanceof URIError) throw failed('URI', `Cannot code the text: ${error.message}`, position);
      throw error;
    }
  };
}
