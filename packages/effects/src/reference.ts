import { z } from 'zod';
import type { EffectKind } from './effect.ts';

/** A JSON Schema, as plain JSON. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * The JSON Schema of one kind, `type` included. Inner effects are references to `#/$defs/Effect`.
 *
 * @see https://json-schema.org/draft/2020-12
 */
export function effectKindSchema(kind: EffectKind): JsonSchema {
  const { $schema: _, $defs: _defs, properties, required, ...rest } = z.toJSONSchema(kind.parameters, {
    unrepresentable: 'any',
    io: 'input',
  });
  return {
    ...rest,
    title: kind.name,
    description: kind.summary,
    properties: {
      type: { const: kind.name },
      description: { type: 'string', description: 'What it is for, in a sentence.' },
      ...properties,
    },
    required: ['type', ...(required ?? [])],
  };
}

/** The JSON Schema of any effect of these kinds: for editors, forms and tools. */
export function effectSchema(kinds: readonly EffectKind[]): JsonSchema {
  const inner = z.toJSONSchema(z.object(Object.fromEntries(kinds.map(({ name, parameters }) => [name, parameters]))), {
    unrepresentable: 'any',
    io: 'input',
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $ref: '#/$defs/Effect',
    $defs: {
      ...inner.$defs,
      Effect: {
        description: 'Work that a state does while it is active.',
        oneOf: kinds.map(({ name }) => ({ $ref: `#/$defs/${name}` })),
      },
      ...Object.fromEntries(kinds.map((kind) => [kind.name, effectKindSchema(kind)])),
    },
  };
}

/** The row of one kind in the reference table: name, summary, parameters (required ones in bold), output. */
export function referenceRow(kind: EffectKind): string {
  const parameters = Object.entries(kind.parameters.shape).map(([name, field]) => {
    const optional = (field as z.ZodType).safeParse(undefined).success;
    return optional ? `\`${name}\`` : `**\`${name}\`**`;
  });
  return `| \`${kind.name}\` | ${kind.summary} | ${parameters.join(' ')} | ${kind.output} |`;
}

/** The reference table of the kinds, in Markdown. */
export function referenceTable(kinds: readonly EffectKind[]): string {
  return ['| kind | what it does | parameters | output |', '| --- | --- | --- | --- |', ...kinds.map(referenceRow)].join('\n');
}
