import type { Json } from '@fsm/core';

/** What stands in place of a value that must not be shown. */
export const redacted = '[redacted]';

/** Keys that hold secrets almost everywhere. */
export const secretKeys = ['password', 'secret', 'token', 'code', 'pin', 'apiKey', 'authorization'];

/** The value without the values of the given keys, at any depth; capitals do not matter. */
export function redact(value: Json, keys: readonly string[]): Json {
  const hidden = new Set(keys.map((key) => key.toLowerCase()));
  return without(value, hidden);
}

function without(value: Json, hidden: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => without(item, hidden));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, hidden.has(key.toLowerCase()) ? redacted : without(item, hidden)]),
  );
}
