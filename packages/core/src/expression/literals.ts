import { isHostileKey } from '../definition/plain.ts';
import { charge, chargeText } from './budget.ts';
import type { Code, ExpressionScope } from './code.ts';
import { iterate, toText } from './coerce.ts';
import { hostileKey, propertyKey, readProperty } from './member.ts';

/** An element of a list or an argument of a call; `spread` is the position of its `...`. */
export interface Item {
  readonly code: Code;
  readonly spread: number | undefined;
}

/** `[a, ...b]`, and the arguments of a call. */
export function list(items: readonly Item[]): (scope: ExpressionScope) => unknown[] {
  const codes = items.map((item) => item.code);
  if (items.some((item) => item.spread !== undefined)) return listWithSpread(items);
  const [first, second] = codes;
  if (first === undefined) return () => [];
  if (second === undefined) return (scope) => [first(scope)];
  if (codes.length === 2) return (scope) => [first(scope), second(scope)];
  return (scope) => codes.map((code) => code(scope));
}

function listWithSpread(items: readonly Item[]): (scope: ExpressionScope) => unknown[] {
  return (scope) => {
    const values: unknown[] = [];
    for (const { code, spread } of items) {
      if (spread === undefined) values.push(code(scope));
      else for (const value of iterate(code(scope), spread)) values.push(value);
    }
    return values;
  };
}

/** Part of `{ … }`: writes into the object that is being made. */
export type Writer = (target: Record<string, unknown>, scope: ExpressionScope) => void;

export function object(writers: readonly Writer[]): Code {
  return (scope) => {
    const target: Record<string, unknown> = {};
    for (const write of writers) write(target, scope);
    return target;
  };
}

/** `key: value`; the allow-list has refused hostile keys. */
export function namedProperty(key: string, value: Code): Writer {
  return (target, scope) => {
    target[key] = value(scope);
  };
}

/** `[key]: value`. */
export function computedProperty(key: Code, value: Code, position: number): Writer {
  return (target, scope) => {
    const name = propertyKey(key(scope), position);
    target[name] = value(scope);
  };
}

/** `...source`: what cannot have properties adds none. */
export function spreadProperties(source: Code, position: number): Writer {
  return (target, scope) => {
    const value = source(scope);
    if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return;
    charge(typeof value === 'string' ? value.length : 1);
    const keys = Object.keys(value);
    charge(keys.length);
    for (const key of keys) {
      if (isHostileKey(key)) throw hostileKey(key, position);
      target[key] = readProperty(value, key, position);
    }
  };
}

/** `` `text ${value} text` ``. */
export function template(texts: readonly string[], values: readonly Code[], positions: readonly number[]): Code {
  return (scope) => {
    let made = texts[0]!;
    for (let index = 0; index < values.length; index++) {
      const text = toText(values[index]!(scope), positions[index]!);
      chargeText(text.length);
      made += text + texts[index + 1]!;
    }
    return made;
  };
}
