import type { EffectKind, Repeat } from './effect.ts';
import type { EffectExample } from './example.ts';
import { effectKindSchema } from './reference.ts';

/** The parts of a JSON Schema that the types of parameters are made of. */
interface Shape {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly allOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: { readonly [name: string]: Shape };
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

const repeats: { readonly [repeat in Repeat]: string } = {
  pure: 'It only computes, and may be performed again at any time.',
  idempotent: 'After a crash in the middle of it, it is performed again with the same idempotency key.',
  once: 'It is never performed twice: after a crash in the middle of it, it fails with EFFECT_UNKNOWN.',
};

const composed = 'What it performs keeps its own outcomes; what is on record is not performed again.';

/** Names of shared parts, as the page explains them. */
const parts: { readonly [name: string]: string } = {
  effect: 'effect',
  json: 'JSON',
  duration: 'duration',
  eventTemplate: 'event',
  machineOrName: 'name or machine',
};

/**
 * The reference as a Markdown page: a section for each kind with its parameters and its examples.
 *
 * ```ts
 * writeFileSync('effects.md', referencePage(registry.kinds(), introduction));
 * ```
 */
export function referencePage(kinds: readonly EffectKind[], introduction: string): string {
  const categories = [...new Set(kinds.map(({ category }) => category))];
  const inCategory = (name: string) => kinds.filter(({ category }) => category === name);
  const contents = categories.map((category) => {
    const links = inCategory(category).map(({ name }) => `[\`${name}\`](#${name})`);
    return `- ${title(category)}: ${links.join(' ')}`;
  });
  const sections = categories.flatMap((category) => [
    `## ${title(category)}`,
    ...inCategory(category).map((kind) => referenceSection(kind)),
  ]);
  return `${[introduction.trim(), contents.join('\n'), ...sections].join('\n\n')}\n`;
}

/** The section of one kind. */
export function referenceSection(kind: EffectKind): string {
  const { name, summary, output, repeat, examples = [] } = kind;
  const schema = effectKindSchema(kind).schema as Shape;
  const { description: _, ...parameters } = schema.properties ?? {};
  const rows = parameterRows({ ...schema, properties: parameters }, '');
  const table = ['| parameter | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return [
    `### ${name}`,
    summary,
    table,
    `**Output.** ${output}`,
    `**Repeated.** ${repeat === undefined ? composed : repeats[repeat]}`,
    ...examples.map(exampleText),
  ].join('\n\n');
}

function parameterRows({ properties = {}, required = [] }: Shape, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, shape]) => {
    const path = prefix + name;
    const label = required.includes(name) && shape.default === undefined ? `**\`${path}\`**` : `\`${path}\``;
    const preset = shape.default === undefined ? '' : `\`${JSON.stringify(shape.default)}\``;
    const row = `| ${label} | ${cell(typeOf(shape))} | ${cell(preset)} | ${cell(shape.description ?? '')} |`;
    const inside = insideOf(shape);
    return inside === undefined ? [row] : [row, ...parameterRows(inside.shape, path + inside.suffix)];
  });
}

/** The object whose fields deserve rows of their own. */
function insideOf(shape: Shape): { readonly shape: Shape; readonly suffix: string } | undefined {
  if (shape.properties !== undefined) return { shape, suffix: '.' };
  if (shape.items?.properties !== undefined) return { shape: shape.items, suffix: '[].' };
  return undefined;
}

function typeOf(shape: Shape): string {
  if (shape.$ref !== undefined) {
    const name = shape.$ref.slice(shape.$ref.lastIndexOf('/') + 1);
    return parts[name] ?? name;
  }
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const)}\``;
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${JSON.stringify(value)}\``).join(' or ');
  const choice = shape.anyOf ?? shape.allOf;
  if (choice !== undefined) return [...new Set(choice.map(typeOf))].join(' or ');
  if (shape.type === 'array') {
    const { items } = shape;
    if (items?.properties !== undefined) return 'list of objects';
    return items === undefined || Object.keys(items).length === 0 ? 'list' : `list of ${plural(typeOf(items))}`;
  }
  if (shape.type === 'object') return objectType(shape);
  if (shape.type === 'string') return 'text';
  if (shape.type === 'integer') return `integer${range(shape)}`;
  if (shape.type === 'number') return `number${range(shape)}`;
  return shape.type ?? 'JSON';
}

function objectType({ properties, additionalProperties }: Shape): string {
  if (properties !== undefined) {
    const names = Object.keys(properties).map((name) => `\`${name}\``);
    return `object with ${names.join(', ')}`;
  }
  return typeof additionalProperties === 'object' ? `object of ${plural(typeOf(additionalProperties))}` : 'object';
}

function plural(type: string): string {
  return ['effect', 'duration', 'event', 'text', 'integer', 'number', 'object'].includes(type) ? `${type}s` : type;
}

/** Zod gives every integer the limits of what JavaScript counts exactly. */
function range({ minimum, maximum }: Shape): string {
  const from = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const to = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`;
  if (from !== undefined) return ` from ${from}`;
  return to === undefined ? '' : ` up to ${to}`;
}

function exampleText({ title: what, effect, context, functions, output, error }: EffectExample): string {
  const names = Object.keys(functions ?? {}).map((name) => `\`${name}\``);
  const given = [
    context === undefined ? undefined : `the context \`${JSON.stringify(context)}\``,
    names.length === 0
      ? undefined
      : `the registered ${names.length === 1 ? 'function' : 'functions'} ${names.join(', ')}`,
  ].filter((text) => text !== undefined);
  const ends = error === undefined ? `gives \`${JSON.stringify(output)}\`` : `fails with \`${error}\``;
  const how = given.length === 0 ? `This ${ends}.` : `With ${given.join(' and ')} this ${ends}.`;
  return [`**Example.** ${what}:`, `\`\`\`json\n${pretty(effect, '')}\n\`\`\``, how].join('\n\n');
}

/** JSON in as few lines as fit into the width. */
function pretty(value: unknown, indent: string): string {
  const flat = oneLine(value);
  if (flat.length + indent.length <= 100 || typeof value !== 'object' || value === null) return flat;
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => deeper + pretty(item, deeper));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).map(
    ([key, field]) => `${deeper}${JSON.stringify(key)}: ${pretty(field, deeper)}`,
  );
  return `{\n${fields.join(',\n')}\n${indent}}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}: ${oneLine(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function title(category: string): string {
  return category.charAt(0).toUpperCase() + category.slice(1);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
