import { canonicalJson } from '../definition/canonical.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Snapshot } from '../machine/snapshot.ts';

/**
 * What makes two moments of a machine the same for everything that can happen next: configuration, history, what runs,
 * how long its timers still have, and the part of the context that matters. Incarnations and the time of day do not.
 */
export function explorationKey(snapshot: Snapshot, now: number, context: Json): string {
  const { status, configuration, history, timers, invocations, pending } = snapshot;
  const waiting = Object.entries(timers ?? {})
    .sort(([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation)
    .map(([id, { due, event, to, state }]) => {
      // an id that is only a number of incarnation tells nothing
      const name = /^fsm\.timer\.\d+$/.test(id) ? '' : id;
      return [name, due - now, canonicalJson(event as unknown as Json), to, state];
    });
  const running = Object.entries(invocations ?? {})
    .map(([id, { state, index }]) => `${id.startsWith('fsm.effect.') ? '' : id} ${state} ${index}`)
    .sort();
  const recorded = Object.entries(history ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([status, configuration, recorded, waiting, running, pending, canonicalJson(context)]);
}

/** The top-level keys of a context that are asked for. */
export function partOfContext(context: JsonObject, keys: ReadonlySet<string> | 'all'): JsonObject {
  return keys === 'all' ? context : Object.fromEntries(Object.entries(context).filter(([key]) => keys.has(key)));
}
