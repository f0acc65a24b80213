import type { JsonObject } from '../json.ts';
import type { Snapshot } from '../machine/snapshot.ts';

/**
 * What makes two moments of an instance the same for all that can come after: the configuration, what is remembered,
 * the time that is left to every timer in the order of firing, what runs, and the data on which decisions depend.
 */
export function stateKey(
  snapshot: Snapshot,
  now: number,
  entered: bigint,
  relevant: ReadonlySet<string> | 'all',
): string {
  const { status, configuration, context, history, timers, invocations, pending } = snapshot;
  const parts = [status, configuration.join(' '), entered === 0n ? '' : entered.toString(36)];
  parts.push(dataKey(context, relevant));
  if (history !== undefined) parts.push(JSON.stringify(Object.entries(history).sort()));
  if (timers !== undefined) {
    const waiting = Object.entries(timers).sort(([, a], [, b]) => a.due - b.due || a.incarnation - b.incarnation);
    for (const [id, { due, event, to }] of waiting) {
      // a timer without a name is named after its incarnation, which grows for ever
      const name = id.startsWith('fsm.timer.') ? 'fsm.timer' : id;
      parts.push(`${name} ${due - now} ${to ?? ''} ${event.data === undefined ? event.type : JSON.stringify(event)}`);
    }
  }
  if (invocations !== undefined) {
    // and so is an effect without a name
    const running = Object.entries(invocations).map(([id, { state, index }]) =>
      id.startsWith('fsm.effect.') ? `fsm.effect ${state} ${index}` : id,
    );
    parts.push(running.sort().join(' '));
  }
  if (pending !== undefined) parts.push(JSON.stringify(pending));
  return parts.join('\n');
}

function dataKey(context: JsonObject, relevant: ReadonlySet<string> | 'all'): string {
  if (relevant === 'all') return JSON.stringify(context);
  let key = '';
  for (const name of relevant) key += `${JSON.stringify(Object.hasOwn(context, name) ? context[name] : undefined)},`;
  return key;
}

const known = new Map<string, readonly string[]>();

/** A state's path and those of the states around it, the root's `''` included. */
export function ancestry(path: string): readonly string[] {
  const answer = known.get(path);
  if (answer !== undefined) return answer;
  const paths = path.split('.').map((_, index, keys) => keys.slice(0, index + 1).join('.'));
  const all = path === '' ? [''] : ['', ...paths];
  if (known.size < 10_000) known.set(path, all);
  return all;
}
