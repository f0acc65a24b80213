import { z } from 'zod';
import type { Json, JsonObject } from '../json.ts';

/**
 * The JSON Schema of an event's data as a checker.
 *
 * Patterns are refused: they would run in an engine that a hostile text can hang. A guard with a regular expression,
 * which runs in linear time, does what they would.
 *
 * Throws when it is no schema that can be checked; the message says why.
 */
export function compileDataSchema(schema: JsonObject): z.ZodType {
  refusePatterns(schema);
  return z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
}

function refusePatterns(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) refusePatterns(item);
    return;
  }
  for (const [key, part] of Object.entries(value as JsonObject)) {
    // a property may be called "pattern"; then its schema stands there, and no text
    if ((key === 'pattern' && typeof part === 'string') || key === 'patternProperties') {
      throw new Error(`\`${key}\` is not supported; check the text in a guard`);
    }
    refusePatterns(part);
  }
}
