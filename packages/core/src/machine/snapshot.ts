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
  /** An event whose transition waits for its `before`. Until that is over, everything else has to wait. */
  readonly pending?: Pending;
}

/** What is selected and not yet taken. */
export interface Pending {
  readonly event: MachineEvent;
  /** JSON paths of the transitions that will be taken together. */
  readonly transitions: readonly string[];
  /** Those that wait for an effect; `output` once it has one. */
  readonly before: readonly { readonly transition: string; readonly invocation: string; readonly output?: Json }[];
  /** JSON paths of transitions that this event does not take any more, because their `before` failed. */
  readonly refused?: readonly string[];
  /** Raised events that come after this one. */
  readonly raised?: readonly MachineEvent[];
  /** The event is the error of an effect: when nothing takes it, the instance fails. */
  readonly fatal?: true;
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
  /** Path of the state that runs it, or where the action or the transition stands that it belongs to. */
  readonly state: string;
  /** Which effect of that state: the `invoke` list first. With the machine hash this names the effect definition. */
  readonly index: number;
  readonly incarnation: number;
  /** SCXML: the effect with its templates evaluated; otherwise the machine has it (`machine.effect(state, index)`). */
  readonly effect?: EffectDefinition;
  /**
   * `action`: an action started it, so no exit and no end of the instance stops it. `before`: a transition waits for it.
   * Absent: it runs while its state is active.
   */
  readonly purpose?: 'action' | 'before';
}
