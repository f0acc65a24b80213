import type { EventTemplate } from '../definition/definition.ts';
import { at, type Path } from '../definition/path.ts';
import { isPlainObject } from '../definition/plain.ts';
import type { Json } from '../json.ts';
import { parseSourceDelay } from './import-delay.ts';
import { sourceValue } from './import-expression.ts';
import { type ImportScope, own } from './import-scope.ts';
import { legalInvocationId } from './source-states.ts';

/** The descriptors here that together mean what one means in XState; none, when nothing does, which is reported. */
export function descriptorsOf(scope: ImportScope, descriptor: string, place: Path): string[] {
  // there, `*` takes failed effects too
  if (descriptor === '*') return scope.hasInvocations ? ['*', 'error.*'] : ['*'];
  const engine =
    engineEvent(scope, descriptor) ?? (scope.isVersion4 ? engineEventOfVersion4(scope, descriptor) : undefined);
  if (engine !== undefined) return engine;
  if (!descriptor.startsWith('xstate.')) return [descriptor];
  scope.problems.error(
    'EVENT_NOT_SUPPORTED',
    place,
    `Nothing here is like the event \`${descriptor}\`.`,
    'Use `onDone`, `onError`, `after` or `entry`, or an event of your own.',
  );
  return [];
}

const families: readonly (readonly [prefix: string, ours: string])[] = [
  ['xstate.done.state.', 'done.state.'],
  ['xstate.done.actor.', 'done.invoke.'],
  ['xstate.error.actor.', 'error.invoke.'],
];

const wildcards: Readonly<Record<string, readonly string[]>> = {
  'xstate.*': ['done.*', 'error.*', 'fsm.*'],
  'xstate.done.*': ['done.*'],
  'xstate.error.*': ['error.*'],
  'xstate.after.*': ['fsm.after.*'],
};

function engineEvent(scope: ImportScope, descriptor: string): string[] | undefined {
  const wildcard = own(wildcards, descriptor);
  if (wildcard !== undefined) return [...wildcard];
  if (descriptor.startsWith('xstate.after.')) return timerEvent(scope, descriptor.slice('xstate.after.'.length));
  for (const [prefix, ours] of families) {
    if (!descriptor.startsWith(prefix)) continue;
    const id = descriptor.slice(prefix.length);
    if (id === '*') return [`${ours}*`];
    return [`${ours}${ours === 'done.state.' ? stateId(scope, id) : invocationId(scope, id)}`];
  }
  return undefined;
}

function engineEventOfVersion4(scope: ImportScope, descriptor: string): string[] | undefined {
  const [, prefix, id = ''] = /^(done\.state|done\.invoke|error\.platform)\.(.+)$/.exec(descriptor) ?? [];
  if (prefix === 'done.state') return [`done.state.${stateId(scope, id)}`];
  if (prefix === 'done.invoke') return [`done.invoke.${invocationId(scope, id)}`];
  return prefix === undefined ? undefined : [`error.invoke.${invocationId(scope, id)}`];
}

function stateId(scope: ImportScope, id: string): string {
  return scope.states.withSourceId(id)?.id ?? id;
}

function invocationId(scope: ImportScope, id: string): string {
  return scope.invocationIds.get(id) ?? legalInvocationId(id);
}

/** `<delay>.<state id>`: the event of an `after`, which only that state arms. */
function timerEvent(scope: ImportScope, text: string): string[] | undefined {
  for (let dot = text.indexOf('.'); dot > 0; dot = text.indexOf('.', dot + 1)) {
    const state = scope.states.withSourceId(text.slice(dot + 1));
    const delay = text.slice(0, dot);
    if (state === undefined || !isPlainObject(state.config.after) || !Object.hasOwn(state.config.after, delay))
      continue;
    return [`fsm.after.${parseSourceDelay(scope, delay).duration}#${state.path}`];
  }
  return undefined;
}

/**
 * An event that a configuration makes. There its data stand beside the type, here in `data`; an event whose only key is
 * `data` already looks the same.
 */
export function eventOf(scope: ImportScope, event: unknown, place: Path): EventTemplate | undefined {
  if (typeof event === 'string') return event;
  if (!isPlainObject(event) || typeof event.type !== 'string') return undefined;
  const { type, ...payload } = event;
  const keys = Object.keys(payload);
  if (keys.length === 0) return type;
  if (keys.length === 1 && keys[0] === 'data') {
    return { type, data: sourceValue(scope, payload.data, at(place, 'data')) ?? null };
  }
  const data: [string, Json][] = [];
  for (const key of keys) {
    const value = sourceValue(scope, payload[key], at(place, key));
    if (value !== undefined) data.push([key, value]);
  }
  return { type, data: Object.fromEntries(data) };
}
