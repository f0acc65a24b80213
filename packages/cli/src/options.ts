import { FsmError, type Json, type JsonObject, parseDuration, parseMachine } from '@fsm/core';
import { InvalidArgumentError } from 'commander';

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('Give a whole number of at least 1.');
}

/** JSON as it may stand in a file: no hostile keys, none twice, not too deep. */
export function parseJson(text: string): Json {
  try {
    return parseMachine(text).definition as unknown as Json;
  } catch (error) {
    throw new InvalidArgumentError(FsmError.is(error) ? error.message : String(error));
  }
}

export function parseJsonObject(text: string): JsonObject {
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new InvalidArgumentError('Give a JSON object, such as \'{"amount":12}\'.');
}

/** Milliseconds. */
export function parseTime(text: string): number {
  const milliseconds = parseDuration(/^\d+$/.test(text) ? Number(text) : text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError('Give a duration such as 500ms, 30s, 5m or 2h.');
}
