import type { EffectKindSchema, JsonSchema } from '@fsm/core';
import { z } from 'zod';
import type { EffectKind } from './effect.ts';

/**
 * The parameters of a kind as JSON Schema. Shared parts are references into the schema around it: `#/$defs/effect`,
 * `#/$defs/duration`, `#/$defs/eventTemplate`, `#/$defs/json`. `machineJsonSchema` of core has those.
 *
 * ```ts
 * machineJsonSchema(registry.kinds().map(effectKindSchema)); // for editors
 * ```
 */
export function effectKindSchema(kind: EffectKind): EffectKindSchema {
  const {
    $schema: _dialect,
    $defs: _shared,
    properties,
    ...rest
  } = z.toJSONSchema(kind.parameters, {
    unrepresentable: 'any',
    io: 'input',
  });
  const description = { type: 'string', description: 'What it is for, in a sentence.' };
  const schema = { title: kind.name, description: kind.summary, ...rest, properties: { description, ...properties } };
  return { name: kind.name, schema };
}

/**
 * The JSON Schema of any effect of these kinds, complete in itself: for forms and for tools that take an effect.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function effectSchema(kinds: readonly EffectKind[]): JsonSchema {
  const parameters = z.object(Object.fromEntries(kinds.map((kind) => [kind.name, kind.parameters])));
  const shared = z.toJSONSchema(parameters, { unrepresentable: 'any', io: 'input' });
  const single = kinds.map(effectKindSchema).map(({ name, schema }) => {
    const { properties, required = [] } = schema as { properties: object; required?: readonly string[] };
    return [
      name,
      { ...schema, properties: { type: { const: name }, ...properties }, required: ['type', ...required] },
    ] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $ref: '#/$defs/effect',
    $defs: {
      ...shared.$defs,
      effect: {
        description: 'Work that is done while a state is active.',
        type: 'object',
        required: ['type'],
        anyOf: kinds.map(({ name }) => ({ $ref: `#/$defs/effect.${name}` })),
      },
      ...Object.fromEntries(single.map(([name, schema]) => [`effect.${name}`, schema])),
    },
  };
}

/** The row of one kind in the reference: name, summary, parameters (required ones in bold), output. */
export function referenceRow(kind: EffectKind): string {
  const parameters = Object.entries(kind.parameters.shape).map(([name, field]) => {
    const optional = (field as z.ZodType).safeParse(undefined).success;
    return optional ? `\`${name}\`` : `**\`${name}\`**`;
  });
  return `| \`${kind.name}\` | ${kind.summary} | ${parameters.join(' ')} | ${kind.output} |`;
}

/** The reference of the kinds as a Markdown table. */
export function referenceTable(kinds: readonly EffectKind[]): string {
  return [
    '| kind | what it does | parameters | output |',
    '| --- | --- | --- | --- |',
    ...kinds.map(referenceRow),
  ].join('\n');
}
