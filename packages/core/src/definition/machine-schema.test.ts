import { describe, expect, test } from 'vitest';
import committed from '../../schema/machine.schema.json' with { type: 'json' };
import { eventKeys, invokeKeys, machineKeys, stateKeys, transitionKeys } from './keys.ts';
import { type JsonSchema, machineJsonSchema } from './machine-schema.ts';

type Part = JsonSchema & { readonly properties: Readonly<Record<string, JsonSchema>> };

function partOf(schema: JsonSchema, id: string): Part {
  return (schema.$defs as Record<string, Part>)[id]!;
}

describe('machineJsonSchema', () => {
  test('is what packages/core/schema/machine.schema.json holds; otherwise run `node packages/core/schema/write-schema.ts`', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(machineJsonSchema())));
  });

  test('has every key of the format where it may stand, each with its description', () => {
    const schema = machineJsonSchema() as Part;
    const expected: readonly (readonly [Part, Readonly<Record<string, string>>, readonly string[]])[] = [
      [schema, { ...stateKeys, ...machineKeys }, ['effect', 'onDone', 'onError', 'history', 'target']],
      [partOf(schema, 'state'), stateKeys, []],
      [partOf(schema, 'transition'), transitionKeys, []],
      [partOf(schema, 'invocation'), invokeKeys, []],
      [partOf(schema, 'event'), eventKeys, []],
    ];
    for (const [part, keys, absent] of expected) {
      const present = Object.keys(keys).filter((key) => !absent.includes(key));
      expect(Object.keys(part.properties).sort()).toEqual(present.sort());
      for (const key of present) expect(part.properties[key]!.description).toBe(keys[key]);
      expect(part.additionalProperties).toBe(false);
    }
  });

  test('refers only to parts that exist', () => {
    const schema = machineJsonSchema([
      { name: 'call', schema: { $defs: { x: {} }, properties: { x: { $ref: '#/$defs/x' } } } },
    ]);
    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, id]) => id!);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((id) => !Object.hasOwn(schema.$defs as object, id))).toEqual([]);
  });

  test('describes the parameters of effect kinds, which may nest effects and have definitions of their own', () => {
    const schema = machineJsonSchema([
      {
        name: 'call',
        schema: {
          type: 'object',
          description: 'Calls.',
          properties: { function: { type: 'string' } },
          required: ['function'],
        },
      },
      {
        name: 'retry',
        schema: {
          $schema: 'https://json-schema.org/draft/2020-12/schema',
          properties: { effect: { $ref: '#/$defs/effect' }, backoff: { $ref: '#/$defs/backoff' } },
          additionalProperties: false,
          $defs: { backoff: { enum: ['linear', 'double'] } },
        },
      },
    ]);
    expect(partOf(schema, 'effect')).toMatchObject({
      anyOf: [{ $ref: '#/$defs/effect.call' }, { $ref: '#/$defs/effect.retry' }],
    });
    expect(partOf(schema, 'effect.call')).toEqual({
      type: 'object',
      description: 'Calls.',
      properties: { type: { const: 'call' }, function: { type: 'string' } },
      required: ['type', 'function'],
    });
    expect(partOf(schema, 'effect.retry')).toEqual({
      type: 'object',
      properties: {
        type: { const: 'retry' },
        effect: { $ref: '#/$defs/effect' },
        backoff: { $ref: '#/$defs/effect.retry.backoff' },
      },
      additionalProperties: false,
      required: ['type'],
    });
    expect(partOf(schema, 'effect.retry.backoff')).toEqual({ enum: ['linear', 'double'] });
  });
});
