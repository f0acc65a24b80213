import type { EffectDefinition, Json, JsonObject } from '@fsm/core';
import type { EffectFunction, FunctionDefinition } from './function.ts';
import type { ExecutionHost } from './host.ts';
import type { HttpClient } from './http/client.ts';

/** How a kind of effect is used: a definition, what it needs, and how it ends. */
export interface EffectExample {
  /** What it shows, in a few words without a full stop. */
  readonly title: string;
  readonly effect: EffectDefinition;
  /** Context of the instance, when the effect reads it. */
  readonly context?: JsonObject;
  /** Functions that it calls. */
  readonly functions?: { readonly [name: string]: EffectFunction | FunctionDefinition };
  /** What the host answers, when the effect asks it for more than time and records. */
  readonly host?: Partial<ExecutionHost>;
  /** What answers its requests. */
  readonly http?: HttpClient;
  /** The output; or the code of the `error`. */
  readonly output?: Json;
  readonly error?: string;
}
