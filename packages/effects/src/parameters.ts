import type { EffectDefinition, Json } from '@fsm/core';
import { z } from 'zod';

/**
 * Parameters that several kinds share; each use adds its own description. Those with an `id` are parts of the JSON Schema
 * of machines under the same name.
 */

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Another effect. What is in it is checked by its own kind. */
export const effect = z
  .custom<EffectDefinition>(isObject, 'expected an effect: an object with a `type`')
  .meta({ id: 'effect' });

/** Any JSON, with `{{ }}` in its strings. */
export const template = z.custom<Json>((value) => value !== undefined, 'expected a JSON value').meta({ id: 'json' });

/** Milliseconds, `"30s"`, or an expression. */
export const duration = z
  .union([z.number().min(0), z.string().min(1)], 'expected milliseconds, a text such as "30s", or an expression')
  .meta({ id: 'duration' });

/** An event type, or a type with templated data. */
export const event = z
  .union(
    [z.string().min(1), z.strictObject({ type: z.string().min(1), data: template.optional() })],
    'expected an event type, or an object with `type` and `data`',
  )
  .meta({ id: 'eventTemplate' });

/** The text of an expression, without `{{ }}`. */
export const expression = z.string('expected an expression, as text').min(1);

/** Where in the context something stands: `customer.address`. */
export const contextPath = z.string('expected a path such as "customer.name"').min(1);
