import type { Json, JsonObject } from '../json.ts';
import { withValueAtKeys } from '../machine/context-path.ts';
import { defaultError } from '../simulation/simulation.ts';
import { type DataFlow, type EventRead, valueAt } from './data-flow.ts';
import { schemaAccepts, schemaSamples } from './schema-samples.ts';

/** No more values than this are tried for one event in one state. */
const mostSamples = 32;

export interface EventSampler {
  /** Values of `event.data` (`undefined` for none), `event.output` or `event.error` that may tell guards apart. */
  samples(type: string, part: 'data' | 'output' | 'error', context: JsonObject): readonly (Json | undefined)[];
}

/**
 * Data for events, worked out of what guards compare them with: around each constant, on both sides; within the JSON
 * Schema of the event; besides what the user gave.
 *
 * @param given By event type, or by `done.invoke.<id>` and `error.invoke.<id>` for the outcomes of effects.
 */
export function eventSampler(
  flow: DataFlow,
  schemas: { readonly [type: string]: { readonly data?: JsonObject } },
  given: { readonly [type: string]: readonly Json[] },
): EventSampler {
  const reads = new Map<string, readonly EventRead[]>();
  const made = new Map<string, readonly (Json | undefined)[]>();
  return {
    samples(type, part, context) {
      const known = reads.get(type) ?? flow.eventReads(type);
      reads.set(type, known);
      const own = known.filter(({ path }) => path[1] === part);
      const moving = own.flatMap(({ path }) => flow.comparisons(path).paths.map((other) => valueAt(context, other)));
      const key = `${type} ${part} ${JSON.stringify(moving)}`;
      let samples = made.get(key);
      if (samples === undefined) {
        const schema = Object.hasOwn(schemas, type) && part === 'data' ? schemas[type]?.data : undefined;
        const derived = derive(flow, own, part, schema, context);
        samples = distinct([...(Object.hasOwn(given, type) ? given[type]! : []), ...derived]).slice(0, mostSamples);
        made.set(key, samples);
      }
      return samples;
    },
  };
}

function derive(
  flow: DataFlow,
  reads: readonly EventRead[],
  part: 'data' | 'output' | 'error',
  schema: JsonObject | undefined,
  context: JsonObject,
): readonly (Json | undefined)[] {
  const places = new Map<string, Place>();
  for (const read of reads) {
    const { keys, values } = valuesFor(flow, read, context);
    const name = keys.join('.');
    const before = places.get(name)?.values ?? schemaValues(schema, keys);
    places.set(name, { keys, values: distinct([...values, ...before]) });
  }
  for (const place of places.values()) {
    // what is asked for its parts must have some, too
    if ([...places.values()].some(({ keys }) => isBelow(keys, place.keys))) place.values.push({});
  }
  const whole = places.get('');
  const inner = [...places.values()].filter(({ keys }) => keys.length > 0);
  const base = schema !== undefined ? schemaSamples(schema) : part === 'error' ? [defaultError] : [undefined];
  if (inner.length === 0) {
    const accepted = (whole?.values ?? []).filter((value) => schemaAccepts(schema, value));
    return schema === undefined && part === 'output' ? [null, ...accepted] : [...base, ...accepted];
  }
  const start = base.find((value) => value !== undefined && value !== null && typeof value === 'object') ?? {};
  const combined = combinations(inner, start as JsonObject).filter((value) => schemaAccepts(schema, value));
  // nobody promised that the event comes with data
  return schema === undefined && part === 'data' ? [undefined, ...combined] : combined.length > 0 ? combined : base;
}

const listMethods: ReadonlySet<string> = new Set([
  'every',
  'filter',
  'find',
  'findIndex',
  'flat',
  'flatMap',
  'join',
  'map',
  'reduce',
  'some',
  'sort',
  'toSorted',
  'at',
]);

function valuesFor(flow: DataFlow, read: EventRead, context: JsonObject): { keys: readonly string[]; values: Json[] } {
  const keys = read.path.slice(2);
  const { constants, paths } = flow.comparisons(read.path);
  const compared = [...constants, ...paths.map((path) => valueAt(context, path) ?? null)];
  if (keys.at(-1) === 'length') {
    const lengths = compared.filter((value) => typeof value === 'number').flatMap((n) => [n - 1, n, n + 1]);
    const lists = [0, 1, ...lengths]
      .filter((length) => length >= 0 && length <= 100)
      .map((n) => new Array<Json>(n).fill('x'));
    return { keys: keys.slice(0, -1), values: distinct(lists) };
  }
  if (read.method !== undefined) {
    const values: Json[] = listMethods.has(read.method) ? [[], ['x']] : [...read.literals, 'x'];
    return { keys, values: read.method === 'includes' ? [[], [...read.literals], ...values] : values };
  }
  if (compared.length > 0) return { keys, values: compared.flatMap(around) };
  return { keys, values: read.literals.length > 0 ? [...read.literals, 'x'] : [true, false] };
}

/** The value and its neighbours. */
function around(value: Json): readonly Json[] {
  if (typeof value === 'number') return [value, value + 1, value - 1];
  if (typeof value === 'string') return [value, `not ${value}`];
  return typeof value === 'boolean' ? [value, !value] : [value, true];
}

interface Place {
  readonly keys: readonly string[];
  readonly values: Json[];
}

function isBelow(keys: readonly string[], around: readonly string[]): boolean {
  return keys.length > around.length && around.every((key, index) => key === keys[index]);
}

/** What the schema of the whole says of a place in it. */
function schemaValues(schema: Json | undefined, keys: readonly string[]): readonly Json[] {
  const place = keys.flatMap((key) => ['properties', key]);
  const own = schema === undefined ? undefined : valueAt(schema, place);
  return own === undefined ? [] : schemaSamples(own);
}

/** All combinations while they are few; otherwise each place is varied alone. */
function combinations(
  places: readonly { readonly keys: readonly string[]; readonly values: readonly Json[] }[],
  start: JsonObject,
): readonly JsonObject[] {
  const count = places.reduce((product, { values }) => product * values.length, 1);
  const put = (object: JsonObject, keys: readonly string[], value: Json): JsonObject =>
    mayPut(object, keys) ? withValueAtKeys(object, keys, value) : object;
  if (count <= mostSamples) {
    return places.reduce<JsonObject[]>(
      (objects, { keys, values }) => objects.flatMap((object) => values.map((value) => put(object, keys, value))),
      [start],
    );
  }
  const first = places.reduce((object, { keys, values }) => put(object, keys, values[0] ?? null), start);
  return [first, ...places.flatMap(({ keys, values }) => values.slice(1).map((value) => put(first, keys, value)))];
}

/** A guard that reads `data.a` and another that reads `data.a.b` cannot both be served. */
function mayPut(object: JsonObject, keys: readonly string[]): boolean {
  for (let length = 1; length < keys.length; length++) {
    const value = valueAt(object, keys.slice(0, length));
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) return false;
  }
  return true;
}

function distinct<T extends Json | undefined>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value) ?? '', value])).values()];
}
