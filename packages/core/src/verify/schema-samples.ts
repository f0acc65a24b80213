import { isPlainObject } from '../definition/plain.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * Values that a JSON Schema accepts, the plainest first; enough of the vocabulary for event data. A schema that says
 * nothing gives `null`.
 */
export function schemaSamples(schema: Json | undefined): readonly Json[] {
  if (!isPlainObject(schema)) return [null];
  const given = schema as JsonObject;
  if (given.const !== undefined) return [given.const];
  if (Array.isArray(given.enum)) return given.enum;
  const examples = [
    ...(Array.isArray(given.examples) ? given.examples : []),
    ...('default' in given ? [given.default!] : []),
  ];
  const alternatives = given.anyOf ?? given.oneOf;
  if (Array.isArray(alternatives)) return [...examples, ...alternatives.flatMap(schemaSamples)];
  const types = Array.isArray(given.type)
    ? given.type
    : [given.type ?? (isPlainObject(given.properties) ? 'object' : 'null')];
  return [...examples, ...types.flatMap((type) => samplesOfType(type, given))];
}

function samplesOfType(type: Json, schema: JsonObject): readonly Json[] {
  switch (type) {
    case 'boolean':
      return [true, false];
    case 'number':
    case 'integer':
      return numbers(schema);
    case 'string': {
      const length = typeof schema.minLength === 'number' ? schema.minLength : 1;
      return ['x'.repeat(Math.min(length, 100))];
    }
    case 'array': {
      const [item = null] = schemaSamples(schema.items as Json | undefined);
      const least = typeof schema.minItems === 'number' ? Math.min(schema.minItems, 100) : 0;
      return [new Array<Json>(Math.max(least, 1)).fill(item), ...(least === 0 ? [[]] : [])];
    }
    case 'object': {
      const properties = isPlainObject(schema.properties) ? Object.entries(schema.properties as JsonObject) : [];
      return [Object.fromEntries(properties.map(([key, part]) => [key, schemaSamples(part)[0] ?? null]))];
    }
    default:
      return [null];
  }
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonObject): readonly number[] {
  const low =
    typeof minimum === 'number' ? minimum : typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : undefined;
  const high =
    typeof maximum === 'number' ? maximum : typeof exclusiveMaximum === 'number' ? exclusiveMaximum - 1 : undefined;
  return [...new Set([low ?? Math.min(high ?? 1, 1), ...(high === undefined ? [] : [high])])];
}

/** Whether the schema lets a value pass, as far as the same vocabulary goes. */
export function schemaAccepts(schema: Json | undefined, value: Json | undefined): boolean {
  if (!isPlainObject(schema)) return true;
  const {
    type,
    properties,
    required,
    items,
    minimum,
    maximum,
    exclusiveMinimum,
    exclusiveMaximum,
    anyOf,
    oneOf,
    ...rest
  } = schema as JsonObject;
  if (value === undefined) return false;
  if (rest.const !== undefined && JSON.stringify(rest.const) !== JSON.stringify(value)) return false;
  if (Array.isArray(rest.enum) && !rest.enum.some((one) => JSON.stringify(one) === JSON.stringify(value))) return false;
  if (type !== undefined && !(Array.isArray(type) ? type : [type]).some((one) => hasType(value, one))) return false;
  for (const alternatives of [anyOf, oneOf]) {
    if (Array.isArray(alternatives) && !alternatives.some((one) => schemaAccepts(one, value))) return false;
  }
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return false;
    if (typeof maximum === 'number' && value > maximum) return false;
    if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return false;
    return !(typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum);
  }
  if (typeof value === 'string') {
    if (typeof rest.minLength === 'number' && value.length < rest.minLength) return false;
    return !(typeof rest.maxLength === 'number' && value.length > rest.maxLength);
  }
  if (Array.isArray(value)) return value.every((item: Json) => schemaAccepts(items as Json | undefined, item));
  if (!isPlainObject(value)) return true;
  if (Array.isArray(required) && required.some((key) => !Object.hasOwn(value, String(key)))) return false;
  const parts = isPlainObject(properties) ? Object.entries(properties as JsonObject) : [];
  return parts.every(([key, part]) => !Object.hasOwn(value, key) || schemaAccepts(part, value[key] as Json));
}

function hasType(value: Json, type: Json): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isPlainObject(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}
