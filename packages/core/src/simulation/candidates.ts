import { canonicalJson } from '../definition/canonical.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * What an author reads of an unknown value: a tree of keys, each with the values it is compared with. Together with a
 * JSON Schema, where there is one, it says which values are worth trying.
 */
export interface ReadTree {
  /** Whether the value decides anything; otherwise one sample does. */
  readonly deciding: boolean;
  readonly constants: readonly Json[];
  readonly children: ReadonlyMap<string, ReadTree>;
}

export interface Candidates {
  /** The most ordinary one first. */
  readonly values: readonly Json[];
  /** Whether these are all the values that can make a difference. */
  readonly complete: boolean;
}

/** So many values of one event or outcome are tried at most. */
const maxCandidates = 64;

/** Values worth trying for what is read like this and described by the schema, if there is one. */
export function candidates(tree: ReadTree | undefined, schema: JsonObject | undefined): Candidates {
  const all = found(tree, schema);
  const values = distinct(all.values);
  if (tree === undefined || !isDeciding(tree)) return { values: values.slice(0, 1), complete: true };
  return { values: values.slice(0, maxCandidates), complete: all.complete && values.length <= maxCandidates };
}

function isDeciding(tree: ReadTree): boolean {
  return tree.deciding || [...tree.children.values()].some(isDeciding);
}

function found(tree: ReadTree | undefined, schema: JsonObject | undefined): Candidates {
  if (schema !== undefined && 'const' in schema) return { values: [schema.const!], complete: true };
  if (Array.isArray(schema?.enum)) return { values: schema.enum, complete: true };
  const given = [...list(schema?.examples), ...('default' in (schema ?? {}) ? [schema!.default!] : [])];
  const type = Array.isArray(schema?.type) ? schema.type[0] : schema?.type;
  if (
    type === 'object' ||
    (type === undefined && (schema?.properties !== undefined || (tree?.children.size ?? 0) > 0))
  ) {
    const { values, complete } = objects(tree, schema);
    return { values: [...given, ...values], complete };
  }
  const constants = tree?.constants ?? [];
  if (type === 'boolean' || (type === undefined && constants.length > 0 && constants.every(isBoolean))) {
    return { values: [...given.filter(isBoolean), true, false], complete: type === 'boolean' };
  }
  const near = constants.flatMap(neighbours);
  if (type === 'number' || type === 'integer') return { values: numbers(given, near, schema!), complete: false };
  if (type === 'string') return { values: [...given, ...near.filter(isString), 'text', 'other text'], complete: false };
  if (type === 'array') return { values: [...given, ...arrays(schema!)], complete: false };
  if (type === 'null') return { values: [null], complete: true };
  return { values: [...given, ...near, ...(near.length + given.length > 0 ? [] : [1])], complete: false };
}

/** All combinations while they are few; otherwise an ordinary object with one property changed at a time. */
function objects(tree: ReadTree | undefined, schema: JsonObject | undefined): Candidates {
  const properties = (schema?.properties ?? {}) as Readonly<Record<string, JsonObject>>;
  const required = new Set(list(schema?.required).map(String));
  const names = [...new Set([...Object.keys(properties), ...(tree?.children.keys() ?? [])])];
  const variants = names.map((name): { readonly name: string; readonly values: readonly (Json | undefined)[] } => {
    const inside = tree?.children.get(name);
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const { values } = candidates(inside, own);
    const optional = schema !== undefined && !required.has(name) && inside !== undefined && isDeciding(inside);
    return { name, values: optional ? [...values, undefined] : values };
  });
  const complete = [...(tree?.children ?? [])].every(
    ([name, inside]) =>
      !isDeciding(inside) || (Object.hasOwn(properties, name) && candidates(inside, properties[name]).complete),
  );
  const product = variants.reduce((count, { values }) => count * values.length, 1);
  if (product <= maxCandidates) {
    let whole: readonly JsonObject[] = [{}];
    for (const { name, values } of variants) {
      whole = whole.flatMap((object) => values.map((value) => withProperty(object, name, value)));
    }
    return { values: whole, complete: complete && tree?.deciding !== true };
  }
  const base = variants.reduce<JsonObject>((object, { name, values }) => withProperty(object, name, values[0]), {});
  const changed = variants.flatMap(({ name, values }) =>
    values.slice(1).map((value) => withProperty(base, name, value)),
  );
  return { values: [base, ...changed], complete: false };
}

function withProperty(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  const { [name]: _, ...rest } = object;
  return value === undefined ? rest : { ...rest, [name]: value };
}

function numbers(given: readonly Json[], near: readonly Json[], schema: JsonObject): readonly Json[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const low = isNumber(minimum) ? minimum : isNumber(exclusiveMinimum) ? exclusiveMinimum + 1 : undefined;
  const high = isNumber(maximum) ? maximum : isNumber(exclusiveMaximum) ? exclusiveMaximum - 1 : undefined;
  const all = [...given, ...near, low, high].filter(isNumber);
  const inside = all.filter((value) => (low === undefined || value >= low) && (high === undefined || value <= high));
  const allowed = schema.type === 'integer' ? inside.filter(Number.isInteger) : inside;
  return allowed.length > 0 ? allowed : [Math.max(low ?? 1, Math.min(1, high ?? 1))];
}

function arrays(schema: JsonObject): readonly Json[] {
  const items = typeof schema.items === 'object' && !Array.isArray(schema.items) ? (schema.items as JsonObject) : {};
  const one = [found(undefined, items).values[0] ?? null];
  return isNumber(schema.minItems) && schema.minItems > 0 ? [one] : [[], one];
}

/** A constant, and what lies on either side of it. */
function neighbours(constant: Json): readonly Json[] {
  if (typeof constant === 'number') return [constant, constant - 1, constant + 1];
  if (typeof constant === 'string') return [constant, `not ${constant}`];
  return typeof constant === 'boolean' ? [constant, !constant] : [constant, 1];
}

function distinct(values: readonly Json[]): readonly Json[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()];
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

const isNumber = (value: unknown): value is number => typeof value === 'number';
const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
