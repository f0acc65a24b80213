import { machineJsonSchema } from '@fsm/core';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { builtInKinds } from './kinds.ts';
import { effectKindSchema, effectSchema, referenceTable } from './reference.ts';

describe.each(builtInKinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  test('says what it does, in a sentence, and what it puts out', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(kind.summary).toMatch(/^[A-Z].*\.$/);
    expect(kind.output).toMatch(/^[A-Z].*\.$/);
    expect(kind.icon).toMatch(/^[a-z0-9-]+$/);
  });

  test('describes every parameter and takes no others', () => {
    for (const field of Object.values(kind.parameters.shape)) {
      expect((field as z.ZodType).description).toMatch(/[.)]$/);
    }
    expect(kind.parameters.safeParse({ surely_unknown: 1 }).error!.issues).toContainEqual(
      expect.objectContaining({ code: 'unrecognized_keys' }),
    );
  });
});

test('the schema of a kind fits into the schema of machines', () => {
  const { schema } = effectKindSchema(builtInKinds.find(({ name }) => name === 'retry')!);
  expect(schema).toMatchObject({
    title: 'retry',
    required: ['attempts', 'effect'],
    properties: { effect: { $ref: '#/$defs/effect' }, delay: { $ref: '#/$defs/duration', default: '1s' } },
  });
  const machine = machineJsonSchema(builtInKinds.map(effectKindSchema));
  expectResolved(machine);
  expect((machine as unknown as Schema).$defs['effect.retry']!.properties!.type).toEqual({ const: 'retry' });
});

test('the schema of all effects is complete in itself', () => {
  const schema = effectSchema(builtInKinds);
  expectResolved(schema);
  expect((schema as unknown as Schema).$defs['effect.call']).toMatchObject({
    required: ['type', 'function'],
    properties: { type: { const: 'call' }, params: { description: expect.stringContaining('called with') } },
    additionalProperties: false,
  });
});

test('the reference has a row for each kind, with the required parameters in bold', () => {
  const rows = referenceTable(builtInKinds).split('\n');
  expect(rows).toHaveLength(builtInKinds.length + 2);
  expect(rows.find((row) => row.startsWith('| `timeout`'))).toBe(
    '| `timeout` | Gives an effect limited time. When that is up, the effect is stopped and the error is EFFECT_TIMEOUT. | **`duration`** **`effect`** | The output of the effect. |',
  );
});

interface Schema {
  readonly $defs: { readonly [name: string]: { readonly properties?: { readonly [name: string]: unknown } } };
}

/** Every reference leads somewhere. */
function expectResolved(schema: object): void {
  const { $defs } = schema as unknown as Schema;
  for (const [, name] of JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g))
    expect(Object.keys($defs)).toContain(name);
}
