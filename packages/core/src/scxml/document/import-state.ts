import type {
  InvokeDefinition,
  StateDefinition,
  TransitionDefinition,
  TransitionList,
} from '../../definition/definition.ts';
import { isHostileKey } from '../../definition/plain.ts';
import { suggest } from '../../definition/suggest.ts';
import type { Json, JsonObject } from '../../json.ts';
import { readActions, readBlocks, readGuard } from './import-action.ts';
import { readInvoke } from './import-invoke.ts';
import { readLoaded, readPayload, readValue, words } from './import-value.ts';
import type { Reader } from './reader.ts';
import { isInside, type StateElement } from './state-elements.ts';
import { expressionTemplate } from './template.ts';
import { fsmNamespace } from './vocabulary.ts';
import type { Element } from './xml.ts';

/** The states of one document by their SCXML ids. */
export type StateIds = ReadonlyMap<string, StateElement>;

/** One state with all that is in it. */
export function readState(reader: Reader, ids: StateIds, state: StateElement): StateDefinition {
  const { element } = state;
  if (element.name === 'history') return readHistory(reader, ids, state);
  return {
    ...(state.id && { id: state.id }),
    ...(element.name === 'parallel' && { type: 'parallel' }),
    ...(element.name === 'final' && { type: 'final' }),
    ...readNotes(reader, element),
    ...readData(reader, state.content),
    ...readInitial(reader, ids, state),
    ...readEntryAndExit(reader, state.content),
    ...readTransitions(reader, ids, state),
    ...readInvocations(reader, state.content),
    ...readStates(reader, ids, state),
    ...readDoneData(reader, state.content),
  };
}

export function readStates(reader: Reader, ids: StateIds, parent: Pick<StateElement, 'states'>): StateDefinition {
  if (parent.states.length === 0) return {};
  return { states: Object.fromEntries(parent.states.map((state) => [state.key, readState(reader, ids, state)])) };
}

function named(content: readonly Element[], name: string): readonly Element[] {
  return content.filter((element) => element.name === name);
}

/** What our own exporter keeps in attributes of its namespace. */
export function readNotes(reader: Reader, element: Element): JsonObject {
  const notes = new Map<string, Json>();
  for (const { name, namespace, value } of element.foreign) {
    if (namespace !== fsmNamespace) continue;
    if (name === 'description' || name === 'version') notes.set(name, value);
    else if (name === 'tags' || name === 'meta') notes.set(name, readNote(reader, element, name, value));
  }
  return Object.fromEntries(notes);
}

function readNote(reader: Reader, element: Element, name: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reader.error('INVALID_ATTRIBUTE', element, `\`fsm:${name}\` is not JSON.`, 'Write JSON.');
    return name === 'tags' ? [] : {};
  }
}

/** The `<data>` of all `<datamodel>` children. */
export function readData(reader: Reader, content: readonly Element[]): { data?: JsonObject } {
  const values = new Map<string, Json>();
  for (const model of named(content, 'datamodel')) {
    for (const data of reader.children(model)) {
      reader.needsData(data, '<data>');
      reader.children(data);
      const id = reader.required(data, 'id');
      const value = readDataValue(reader, data);
      if (id === undefined || !reader.isKey(data, id)) continue;
      if (values.has(id))
        reader.error('DUPLICATE_ID', data, `The data \`${id}\` is declared twice.`, 'Rename one of them.');
      values.set(id, value);
    }
  }
  return values.size === 0 ? {} : { data: Object.fromEntries(values) };
}

function readDataValue(reader: Reader, data: Element): Json {
  const source = data.attributes.get('src')?.trim();
  const given = [
    ...(source === undefined ? [] : ['`src`']),
    ...(data.attributes.has('expr') ? ['`expr`'] : []),
    ...(data.inner.trim() === '' ? [] : ['content']),
  ];
  if (source === undefined) return readValue(reader, data, expressionTemplate('undefined'));
  reader.exclusive(data, given);
  const file = reader.loaded(source);
  if (file !== undefined) return readLoaded(reader, data, file.text);
  const hint = 'The data has no value; put the file beside the document.';
  reader.warning('SOURCE_MISSING', data, `The data \`${source}\` could not be read.`, hint);
  return expressionTemplate('undefined');
}

function readEntryAndExit(reader: Reader, content: readonly Element[]): StateDefinition {
  const entry = readBlocks(reader, named(content, 'onentry'));
  const exit = readBlocks(reader, named(content, 'onexit'));
  return { ...(entry && { entry }), ...(exit && { exit }) };
}

/** Which child is entered first: an attribute, an element, or else the first one. */
export function readInitial(reader: Reader, ids: StateIds, state: StateElement): Pick<StateDefinition, 'initial'> {
  const { element, states } = state;
  const children = states.filter((child) => child.element.name !== 'history');
  const [initial] = named(state.content, 'initial');
  const attribute = element.attributes.get('initial');
  if (element.name === 'parallel' || element.name === 'final') return {};
  if (attribute !== undefined && initial !== undefined) reader.exclusive(element, ['`initial`', '<initial>']);
  const [first] = children;
  if (first === undefined) {
    if (attribute !== undefined) {
      reader.error(
        'NO_STATES',
        element,
        'The state has an `initial`, but no states in it.',
        'Remove it, or add states.',
      );
    }
    return {};
  }
  const transition = initial && readOnlyTransition(reader, ids, initial, reader.children(initial));
  const target = transition?.target ?? readTargets(reader, ids, element, attribute);
  const actions = transition?.actions;
  const [only] = target.length === 1 ? target : [];
  const child = only === undefined ? undefined : children.find(({ id }) => `#${id}` === only);
  if (actions !== undefined && target.length > 0) return { initial: { target: only ?? target, actions } };
  if (target.length === 0) return { initial: first.key };
  return { initial: child === undefined ? { target: only ?? target } : child.key };
}

interface OnlyTransition {
  readonly target: readonly string[];
  readonly actions?: TransitionDefinition['actions'];
}

/** The transition in `<initial>` and `<history>`: targets and actions, nothing else. */
function readOnlyTransition(
  reader: Reader,
  ids: StateIds,
  around: Element,
  [transition, second]: readonly Element[],
): OnlyTransition | undefined {
  if (transition === undefined) {
    reader.error('MISSING_ELEMENT', around, `<${around.name}> has no <transition>.`, 'Add <transition target="…"/>.');
    return undefined;
  }
  if (second !== undefined) reader.exclusive(around, ['one <transition>', 'another']);
  for (const name of ['event', 'cond']) {
    if (!transition.attributes.has(name)) continue;
    const message = `The <transition> of <${around.name}> has \`${name}\`, but is always taken.`;
    reader.error('UNKNOWN_ATTRIBUTE', transition, message, 'Remove it.');
  }
  reader.required(transition, 'target');
  const target = readTargets(reader, ids, transition, transition.attributes.get('target'));
  const actions = readActions(reader, transition);
  return { target, ...(actions.length > 0 && { actions }) };
}

function readHistory(reader: Reader, ids: StateIds, state: StateElement): StateDefinition {
  const { element, id } = state;
  const type = element.attributes.get('type')?.trim() ?? 'shallow';
  if (type !== 'shallow' && type !== 'deep') {
    reader.error('INVALID_ATTRIBUTE', element, `\`${type}\` is no type of history.`, 'Write "shallow" or "deep".');
  }
  const start: StateDefinition = {
    ...(id && { id }),
    type: 'history',
    ...readNotes(reader, element),
    history: type === 'deep' ? 'deep' : 'shallow',
  };
  const transition = readOnlyTransition(reader, ids, element, state.content);
  if (transition === undefined || transition.target.length === 0) return start;
  const { target, actions } = transition;
  const [only] = target;
  const targets = target.length === 1 ? only! : target;
  return actions === undefined ? { ...start, target: targets } : { ...start, initial: { target: targets, actions } };
}

/** Targets as `#id`; those that do not exist are reported and left out. */
export function readTargets(
  reader: Reader,
  ids: StateIds,
  element: Element,
  text: string | undefined,
): readonly string[] {
  return words(text).flatMap((id) => {
    if (ids.has(id)) return [`#${id}`];
    const meant = suggest(id, ids.keys());
    const ending = meant === undefined ? '.' : `; did you mean \`${meant}\`?`;
    reader.error('UNKNOWN_TARGET', element, `There is no state \`${id}\`${ending}`, 'A target is the `id` of a state.');
    return [];
  });
}

/** Transitions with and without event, each in the order of the document. */
export function readTransitions(reader: Reader, ids: StateIds, state: StateElement): StateDefinition {
  const always: TransitionDefinition[] = [];
  const on = new Map<string, TransitionDefinition[]>();
  let last = '';
  for (const element of named(state.content, 'transition')) {
    const transition = readTransition(reader, ids, element, state);
    const event = words(element.attributes.get('event')).join(' ');
    if (event === '') {
      if (element.attributes.has('event')) {
        reader.error(
          'INVALID_ATTRIBUTE',
          element,
          'The `event` is empty.',
          'Remove it for a transition without event.',
        );
      }
      always.push(transition);
      continue;
    }
    if (last.trim() !== event) last = freeDescriptor(event, on);
    on.set(last, [...(on.get(last) ?? []), transition]);
  }
  return {
    ...(on.size > 0 && { on: Object.fromEntries([...on].map(([event, list]) => [event, shortList(list)])) }),
    ...(always.length > 0 && { always: shortList(always) }),
  };
}

function shortList(list: readonly TransitionDefinition[]): TransitionList {
  return list.length === 1 ? list[0]! : list;
}

/** A key for a descriptor that keeps the order of the document: spaces around it mean nothing. */
function freeDescriptor(event: string, on: ReadonlyMap<string, unknown>): string {
  let key = /^\d+$/.test(event) || isHostileKey(event) ? ` ${event}` : event;
  while (on.has(key)) key = `${key} `;
  return key;
}

function readTransition(reader: Reader, ids: StateIds, element: Element, source: StateElement): TransitionDefinition {
  const target = readTargets(reader, ids, element, element.attributes.get('target'));
  if (element.attributes.has('target') && words(element.attributes.get('target')).length === 0) {
    reader.error('INVALID_ATTRIBUTE', element, 'The `target` is empty.', 'Remove it to stay in the state.');
  }
  const condition = element.attributes.has('cond') ? reader.required(element, 'cond') : undefined;
  const actions = readActions(reader, element);
  const type = element.attributes.get('type')?.trim() ?? 'external';
  if (type !== 'external' && type !== 'internal') {
    reader.error(
      'INVALID_ATTRIBUTE',
      element,
      `\`${type}\` is no type of transition.`,
      'Write "external" or "internal".',
    );
  }
  // to the state itself or into it: only there does it matter
  const stays = target.some((text) => {
    const state = ids.get(text.slice(1))!;
    return state === source || isInside(state, source);
  });
  return {
    ...(target.length > 0 && { target: target.length === 1 ? target[0]! : target }),
    ...(condition !== undefined && { guard: readGuard(reader, element, condition) }),
    ...(actions.length > 0 && { actions }),
    ...(stays && type !== 'internal' && { reenter: true }),
    ...readNotes(reader, element),
  };
}

function readInvocations(reader: Reader, content: readonly Element[]): StateDefinition {
  const invocations = named(content, 'invoke').map((element): InvokeDefinition => readInvoke(reader, element));
  if (invocations.length === 0) return {};
  return { invoke: invocations.length === 1 ? invocations[0]! : invocations };
}

function readDoneData(reader: Reader, content: readonly Element[]): StateDefinition {
  const [donedata] = named(content, 'donedata');
  if (donedata === undefined) return {};
  const output = readPayload(reader, donedata, reader.children(donedata));
  return output === undefined ? {} : { output };
}
