import { isHostileKey } from '../definition/plain.ts';
import { charge, chargeText } from '../expression/budget.ts';
import { callbackArguments } from '../expression/calls.ts';
import { failed } from '../expression/fault.ts';
import { constants, functions, namespaces } from '../expression/functions.ts';
import { writeJson } from '../expression/json-text.ts';
import { hostileKey } from '../expression/member.ts';
import { Builtin, type BuiltinCall, type BuiltinFacts } from './builtin.ts';
import { callbackOf } from './calls.ts';
import { isDataObject, isForeign, toNumber, toText } from './conversions.ts';
import { errorMakers, errorValue } from './error-value.ts';
import { FunctionValue, makerOf } from './function-value.ts';
import { RegexValue, regexOf } from './regex-value.ts';
import { writableJson } from './writable-json.ts';

/** `In('id')`. */
export const inPredicate = new Builtin('In', {
  call: ([id], position, evaluation) => evaluation.scope.isActive(toText(id, position)),
});

/** What is special about a global: the rest is that of native expressions. */
const special: Readonly<Record<string, BuiltinFacts>> = {
  Array: { call: makeArray, construct: makeArray, made: Array.isArray },
  Object: {
    call: ([value]) => value ?? {},
    construct: ([value]) => value ?? {},
    made: () => true,
    members: new Map([['assign', new Builtin('assign', { call: assign })]]),
  },
  String: { call: (values, position) => (values.length === 0 ? '' : toText(values[0], position)) },
  Number: { call: (values, position) => (values.length === 0 ? 0 : toNumber(values[0], position)) },
  JSON: { members: new Map([['stringify', new Builtin('stringify', { call: stringify })]]) },
  RegExp: { call: makeRegex, construct: makeRegex, made: (value) => value instanceof RegexValue },
  Function: { made: (value) => value instanceof FunctionValue || value instanceof Builtin },
};

const errorNames = ['Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError', 'URIError'];

/** The names of JavaScript that exist everywhere, after all others. Nothing here has a clock, chance or a locale. */
export const globals: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...[...constants].filter(([name]) => !name.includes('.')),
  ...[...functions].filter(([name]) => !name.includes('.') && !namespaces.has(name)).map(plainFunction),
  ...[...namespaces, 'RegExp', 'Function'].map((name) => [name, namespace(name)] as const),
  ...errorNames.map((name) => [name, errorConstructor(name)] as const),
]);

function namespace(name: string): Builtin {
  const prefix = `${name}.`;
  const own = [...functions].filter(([full]) => full.startsWith(prefix)).map(plainFunction);
  const values = [...constants].filter(([full]) => full.startsWith(prefix));
  const members = new Map<string, unknown>(
    [...own, ...values].map(([full, member]) => [full.slice(full.startsWith(prefix) ? prefix.length : 0), member]),
  );
  const facts = special[name] ?? {};
  for (const [key, member] of facts.members ?? []) members.set(key, member);
  const call = facts.call ?? (functions.has(name) ? plainFunction([name, functions.get(name)!])[1].call : undefined);
  return new Builtin(name, { ...facts, ...(call === undefined ? undefined : { call }), members });
}

/** A function of the native expressions. Only text and numbers need the conversions of here. */
function plainFunction([name, compute]: readonly [string, NonNullable<ReturnType<typeof functions.get>>]) {
  const callback = callbackArguments.get(name);
  const call: BuiltinCall = (values, position, evaluation) => {
    if (callback === undefined || (!callback.required && values[callback.index] === undefined)) {
      return compute(values, position);
    }
    const given = [...values];
    given[callback.index] = callbackOf(values[callback.index], evaluation, position);
    return compute(given, position);
  };
  return [name, new Builtin(name.slice(name.indexOf('.') + 1), { call })] as const;
}

function errorConstructor(name: string): Builtin {
  const make: BuiltinCall = ([message], position) =>
    errorValue(name, message === undefined ? '' : toText(message, position), maker);
  const maker: Builtin = new Builtin(name, {
    call: make,
    construct: make,
    made: (value) => {
      const made = makerOf(value);
      return made === maker || (name === 'Error' && made instanceof Builtin);
    },
  });
  errorMakers.set(name, maker);
  return maker;
}

/** Lists have no holes here: JSON has none. */
function makeArray(values: readonly unknown[], position: number): unknown[] {
  const [length] = values;
  if (values.length !== 1 || typeof length !== 'number') return [...values];
  if (!Number.isInteger(length) || length < 0 || length > 0xffffffff) {
    throw failed('RANGE', `${length} is not a length`, position);
  }
  charge(length);
  return new Array(length).fill(undefined);
}

function makeRegex([source, flags]: readonly unknown[], position: number): RegexValue {
  if (source instanceof RegexValue && flags === undefined) return source;
  const text = source instanceof RegexValue ? source.member('source') : source;
  return regexOf(
    text === undefined ? '(?:)' : toText(text, position),
    flags === undefined ? '' : toText(flags, position),
    position,
  );
}

function assign(values: readonly unknown[], position: number, evaluation: Parameters<BuiltinCall>[2]): unknown {
  const [target, ...sources] = values;
  if (!isDataObject(target)) throw failed('NOT_AN_OBJECT', 'Can only assign to an object', position);
  evaluation.prepareWrite();
  for (const source of sources) {
    if (typeof source !== 'object' || source === null || isForeign(source)) continue;
    const keys = Object.keys(source);
    charge(1 + keys.length);
    for (const key of keys) {
      if (isHostileKey(key)) throw hostileKey(key, position);
      target[key] = (source as Record<string, unknown>)[key];
    }
  }
  return target;
}

function stringify([value, replacer, indent]: readonly unknown[], position: number): string | undefined {
  const text = writeJson(writableJson(value, 0), replacer, indent, position);
  if (text !== undefined) chargeText(text.length);
  return text;
}
