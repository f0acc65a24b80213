import { describe, isHostileKey } from '../definition/plain.ts';
import { chargeText } from './budget.ts';
import type { Code, ExpressionScope } from './code.ts';
import { type Fault, failed } from './fault.ts';

/** What a link of an optional chain gives once the chain has ended early. Never leaves {@link chain}. */
const ended = Symbol('ended');

/** `object.key`: the own property, `undefined` when there is none. */
export function property(object: Code, key: string, position: number): Code {
  return (scope) => readProperty(object(scope), key, position);
}

/** `object[key]`. */
export function element(object: Code, key: Code, position: number): Code {
  return (scope) => readElement(object(scope), key(scope), position);
}

/** `root.key`, the most frequent of all nodes: without a call for the root. */
export function rootProperty(root: string, key: string, position: number): Code {
  switch (root) {
    case 'context':
      return (scope) => readProperty(scope.context, key, position);
    case 'event':
      return (scope) => readProperty(scope.event, key, position);
    case 'result':
      return (scope) => readProperty(scope.result, key, position);
    case 'params':
      return (scope) => readProperty(scope.params, key, position);
    default:
      return property(rootValue(root), key, position);
  }
}

/** `root`. */
export function rootValue(root: string): Code {
  switch (root) {
    case 'context':
      return (scope) => scope.context;
    case 'event':
      return (scope) => scope.event;
    case 'result':
      return (scope) => scope.result;
    case 'results':
      return (scope) => scope.results;
    case 'params':
      return (scope) => scope.params;
    case 'instance':
      return (scope) => scope.instance;
    case 'tenant':
      return (scope) => scope.tenant;
    case 'now':
      return (scope) => scope.now;
    default:
      return (scope) => scope[root as keyof ExpressionScope];
  }
}

/** A link of an optional chain: ends the chain when `optional` and there is nothing to read from. */
export function link(object: Code, optional: boolean, read: (value: unknown, scope: ExpressionScope) => unknown): Code {
  return (scope) => {
    const value = object(scope);
    if (value === ended || (optional && (value === undefined || value === null))) return ended;
    return read(value, scope);
  };
}

/** `?.(` on a method that the value does not have. */
export function endChain(): unknown {
  return ended;
}

/** A whole optional chain. */
export function chain(last: Code): Code {
  return (scope) => {
    const value = last(scope);
    return value === ended ? undefined : value;
  };
}

/**
 * Own properties only: nothing of a prototype is ever reached. Scopes hold JSON, where a property has no code of its own;
 * asking for its descriptor would be a second wall and costs a machine with guards a third of its speed.
 */
export function readProperty(object: unknown, key: string, position: number): unknown {
  if (typeof object === 'object' && object !== null) {
    return Object.hasOwn(object, key) ? (object as { readonly [key: string]: unknown })[key] : undefined;
  }
  return readOfPrimitive(object, key, position);
}

export function readElement(object: unknown, key: unknown, position: number): unknown {
  if (typeof key === 'number') {
    if (Array.isArray(object) || typeof object === 'string') {
      return Number.isInteger(key) && key >= 0 && key < object.length ? object[key] : undefined;
    }
    return readProperty(object, String(key), position);
  }
  return readProperty(object, propertyKey(key, position), position);
}

/** A computed key: a string or number, and no name that reaches a prototype. */
export function propertyKey(key: unknown, position: number): string {
  if (typeof key === 'number') return String(key);
  if (typeof key !== 'string') {
    throw failed('KEY_TYPE', `Cannot use ${describe(key)} as a key`, position, 'Use a string or a number.');
  }
  if (isHostileKey(key)) throw hostileKey(key, position);
  chargeText(key.length);
  return key;
}

export function hostileKey(key: string, position: number): Fault {
  return failed('HOSTILE_KEY', `The key "${key}" is not allowed`, position);
}

function readOfPrimitive(value: unknown, key: string, position: number): unknown {
  if (value === undefined || value === null) {
    throw failed('NO_VALUE', `Cannot read "${key}" of ${value}`, position, 'Use `?.` where the value may be absent.');
  }
  // the length and the characters are the own properties of a text
  return typeof value === 'string' ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
}
