import { checkDepth, FsmError, type Json, type JsonObject } from '@fsm/core';
import type { RawLine } from './line-splitter.ts';

/** One event of a log: what `fsm run` sends. */
export interface LoggedEvent {
  readonly instance: string;
  readonly type: string;
  readonly data: Json | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number | undefined;
  readonly id: string | undefined;
  /** Keys of the line that mean nothing here. */
  readonly unknownKeys: readonly string[];
}

const knownKeys: ReadonlySet<string> = new Set(['instance', 'type', 'data', 'at', 'id']);
/** One more than the engine allows for the data inside. */
const deepest = 65;

/**
 * Reads `{"instance","type","data"?,"at"?,"id"?}`. Returns nothing for an empty line.
 *
 * Throws an FsmError (LINE_TOO_LONG, LINE_NOT_UTF8, LINE_NOT_JSON, LINE_TOO_DEEP, LINE_INVALID) that says what is
 * wrong with the line and what to try. Whether ids, types and data are acceptable is for the engine to say.
 */
export function parseEventLine(line: RawLine): LoggedEvent | undefined {
  if (line.problem === 'too long') {
    throw new FsmError('LINE_TOO_LONG', `The line has ${line.bytes.toLocaleString('en')} bytes.`, {
      hint: 'Keep large payloads elsewhere and carry a reference in "data".',
    });
  }
  const { text } = line;
  if (text === undefined) {
    throw new FsmError('LINE_NOT_UTF8', 'The line is not UTF-8 text.', { hint: 'Save the file as UTF-8.' });
  }
  if (text.trim() === '') return undefined;
  refuseDepth(text);
  return readEvent(parseJson(text));
}

function refuseDepth(text: string): void {
  // Every level takes two characters, so that most lines need no look.
  if (text.length <= 2 * deepest) return;
  try {
    checkDepth(text, deepest);
  } catch (cause) {
    throw new FsmError('LINE_TOO_DEEP', `The line is nested more than ${deepest} levels deep.`, {
      hint: 'Flatten "data".',
      cause,
    });
  }
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new FsmError('LINE_NOT_JSON', `The line is not JSON: ${(cause as Error).message}`, {
      hint: 'Write one JSON object per line, for example {"instance":"a1","type":"SUBMIT"}.',
      cause,
    });
  }
}

function readEvent(value: Json): LoggedEvent {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw invalid(`The line holds ${nameOf(value)}, not an object.`);
  }
  const line = value as JsonObject;
  const instance = text(line, 'instance');
  const type = text(line, 'type');
  const id = Object.hasOwn(line, 'id') ? text(line, 'id') : undefined;
  const at = Object.hasOwn(line, 'at') ? readTime(line.at!) : undefined;
  const data = Object.hasOwn(line, 'data') ? line.data : undefined;
  return { instance, type, data, at, id, unknownKeys: unknownKeysOf(line) };
}

const none: readonly string[] = [];

function unknownKeysOf(line: JsonObject): readonly string[] {
  let unknown: string[] | undefined;
  for (const key of Object.keys(line)) {
    if (!knownKeys.has(key)) {
      unknown ??= [];
      unknown.push(key);
    }
  }
  return unknown ?? none;
}

function text(line: JsonObject, key: 'instance' | 'type' | 'id'): string {
  if (!Object.hasOwn(line, key)) throw invalid(`The line has no "${key}".`);
  const value = line[key]!;
  // Ids are often numbers in exported logs, and there is only one way to read them.
  if (key !== 'type' && typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string') throw invalid(`"${key}" is ${nameOf(value)}, not text.`);
  if (value === '') throw invalid(`"${key}" is empty.`);
  return value;
}

const isoTime = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;
/** As far as a JavaScript date goes. */
const latestTime = 8.64e15;

function readTime(value: Json): number {
  if (typeof value === 'number' && Math.abs(value) <= latestTime) return Math.trunc(value);
  if (typeof value === 'string') {
    const zone = isoTime.exec(value);
    // Without a zone the time is UTC, so that a log means the same everywhere.
    const time = zone ? Date.parse(zone[1] === undefined && value.length > 10 ? `${value}Z` : value) : Number.NaN;
    if (!Number.isNaN(time)) return time;
  }
  const shown = JSON.stringify(value).slice(0, 60);
  throw invalid(`"at" is ${shown}, not a time.`, 'Write an ISO time such as "2026-01-31T09:30:00Z", or milliseconds.');
}

function nameOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function invalid(
  message: string,
  hint = 'A line needs "instance" and "type" as text; "data", "at" and "id" may follow.',
): FsmError {
  return new FsmError('LINE_INVALID', message, { hint });
}
