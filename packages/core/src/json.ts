/** A JSON value. Everything a machine, an event, a context or a snapshot holds is one. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}
