import type { EffectDefinition } from '../definition/definition.ts';
import { parseDuration } from '../definition/duration.ts';
import { FsmError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';

/** How an effect ends, without being performed. */
export type EffectOutcome = { readonly output: Json } | { readonly error: Json };

/** An outcome, and how long the effect runs before it; at once when `after` is absent. */
export type ScriptedOutcome = EffectOutcome & { readonly after?: number | string };

/** What a function that scripts an effect is told. */
export interface EffectRun {
  readonly invocation: string;
  readonly effect: EffectDefinition;
  readonly context: JsonObject;
  /** 1 for the first time this invocation starts. */
  readonly attempt: number;
}

/** One outcome for every run; one for each run in turn, the last of them for all that follow; or a pure function. */
export type EffectScript = ScriptedOutcome | readonly ScriptedOutcome[] | ((run: EffectRun) => ScriptedOutcome);

/** Scripts by invocation id. */
export interface ScriptedEffects {
  readonly [invocation: string]: EffectScript;
}

/** An outcome that is on its way. */
export interface PendingOutcome {
  readonly invocation: string;
  readonly incarnation: number;
  readonly due: number;
  readonly outcome: EffectOutcome;
}

/** What the script says about a run, or nothing when the invocation has no script. */
export function scriptedOutcome(effects: ScriptedEffects | undefined, run: EffectRun): ScriptedOutcome | undefined {
  if (effects === undefined || !Object.hasOwn(effects, run.invocation)) return undefined;
  const script = effects[run.invocation]!;
  if (typeof script === 'function') return script(run);
  if (!isList(script)) return script;
  return script[Math.min(run.attempt, script.length) - 1];
}

function isList(script: EffectScript): script is readonly ScriptedOutcome[] {
  return Array.isArray(script);
}

/** Milliseconds that a step, a script or a file gives as a number or a duration. */
export function milliseconds(value: number | string, what: string): number {
  const parsed = parseDuration(value);
  if (parsed !== undefined) return parsed;
  throw new FsmError('NOT_A_DURATION', `${what} is ${JSON.stringify(value)}, which is not a duration.`, {
    hint: 'Give milliseconds from 0, or a text like "30s".',
    details: { asked: value },
  });
}
