import type { z } from 'zod';
import type { Keys } from './json-path.ts';
import { effect } from './parameters.ts';

/**
 * Where other effects stand in the parameters of an effect, found by the schema: for checking them even when something
 * beside them is wrong.
 */
export function effectPlaces(
  schema: z.core.$ZodType,
  value: unknown,
  at: Keys = [],
): { readonly at: Keys; readonly value: unknown }[] {
  if (value === undefined) return [];
  if (isEffect(schema)) return [{ at, value }];
  const { def } = (schema as z.ZodType)._zod as { readonly def: z.core.$ZodTypeDef & Inner };
  switch (def.type) {
    case 'optional':
    case 'default':
      return effectPlaces(def.innerType!, value, at);
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => effectPlaces(def.element!, item, [...at, index]))
        : [];
    case 'record':
      return entries(value).flatMap(([key, item]) => effectPlaces(def.valueType!, item, [...at, key]));
    case 'object':
      return entries(value).flatMap(([key, item]) => {
        const field = Object.hasOwn(def.shape!, key) ? def.shape![key] : undefined;
        return field === undefined ? [] : effectPlaces(field, item, [...at, key]);
      });
    case 'union':
      return def.options!.flatMap((option) => effectPlaces(option, value, at));
    default:
      return [];
  }
}

interface Inner {
  readonly innerType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly shape?: { readonly [key: string]: z.core.$ZodType };
  readonly options?: readonly z.core.$ZodType[];
}

/** A schema with a description is a copy of the one it describes. */
function isEffect(schema: z.core.$ZodType): boolean {
  return schema === effect || (schema._zod.parent !== undefined && isEffect(schema._zod.parent));
}

function entries(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
