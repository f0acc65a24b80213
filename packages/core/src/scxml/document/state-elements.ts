import { maxNameLength } from '../../definition/limits.ts';
import { formatKey } from '../../definition/path.ts';
import { isHostileKey } from '../../definition/plain.ts';
import type { Reader } from './reader.ts';
import type { Element } from './xml.ts';

/** A state of a document, with the key it gets in the machine. */
export interface StateElement {
  readonly element: Element;
  /** Absent when the document gives none. */
  readonly id: string | undefined;
  readonly key: string;
  /** JSON path in the definition. */
  readonly path: string;
  readonly states: readonly StateElement[];
  /** What else is in it. */
  readonly content: readonly Element[];
}

const stateNames: ReadonlySet<string> = new Set(['state', 'parallel', 'final', 'history']);

/** The states below an element, found before anything is read, because targets may point forward. */
export function stateElements(
  reader: Reader,
  element: Element,
  path: string,
  ids: Map<string, StateElement>,
): Pick<StateElement, 'states' | 'content'> {
  reader.place(element, path);
  const children = reader.children(element);
  const taken = new Set<string>();
  const states = children
    .filter((child) => stateNames.has(child.name))
    .map((child, index): StateElement => {
      const id = child.attributes.get('id')?.trim();
      const key = freeKey(id === undefined || id === '' ? `${child.name}_${index + 1}` : legalKey(id), taken);
      const childPath = `${path}.states${formatKey(key)}`;
      const state = { element: child, id, key, path: childPath, ...stateElements(reader, child, childPath, ids) };
      if (id !== undefined) register(reader, state, id, ids);
      return state;
    });
  return { states, content: children.filter((child) => !stateNames.has(child.name)) };
}

function register(reader: Reader, state: StateElement, id: string, ids: Map<string, StateElement>): void {
  const first = ids.get(id);
  if (id === '') {
    reader.error('INVALID_ATTRIBUTE', state.element, 'The id is empty.', 'Name the state, or remove the attribute.');
  } else if (first === undefined) {
    ids.set(id, state);
  } else {
    const hint = `Rename it, or the one at line ${first.element.line}.`;
    reader.error('DUPLICATE_ID', state.element, `The id \`${id}\` is used twice.`, hint);
  }
}

/** SCXML ids have dots, which join the keys of a path here; and JavaScript sorts integer keys to the front. */
export function legalKey(id: string): string {
  const plain = id
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}_$:-]/gu, '_')
    .slice(0, maxNameLength - 4);
  return /^[\p{L}_$]/u.test(plain) && !isHostileKey(plain) ? plain : `_${plain}`;
}

function freeKey(wanted: string, taken: Set<string>): string {
  let key = wanted;
  for (let count = 2; taken.has(key); count++) key = `${wanted}_${count}`;
  taken.add(key);
  return key;
}

/** Whether a state lies inside another. */
export function isInside(state: StateElement, around: StateElement): boolean {
  return state.path.startsWith(`${around.path}.states`) && state !== around;
}
