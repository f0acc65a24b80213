/** An object literal or the result of `JSON.parse`: not a list, not an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // another realm's Object.prototype is plain too
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Keys whose assignment would reach a prototype instead of making a property. */
export function isHostileKey(key: string): boolean {
  return key === '__proto__' || key === 'constructor' || key === 'prototype';
}

/** Neither `undefined`, a function, a symbol, a bigint, `NaN`, an infinity nor an instance of a class. */
export function isJsonShaped(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return Array.isArray(value) || isPlainObject(value);
}

/** How many bytes the text takes in UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** How many bytes a value takes as JSON. What cannot be written counts nothing; the value must have no cycles. */
export function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return utf8Length(JSON.stringify(value));
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + jsonBytes(item) + 1, 1 + Number(value.length === 0));
  if (!isPlainObject(value))
    return typeof value === 'number' || typeof value === 'boolean' || value === null ? String(value).length : 0;
  const members = Object.entries(value);
  return members.reduce(
    (sum, [key, item]) => sum + jsonBytes(key) + jsonBytes(item) + 2,
    1 + Number(members.length === 0),
  );
}

/** What a value is, for messages: "a string", "a list", "nothing". */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'boolean') return `\`${value}\``;
  return `a ${typeof value}`;
}
