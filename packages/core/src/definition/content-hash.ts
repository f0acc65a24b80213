import { type Write, writeList, writeObject, writeScalar } from './canonical.ts';
import type { MachineDefinition } from './definition.ts';
import { type Path, rootPath } from './path.ts';
import { isPlainObject } from './plain.ts';
import { sha256 } from './sha256.ts';

/**
 * The exact version of a machine: SHA-256 of its definition as base64url (43 characters). Equal definitions have equal
 * hashes wherever they were read; an instance names the hash it runs.
 *
 * ```ts
 * contentHash({ id: 'door', initial: 'closed', states: { closed: {} } }) // 'YcUI-edi55okBT_lUeji8lYwhTl7g-ffHJhaOZZcyvY'
 * ```
 *
 * What counts: every key and value, descriptions and `meta` too; an inline function by its source text (what it closes
 * over cannot be seen, so the hash of such a machine says nothing about that).
 * What does not count: white space, comments, and the order of the keys of a state, a transition or an invocation.
 * The order *inside* what an author names does count (`states`, `on`, `after`, `context`, `assign`, an effect's
 * parameters …): document order decides between parallel regions, and expressions can see the order of keys.
 *
 * @throws FsmError NOT_JSON, HOSTILE_KEY or TOO_DEEP, as `canonicalJson` does.
 */
export function contentHash(definition: MachineDefinition): string {
  return base64url(sha256(new TextEncoder().encode(writeState(definition, rootPath))));
}

const stateWriters: Readonly<Record<string, Write>> = {
  states: (value, path) => writeNamed(value, path, writeState),
  on: (value, path) => writeNamed(value, path, writeTransitions),
  after: (value, path) => writeNamed(value, path, writeTransitions),
  always: writeTransitions,
  initial: writeTransitions,
  onDone: writeTransitions,
  onError: writeTransitions,
  invoke: (value, path) => writeOneOrMany(value, path, writeInvoke),
};

function writeState(value: unknown, path: Path): string {
  return writeVocabulary(value, path, (key) => (Object.hasOwn(stateWriters, key) ? stateWriters[key]! : writeAsIs));
}

function writeInvoke(value: unknown, path: Path): string {
  return writeVocabulary(value, path, (key) => (key === 'onDone' || key === 'onError' ? writeTransitions : writeAsIs));
}

function writeTransitions(value: unknown, path: Path): string {
  return writeOneOrMany(value, path, (item, place) => writeVocabulary(item, place, () => writeAsIs));
}

/** An object whose keys have fixed meanings: their order says nothing. */
function writeVocabulary(value: unknown, path: Path, writerOf: (key: string) => Write): string {
  if (!isPlainObject(value)) return writeAsIs(value, path);
  return writeObject(value, Object.keys(value).sort(), path, writerOf);
}

/** An object whose keys the author chose: their order is the document's. */
function writeNamed(value: unknown, path: Path, write: Write): string {
  return isPlainObject(value) ? writeObject(value, Object.keys(value), path, () => write) : writeAsIs(value, path);
}

function writeOneOrMany(value: unknown, path: Path, write: Write): string {
  return Array.isArray(value) ? writeList(value, path, write) : write(value, path);
}

function writeAsIs(value: unknown, path: Path): string {
  // not valid JSON, so that no string of a JSON definition can hash like a function
  if (typeof value === 'function') return `function ${JSON.stringify(String(value))}`;
  if (Array.isArray(value)) return writeList(value, path, writeAsIs);
  if (isPlainObject(value)) return writeNamed(value, path, writeAsIs);
  return writeScalar(value, path);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const group = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    const characters = Math.min(4, Math.ceil(((bytes.length - index) * 8) / 6));
    for (let place = 0; place < characters; place++) text += alphabet[(group >> (18 - 6 * place)) & 63];
  }
  return text;
}
