import type { EffectDefinition, MachineEvent } from '../definition/definition.ts';
import type { Json, JsonObject } from '../json.ts';

/**
 * One moment of a running machine, as plain JSON: it survives `JSON.parse(JSON.stringify(snapshot))` unchanged.
 * A snapshot never changes; `navigate` returns a new one, or the same object when nothing changed.
 */
export interface Snapshot {
  /** The machine this is a moment of. `hash` is the content hash of the definition, its exact version. */
  readonly machine: MachineReference;
  readonly status: 'active' | 'done' | 'error';
  /** Paths of the active atomic and final states, in document order: `["application.review", "offer.none"]`. */
  readonly configuration: readonly string[];
  readonly context: JsonObject;
  /** Recorded history: path of the history state to the paths it restores. */
  readonly history?: { readonly [historyState: string]: readonly string[] };
  /** Armed timers by id, in the order they were armed. */
  readonly timers?: { readonly [id: string]: Timer };
  /** Running invocations by id. */
  readonly invocations?: { readonly [id: string]: Invocation };
  /** How many timers and invocations this instance has ever started; makes their incarnations unique. */
  readonly counter: number;
  readonly output?: Json;
  readonly error?: Json;
}

export interface MachineReference {
  readonly id: string;
  /** The version the author gave, if any; `hash` is the exact one. */
  readonly version?: string | undefined;
  readonly hash: string;
}

export interface Timer {
  /** When to fire, in milliseconds since the epoch. */
  readonly due: number;
  /** Which arming of this id it is: a timer that fires with an older incarnation is ignored. */
  readonly incarnation: number;
  /** `after` transitions and delayed `raise` handle the event here; delayed `send` hands it to the host. */
  readonly event: MachineEvent;
  readonly to?: string;
  /** SCXML: the event I/O processor that delivers it, when it is not SCXML's own. */
  readonly processor?: string;
  /** The state whose exit disarms it; absent for delayed `raise` and `send`, which survive exits as in XState. */
  readonly state?: string;
}

export interface Invocation {
  /** Path of the state that runs it. */
  readonly state: string;
  /** Index in the state's `invoke` list; with the machine hash this names the effect definition. */
  readonly index: number;
  readonly incarnation: number;
  /** SCXML: the effect with its templates evaluated; otherwise the machine has it (`machine.effect(state, index)`). */
  readonly effect?: EffectDefinition;
}
