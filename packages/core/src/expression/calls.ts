import { describe } from '../definition/plain.ts';
import { listNames, suggest } from '../definition/suggest.ts';
import { charge } from './budget.ts';
import type { Callback, Code, ExpressionScope } from './code.ts';
import { type Fault, failed, invalid } from './fault.ts';
import { absentNames, functions, namespaces } from './functions.ts';
import { endChain, readProperty } from './member.ts';
import type { Method, MethodTable, PureFunction } from './method.ts';
import { arrayMethods, mutatingMethods } from './methods-array.ts';
import { booleanMethods, numberMethods } from './methods-number.ts';
import { objectMethods } from './methods-object.ts';
import { localeMethods, stringMethods } from './methods-string.ts';
import type { Pattern } from './pattern.ts';

/** Which argument of a method or function is a callback. It stands in the source as an arrow or a known function. */
export const callbackArguments: ReadonlyMap<string, { readonly index: number; readonly required: boolean }> = new Map<
  string,
  { index: number; required: boolean }
>([
  ...[
    'every',
    'filter',
    'find',
    'findIndex',
    'findLast',
    'findLastIndex',
    'flatMap',
    'map',
    'reduce',
    'reduceRight',
    'some',
  ].map((name) => [name, { index: 0, required: true }] as const),
  ['sort', { index: 0, required: false }],
  ['toSorted', { index: 0, required: false }],
  ['replace', { index: 1, required: false }],
  ['replaceAll', { index: 1, required: false }],
  ['Array.from', { index: 1, required: false }],
  ['Object.groupBy', { index: 1, required: true }],
]);

/** Methods of texts whose first argument may be, or must be, a regular expression; `all` asks for the flag `g`. */
export const patternArguments: ReadonlyMap<string, { readonly required: boolean; readonly all: boolean }> = new Map([
  ['match', { required: true, all: false }],
  ['matchAll', { required: true, all: true }],
  ['replace', { required: false, all: false }],
  ['replaceAll', { required: false, all: true }],
  ['search', { required: true, all: false }],
  ['split', { required: false, all: false }],
]);

type PatternMethod = (pattern: Pattern, text: string) => unknown;

/** Methods of regular expressions, which take a text. */
export const patternMethods: ReadonlyMap<string, PatternMethod> = new Map<string, PatternMethod>([
  ['exec', (pattern, text) => pattern.exec(text)],
  ['test', (pattern, text) => pattern.test(text)],
]);

/** The methods of one name, by the type of the receiver. */
interface NamedMethod {
  readonly name: string;
  readonly ofText: Method<string> | undefined;
  readonly ofList: Method<readonly unknown[]> | undefined;
  readonly ofNumber: Method<number> | undefined;
  readonly ofBoolean: Method<boolean> | undefined;
  readonly ofObject: Method<object> | undefined;
}

const tables: readonly MethodTable<never>[] = [
  stringMethods,
  arrayMethods,
  numberMethods,
  booleanMethods,
  objectMethods,
];

export function findMethod(name: string, position: number): NamedMethod {
  if (!tables.some((table) => table.has(name))) throw unknownMethod(name, position);
  return {
    name,
    ofText: stringMethods.get(name),
    ofList: arrayMethods.get(name),
    ofNumber: numberMethods.get(name),
    ofBoolean: booleanMethods.get(name),
    ofObject: objectMethods.get(name),
  };
}

/** Calls a method on a value; `optional` is `?.(`, which ends the chain when the value does not have it. */
export function callMethod(
  method: NamedMethod,
  values: (scope: ExpressionScope) => unknown[],
  optional: boolean,
  position: number,
): (receiver: unknown, scope: ExpressionScope) => unknown {
  const { ofText, ofList } = method;
  return (receiver, scope) => {
    if (typeof receiver === 'string' && ofText !== undefined) return ofText(receiver, values(scope), position);
    if (ofList !== undefined && Array.isArray(receiver)) return ofList(receiver, values(scope), position);
    const found = methodOf(receiver, method);
    if (found !== undefined) return found(receiver as never, values(scope), position);
    // throws for `undefined` and `null`, as reading any property does
    const own = readProperty(receiver, method.name, position);
    if (optional && (own === undefined || own === null)) return endChain();
    throw failed(
      'NO_METHOD',
      `There is no method "${method.name}" on ${describe(receiver)}`,
      position,
      receivers(method),
    );
  };
}

export function callFunction(
  compute: PureFunction,
  values: (scope: ExpressionScope) => unknown[],
  position: number,
): Code {
  return (scope) => compute(values(scope), position);
}

/** A known function where a callback is expected: `items.map(Number)`. */
export function functionAsCallback(compute: PureFunction, position: number): Callback {
  return (...values) => {
    charge(1);
    return compute(values, position);
  };
}

export function findFunction(name: string, position: number): PureFunction {
  const found = functions.get(name);
  if (found !== undefined) return found;
  throw unknownName(name, [...functions.keys()], 'function', position);
}

/** A name that is neither a root, nor a parameter, nor anything known. */
export function unknownName(name: string, known: readonly string[], kind: string, position: number): Fault {
  const because = Object.hasOwn(absentNames, name) ? absentNames[name] : undefined;
  if (because !== undefined) return invalid('NAME', `\`${name}\` is not known in an expression`, position, because);
  if (namespaces.has(name)) {
    return invalid(
      'NAME',
      `\`${name}\` is not a value`,
      position,
      `Call one of its functions, for example \`${firstFunctionOf(name)}\`.`,
    );
  }
  if (functions.has(name)) {
    return invalid('NAME', `\`${name}\` is not a value`, position, `Call it: \`${name}(…)\`.`);
  }
  const near = suggest(name, known);
  const hint = near === undefined ? `Known are ${listNames(known)}.` : `Did you mean \`${near}\`?`;
  return invalid('NAME', `There is no ${kind} \`${name}\``, position, hint);
}

function unknownMethod(name: string, position: number): Fault {
  for (const habits of [mutatingMethods, localeMethods]) {
    if (Object.hasOwn(habits, name)) {
      return invalid('METHOD', `The method "${name}" is not allowed in an expression`, position, habits[name]);
    }
  }
  const names = [...new Set(tables.flatMap((table) => [...table.keys()]))];
  const near = suggest(name, names) ?? (patternMethods.has(name) ? `/…/.${name}(text)` : undefined);
  return invalid(
    'METHOD',
    `There is no method "${name}"`,
    position,
    near === undefined ? undefined : `Did you mean \`${near}\`?`,
  );
}

function methodOf(receiver: unknown, method: NamedMethod): Method<never> | undefined {
  if (typeof receiver === 'number') return method.ofNumber;
  if (typeof receiver === 'boolean') return method.ofBoolean;
  if (typeof receiver !== 'object' || receiver === null || Array.isArray(receiver)) return undefined;
  return Object.hasOwn(receiver, method.name) ? undefined : method.ofObject;
}

function receivers(method: NamedMethod): string {
  const names = [method.ofText && 'texts', method.ofList && 'lists', method.ofNumber && 'numbers'].filter(Boolean);
  return names.length === 0 ? 'Read the property instead.' : `Only ${names.join(' and ')} have it.`;
}

function firstFunctionOf(namespace: string): string {
  return [...functions.keys()].find((name) => name.startsWith(`${namespace}.`)) ?? namespace;
}
