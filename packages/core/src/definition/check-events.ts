import type { JsonObject } from '../json.ts';
import { compileDataSchema } from './event-data-schema.ts';
import { eventKeys } from './keys.ts';
import { maxNameLength } from './limits.ts';
import { at, type Path, rootPath } from './path.ts';
import { isPlainObject } from './plain.ts';
import { ownId } from './state-tree.ts';
import { listNames } from './suggest.ts';
import { checkKeys, expectObject, expectString, type Walk, wrongType } from './walk.ts';

/** Which events a definition mentions, collected while its states are checked. */
export interface EventUsage {
  /** Well-formed descriptors in `on`. */
  readonly handled: { readonly descriptor: string; readonly path: Path }[];
  /** Types the machine raises for itself. */
  readonly raised: { readonly type: string; readonly path: Path }[];
  /** Every string of an effect: an effect may wait for an event, and only its kind knows where it names it. */
  readonly inEffects: Set<string>;
  /** Ids of effects that actions start. */
  readonly launched: { readonly id: string; readonly path: Path }[];
}

const reservedPrefixes = ['done.', 'error.', 'fsm.'];

export function isReservedEvent(type: string): boolean {
  return reservedPrefixes.some((prefix) => type.startsWith(prefix));
}

const eventType = /^[^\s*\p{Cc}](?:[^*\p{Cc}]*[^\s*\p{Cc}])?$/u;

function isEventType(type: string): boolean {
  return type.length <= maxNameLength && eventType.test(type);
}

/** A key of `on`: a type, `*`, or a type followed by `.*`. */
export function checkDescriptor(walk: Walk, descriptor: string, path: Path): void {
  const mistake = mistakeOf(descriptor);
  if (mistake === undefined) walk.usage.handled.push({ descriptor, path });
  else walk.report.error('INVALID_EVENT', path, mistake.message, { hint: mistake.hint, part: 'key' });
}

/** SCXML: descriptors separated by spaces. */
export function checkDescriptorList(walk: Walk, list: string, path: Path): void {
  const descriptors = list.split(/\s+/).filter((descriptor) => descriptor !== '');
  if (descriptors.length === 0) checkDescriptor(walk, '', path);
  for (const descriptor of descriptors)
    checkDescriptor(walk, descriptor === '.*' ? '*' : descriptor.replace(/\.$/, ''), path);
}

function mistakeOf(descriptor: string): { readonly message: string; readonly hint: string } | undefined {
  if (descriptor === '') {
    return { message: 'An event descriptor is empty.', hint: 'Use `always` for a transition without event.' };
  }
  if (descriptor.startsWith('xstate.')) {
    return { message: `\`${descriptor}\` is an event of XState.`, hint: engineEventOf(descriptor) };
  }
  const type = descriptor.endsWith('.*') ? descriptor.slice(0, -2) : descriptor;
  if (descriptor === '*' || isEventType(type)) return undefined;
  if (!descriptor.includes('*')) return { message: `\`${descriptor}\` is not an event type.`, hint: typeHint };
  return {
    message: `\`*\` stands only at the end of a descriptor, after a dot: \`${descriptor}\`.`,
    hint: 'Write `*` for every event, or `a.*` for `a` and all events that start with `a.`.',
  };
}

const typeHint = `Use up to ${maxNameLength} characters without \`*\`, control characters and outer spaces: \`SUBMIT\`, \`payment.received\`.`;

function engineEventOf(descriptor: string): string {
  const known: readonly (readonly [string, string])[] = [
    ['xstate.done.actor.', 'done.invoke.'],
    ['xstate.error.actor.', 'error.invoke.'],
    ['xstate.done.state.', 'done.state.'],
  ];
  for (const [from, to] of known) {
    if (descriptor.startsWith(from)) return `Use \`${descriptor.replace(from, to)}\`, or \`onDone\` and \`onError\`.`;
  }
  return 'Use `after`, `onDone`, `onError` or `entry`.';
}

/** The type of an event that the machine itself makes. */
export function checkEventType(walk: Walk, type: unknown, path: Path, purpose: 'raise' | 'send' | 'emit'): void {
  if (!expectString(walk, type, path)) return;
  if (walk.scxml) {
    if (!type.includes('{{') && isEventType(type) && purpose === 'raise') walk.usage.raised.push({ type, path });
    return;
  }
  if (type.includes('{{')) {
    walk.report.error('INVALID_EVENT', path, `The event type \`${type}\` is computed.`, {
      hint: 'Write the type itself, so that everybody can see which events a machine makes; compute `data`, or use several actions.',
    });
  } else if (!isEventType(type)) {
    walk.report.error('INVALID_EVENT', path, `\`${type}\` is not an event type.`, { hint: typeHint });
  } else if (purpose !== 'emit' && isReservedEvent(type)) {
    walk.report.error('RESERVED_EVENT', path, `\`${type}\` belongs to the engine and cannot be made by a machine.`, {
      hint: `Use a type that does not start with ${listNames(reservedPrefixes)}.`,
    });
  } else if (purpose === 'raise') {
    walk.usage.raised.push({ type, path });
  }
}

export function noteEffectStrings(walk: Walk, effect: unknown): void {
  if (typeof effect === 'string') walk.usage.inEffects.add(effect);
  else if (Array.isArray(effect)) for (const item of effect) noteEffectStrings(walk, item);
  else if (isPlainObject(effect)) for (const item of Object.values(effect)) noteEffectStrings(walk, item);
}

/** The `events` of the machine: their shape, and whether they and the states agree. */
export function checkEvents(walk: Walk, events: unknown): void {
  const path = at(rootPath, 'events');
  const hint = 'Write the types as keys: `{ "SUBMIT": {} }`.';
  if (!expectObject(walk, events, path, hint)) return;
  for (const [type, event] of Object.entries(events)) checkDeclaration(walk, type, event, at(path, type));

  const declared = Object.keys(events);
  const used = usedTypes(walk, declared);
  for (const type of declared) {
    if (used.has(type) || !isEventType(type)) continue;
    walk.report.warning('UNUSED_EVENT', at(path, type), `The event \`${type}\` is declared but never used.`, {
      hint: 'Handle it in `on` of a state, or remove it.',
      part: 'key',
    });
  }
}

function checkDeclaration(walk: Walk, type: string, event: unknown, path: Path): void {
  if (!isEventType(type)) {
    walk.report.error('INVALID_EVENT', path, `\`${type}\` is not an event type.`, { hint: typeHint, part: 'key' });
  } else if (isReservedEvent(type)) {
    walk.report.error('RESERVED_EVENT', path, `\`${type}\` belongs to the engine.`, {
      hint: 'Remove it: events of the engine need no declaration.',
      part: 'key',
    });
  }
  if (!expectObject(walk, event, path, 'Write `{}` for an event without data.')) return;
  checkKeys(walk, event, path, {
    what: 'an event',
    known: eventKeys,
    habits: { schema: 'Use `data`.', payload: 'Use `data`.', type: 'The key is the type.' },
  });
  if (event.description !== undefined) expectString(walk, event.description, at(path, 'description'));
  if (event.data !== undefined && !isPlainObject(event.data)) {
    wrongType(walk, event.data, at(path, 'data'), 'a JSON Schema object');
  } else if (event.data !== undefined) checkDataSchema(walk, event.data as JsonObject, at(path, 'data'));
}

function checkDataSchema(walk: Walk, schema: JsonObject, path: Path): void {
  try {
    compileDataSchema(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    walk.report.error('INVALID_VALUE', path, `This is no JSON Schema that data can be checked with: ${reason}`, {
      hint: 'Write a schema like `{ "type": "object", "properties": { "amount": { "type": "number" } } }`.',
    });
  }
}

/** The declared types that something uses; reports what is used without being declared. */
function usedTypes(walk: Walk, declared: readonly string[]): ReadonlySet<string> {
  const { handled, raised, inEffects } = walk.usage;
  const known = new Set(declared);
  const used = new Set<string>();
  const undeclared = (type: string, path: Path, part?: 'key'): void =>
    walk.report.error(
      'UNKNOWN_EVENT',
      path,
      `The event \`${type}\` is not declared in \`events\`${walk.report.didYouMean(type, declared)}`,
      { hint: declared.length === 0 ? 'Declare it.' : `Declare it, or use one of ${listNames(declared)}.`, part },
    );

  for (const { descriptor, path } of handled) {
    const taken = descriptor.endsWith('*') ? declared.filter((type) => matches(type, descriptor)) : [descriptor];
    for (const type of taken) used.add(type);
    if (descriptor === '*' || isReservedEvent(descriptor)) continue;
    if (!taken.some((type) => known.has(type))) undeclared(descriptor, path, 'key');
  }
  for (const { type, path } of raised) {
    used.add(type);
    if (!known.has(type)) undeclared(type, path);
  }
  for (const type of declared) if (inEffects.has(type)) used.add(type);
  return used;
}

/** Outcome events in `on` that nothing can cause: the id is misspelt. */
export function checkEngineEvents(walk: Walk, invocations: ReadonlySet<string>): void {
  if (walk.scxml) return;
  const { tree } = walk;
  const machine = ownId(tree.root) ?? '';
  const states = tree.states.map((state) => ownId(state) ?? `${machine}.${state.path}`);
  const sources: readonly (readonly [prefix: string, what: string, ids: ReadonlySet<string>])[] = [
    ['done.invoke.', 'invocation', invocations],
    ['error.invoke.', 'invocation', invocations],
    ['done.state.', 'state', new Set(states)],
  ];
  for (const { descriptor, path } of walk.usage.handled) {
    const [prefix, what, ids] = sources.find(([start]) => descriptor.startsWith(start)) ?? [];
    if (prefix === undefined || ids === undefined || descriptor.endsWith('*')) continue;
    const id = descriptor.slice(prefix.length);
    if (ids.has(id)) continue;
    const names = [...ids];
    walk.report.error('UNKNOWN_EVENT', path, `There is no ${what} \`${id}\`${walk.report.didYouMean(id, names)}`, {
      hint: names.length === 0 ? 'Remove the transition: no effect runs here.' : `There are ${listNames(names)}.`,
      part: 'key',
    });
  }
}

/** Whether an event type matches a descriptor that ends in `*`. */
function matches(type: string, descriptor: string): boolean {
  if (descriptor === '*') return true;
  const prefix = descriptor.slice(0, -2);
  return type === prefix || type.startsWith(`${prefix}.`);
}
