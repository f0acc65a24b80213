import { formatDuration, parseDuration } from './duration.ts';
import { isPlainObject } from './plain.ts';

/** Short texts for diagrams. They never fail: a definition that is wrong is drawn as far as it can be read. */

/** `a > 1`, `isAdult`, `!(a && b)`, `in #paid`. */
export function describeGuard(guard: unknown): string {
  if (typeof guard === 'string') return guard.trim();
  if (typeof guard === 'function') return functionName(guard);
  if (!isPlainObject(guard)) return '';
  if (Array.isArray(guard.and)) return guard.and.map((item) => group(describeGuard(item))).join(' && ');
  if (Array.isArray(guard.or)) return guard.or.map((item) => group(describeGuard(item))).join(' || ');
  if (Object.hasOwn(guard, 'not')) return `!${group(describeGuard(guard.not))}`;
  if (typeof guard.in === 'string') return `in ${guard.in}`;
  return typeof guard.type === 'string' ? guard.type : '';
}

/** `assign amount, raise PAID, notify`. */
export function describeActions(actions: unknown): string {
  const items: readonly unknown[] = Array.isArray(actions) ? actions : actions === undefined ? [] : [actions];
  return items
    .map(describeAction)
    .filter((text) => text !== '')
    .join(', ');
}

function describeAction(action: unknown): string {
  if (typeof action === 'string') return action;
  if (typeof action === 'function') return functionName(action);
  if (!isPlainObject(action)) return '';
  const { assign, raise, send, emit, to, delay } = action;
  const later = typeof delay === 'string' || typeof delay === 'number' ? ` after ${describeDelay(delay)}` : '';
  if (assign !== undefined) return `assign ${isPlainObject(assign) ? Object.keys(assign).join(' ') : ''}`.trimEnd();
  if (raise !== undefined) return `raise ${eventType(raise)}${later}`;
  if (send !== undefined) return `send ${eventType(send)}${to === undefined ? '' : ` to ${to}`}${later}`;
  if (emit !== undefined) return `emit ${eventType(emit)}`;
  if (action.effect !== undefined) return `start ${describeEffect(action.effect)}`;
  if (typeof action.cancel === 'string') return `cancel ${action.cancel}`;
  if (action.log !== undefined) return 'log';
  if (action.block !== undefined) return describeActions(action.block);
  if (typeof action.script === 'string') return 'script';
  if (typeof action.foreach === 'string') return `foreach ${action.item} of ${action.foreach}`;
  if (Array.isArray(action.if)) return `if ${describeGuard(action.if.find(isPlainObject)?.guard)}`.trimEnd();
  return typeof action.type === 'string' ? action.type : '';
}

/** `retry › call credit.score`, `sequence(delay, log)`: core does not know the kinds, but most are easy to read. */
export function describeEffect(effect: unknown): string {
  if (!isPlainObject(effect) || typeof effect.type !== 'string') return '';
  const own = typeof effect.function === 'string' ? `${effect.type} ${effect.function}` : effect.type;
  const inner = effectsIn(effect).map(describeEffect);
  if (inner.length === 0) return own;
  return inner.length === 1 ? `${own} › ${inner[0]}` : `${own}(${inner.join(', ')})`;
}

/** Parameters that hold data: an object with a `type` in them is an event or something else, but no effect. */
const dataKeys = new Set(['event', 'data', 'params', 'input', 'value', 'values', 'message', 'body']);

/** The effects that stand directly in an effect, alone, in lists, by name, or beside a guard. */
function effectsIn(value: object): Record<string, unknown>[] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (dataKeys.has(key) || typeof item !== 'object' || item === null) return [];
    return isPlainObject(item) && typeof item.type === 'string' ? [item] : effectsIn(item);
  });
}

/** `30d`, also for `2592000000`; an expression as it is. */
export function describeDelay(delay: string | number): string {
  const milliseconds = parseDuration(delay);
  return milliseconds === undefined || /[a-z]/.test(String(delay)) ? String(delay) : formatDuration(milliseconds);
}

function eventType(event: unknown): string {
  if (typeof event === 'string') return event;
  return isPlainObject(event) && typeof event.type === 'string' ? event.type : '';
}

function functionName(value: unknown): string {
  const name = typeof value === 'function' ? value.name : '';
  // an inline function is named after the key it stands under, which says nothing
  return ['', 'guard', 'actions', 'entry', 'exit', 'not', 'assign'].includes(name) ? 'function' : name;
}

function group(text: string): string {
  return /^[\w.#$]+$/.test(text) ? text : `(${text})`;
}
