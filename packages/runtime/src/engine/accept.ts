import { FsmError, type Json } from '@fsm/core';
import type { Limits } from '../limits.ts';

const idPattern = /^[A-Za-z0-9._:-]+$/;
const reservedPrefixes = ['done.', 'error.', 'fsm.'];
const hostileKeys = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses ids that could collide or hide: other characters than `[A-Za-z0-9._:-]`, empty, too long. The alphabet is
 * ASCII, so an accepted id is in Unicode normal form C by itself.
 */
export function checkId(what: 'tenant' | 'instance' | 'event', id: unknown, limits: Limits): asserts id is string {
  if (typeof id === 'string' && id.length <= limits.idLength && idPattern.test(id)) return;
  const shown = typeof id === 'string' ? `"${id.slice(0, 60)}"` : `of type ${typeof id}`;
  throw new FsmError('ID_INVALID', `The ${what} id ${shown} is not usable.`, {
    hint: `Use 1 to ${limits.idLength} characters of A-Z a-z 0-9 . _ : -`,
    details: { what, asked: typeof id === 'string' ? id.slice(0, 60) : null },
  });
}

export function checkEventType(type: unknown): asserts type is string {
  if (typeof type !== 'string' || type.length === 0 || type.length > 256) {
    throw new FsmError('EVENT_INVALID', 'The event has no usable "type".', {
      hint: 'Give "type" as a text of 1 to 256 characters, for example "SUBMIT".',
    });
  }
  for (const prefix of reservedPrefixes) {
    if (type.startsWith(prefix)) {
      throw new FsmError('EVENT_RESERVED', `Event types that start with "${prefix}" are made by the engine only.`, {
        hint: 'Send an event of your own name, and let effects report their outcomes themselves.',
        details: { asked: type, reserved: reservedPrefixes },
      });
    }
  }
}

/**
 * Checks that a value is plain JSON within the limits and returns its text, so that it is made only once.
 * Plain means: no undefined, NaN, functions, class instances, hostile keys; what is stored is what was handled.
 */
export function checkData(what: 'event data' | 'context', value: Json, size: number, limits: Limits): string {
  if (!isPlain(value, limits.depth)) explain(what, value, limits.depth, '$');
  const text = JSON.stringify(value);
  if (text.length > size) throw tooLarge(what, text.length, size);
  return text;
}

/** Refuses a context that outgrew its limit, without making its text: a walk that counts. */
export function checkContextSize(context: Json, limits: Limits): void {
  const left = measure(context, limits.contextSize);
  if (left < 0) throw tooLarge('context', undefined, limits.contextSize);
}

function tooLarge(what: string, size: number | undefined, limit: number): FsmError {
  const code = what === 'context' ? 'CONTEXT_TOO_LARGE' : 'EVENT_TOO_LARGE';
  const measured = size === undefined ? `more than ${limit}` : `${size}`;
  return new FsmError(code, `The ${what} has ${measured} characters; the limit is ${limit}.`, {
    hint: 'Keep large payloads elsewhere and carry a reference.',
    details: { ...(size === undefined ? undefined : { size }), limit },
  });
}

/** The hot path: says only whether something is wrong; `explain` then walks again and says what and where. */
function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth === 0) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isPlain(value[index], depth - 1)) return false;
    return true;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key of Object.keys(value)) {
    if (hostileKeys.has(key) || !isPlain((value as Record<string, unknown>)[key], depth - 1)) return false;
  }
  return true;
}

function explain(what: string, value: unknown, depth: number, path: string): void {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return;
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return;
    throw notPlain(what, path, String(value));
  }
  if (typeof value !== 'object') throw notPlain(what, path, typeof value);
  if (depth === 0) {
    throw new FsmError('TOO_DEEP', `The ${what} is nested too deeply.`, {
      hint: 'Flatten the value.',
      path: path.slice(0, 200),
    });
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) explain(what, value[index], depth - 1, `${path}[${index}]`);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notPlain(what, path, `an instance of ${prototype.constructor?.name ?? 'a class'}`);
  }
  for (const key of Object.keys(value)) {
    if (hostileKeys.has(key)) {
      throw new FsmError('KEY_REFUSED', `The ${what} has the key "${key}", which is refused everywhere.`, {
        hint: 'Rename the key.',
        path: `${path}.${key}`,
      });
    }
    explain(what, (value as Record<string, unknown>)[key], depth - 1, `${path}.${key}`);
  }
}

function notPlain(what: string, path: string, found: string): FsmError {
  return new FsmError('NOT_JSON', `The ${what} holds ${found}, which JSON cannot say.`, {
    hint: 'Send plain JSON values: text, finite numbers, booleans, null, lists and objects.',
    path,
  });
}

/** What is left of `budget` characters after this value; negative when it does not fit. */
function measure(value: Json, budget: number): number {
  if (typeof value === 'string') return budget - value.length - 2;
  if (value === null || typeof value !== 'object') return budget - 4;
  let left = budget - 2;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      left = measure(item, left - 1);
      if (left < 0) return left;
    }
    return left;
  }
  for (const key in value) {
    left = measure((value as { [key: string]: Json })[key]!, left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
