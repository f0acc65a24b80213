import type { Json, JsonObject } from '../json.ts';

/**
 * The TypeScript type of the values that a JSON Schema written as a literal allows: `const`, `enum`, `anyOf`, `type`
 * (also a list of types), `properties` with `required`, and `items`. What it says beyond that (formats, limits) is
 * checked when the event arrives; a schema that says nothing of these allows any JSON.
 *
 * ```ts
 * type Amount = SchemaType<{ type: 'object'; properties: { amount: { type: 'number' } }; required: ['amount'] }>;
 * // { readonly amount: number }
 * ```
 */
export type SchemaType<Schema> = Schema extends { readonly const: infer Value }
  ? Value
  : Schema extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : Schema extends { readonly anyOf: readonly (infer Choice)[] }
      ? SchemaType<Choice>
      : Schema extends { readonly type: infer Type }
        ? TypeOf<Type extends readonly (infer One)[] ? One : Type, Schema>
        : Json;

/** Distributes over a list of types. */
type TypeOf<Type, Schema> = Type extends keyof Primitives
  ? Primitives[Type]
  : Type extends 'array'
    ? Schema extends { readonly items: infer Item }
      ? readonly SchemaType<Item>[]
      : readonly Json[]
    : Type extends 'object'
      ? Schema extends { readonly properties: infer Properties }
        ? ObjectType<Properties, Schema extends { readonly required: readonly (infer Key)[] } ? Key : never>
        : JsonObject
      : Json;

interface Primitives {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
}

type ObjectType<Properties, Required> = Flat<
  { readonly [Key in keyof Properties as Key extends Required ? Key : never]: SchemaType<Properties[Key]> } & {
    readonly [Key in keyof Properties as Key extends Required ? never : Key]?: SchemaType<Properties[Key]>;
  }
>;

/** One object in place of an intersection, as people would write it. */
type Flat<Type> = { [Key in keyof Type]: Type[Key] };
