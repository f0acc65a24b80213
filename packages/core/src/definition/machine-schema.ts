import { z } from 'zod';
import {
  actionKeys,
  componentKeys,
  effectKeys,
  eventKeys,
  eventTemplateKeys,
  guardKeys,
  invokeKeys,
  machineKeys,
  pluginKeys,
  stateKeys,
  subscriptionKeys,
  transitionKeys,
} from './keys.ts';
import { anyJson, machineShape, partNames } from './machine-shape.ts';

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  [keyword: string]: unknown;
}

export interface EffectKindSchema {
  /** The `type` of the effect. */
  readonly name: string;
  /** JSON Schema of its other parameters. `#/$defs/effect`, `#/$defs/duration` … mean the parts of the machine schema. */
  readonly schema: JsonSchema;
}

/**
 * The JSON Schema (draft 2020-12) of the machine format, for editors: `packages/core/schema/machine.schema.json` is this
 * without effect kinds. With kinds, the parameters of their effects are described too.
 *
 * ```ts
 * machineJsonSchema([{ name: 'delay', schema: { type: 'object', properties: { for: { $ref: '#/$defs/duration' } } } }])
 * ```
 *
 * It shows mistakes while somebody types; only `validate` finds all of them.
 */
export function machineJsonSchema(effectKinds: readonly EffectKindSchema[] = []): JsonSchema {
  const { $schema, $defs, ...machine } = z.toJSONSchema(machineShape, {
    io: 'input',
    metadata: partNames,
    override: ({ zodSchema, jsonSchema }) => {
      // Zod spells out what a JSON value is, which every editor knows
      if (zodSchema === anyJson) delete jsonSchema.anyOf;
    },
  }) as JsonSchema & { $defs: Record<string, JsonSchema> };
  const parts = Object.fromEntries(Object.entries($defs).map(([id, schema]) => [id, withoutId(schema)]));
  describeKeys(machine, { ...stateKeys, ...machineKeys });
  for (const [id, descriptions] of Object.entries(descriptionsOfParts)) describeKeys(parts[id], descriptions);
  return {
    $schema,
    title: 'FSM machine',
    description: 'A workflow as a state machine. The root is a state, compound or parallel.',
    ...machine,
    $defs: { ...parts, ...effectParts(effectKinds) },
  };
}

const descriptionsOfParts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  state: stateKeys,
  transition: transitionKeys,
  invocation: invokeKeys,
  guard: guardKeys,
  action: actionKeys,
  event: eventKeys,
  eventTemplate: eventTemplateKeys,
  effect: effectKeys,
  subscription: subscriptionKeys,
  plugin: pluginKeys,
  component: componentKeys,
};

function withoutId({ id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** Puts descriptions beside the properties of a schema and of its alternatives. */
function describeKeys(schema: unknown, descriptions: Readonly<Record<string, string>>): void {
  const { properties = {}, anyOf = [] } = schema as {
    properties?: Record<string, JsonSchema>;
    anyOf?: readonly unknown[];
  };
  for (const [key, property] of Object.entries(properties)) {
    if (Object.hasOwn(descriptions, key)) property.description = descriptions[key];
  }
  for (const alternative of anyOf) describeKeys(alternative, descriptions);
}

/** The `effect` part as a choice between kinds, and one part for each kind; nothing when no kinds are known. */
function effectParts(kinds: readonly EffectKindSchema[]): Record<string, JsonSchema> {
  if (kinds.length === 0) return {};
  const parts: Record<string, JsonSchema> = {
    effect: {
      description: 'Work that is done while a state is active.',
      type: 'object',
      required: ['type'],
      anyOf: kinds.map(({ name }) => ({ $ref: `#/$defs/effect.${name}` })),
    },
  };
  for (const { name, schema } of kinds) {
    const { $defs = {}, $schema: _dialect, properties = {}, required = [], ...rest } = schema as KindSchema;
    const local = new Map(Object.keys($defs).map((id) => [`#/$defs/${id}`, `#/$defs/effect.${name}.${id}`]));
    for (const [id, definition] of Object.entries($defs)) {
      parts[`effect.${name}.${id}`] = renameReferences(definition, local) as JsonSchema;
    }
    parts[`effect.${name}`] = {
      type: 'object',
      ...(renameReferences(rest, local) as JsonSchema),
      properties: { type: { const: name }, ...(renameReferences(properties, local) as JsonSchema) },
      required: ['type', ...required],
    };
  }
  return parts;
}

interface KindSchema extends JsonSchema {
  readonly $defs?: Record<string, JsonSchema>;
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
}

/** A kind's own definitions move to the root, and the references to them follow. */
function renameReferences(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renameReferences(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const renamed =
        key === '$ref' && typeof item === 'string' ? (names.get(item) ?? item) : renameReferences(item, names);
      return [key, renamed];
    }),
  );
}
