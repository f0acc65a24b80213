import type { Line, Owner, StoredLine, StoredMachine } from '../store.ts';

/*
 * The text of journal and machine files: one JSON object per line, made by joining texts so that the engine's own text
 * stays what it was, byte for byte.
 *
 *   {"i":1,"s":1,"at":1700000000000,"tenant":"acme","name":"door","h":"…","line":{…}}   a line; the owner on first lines
 *   {"commit":7,"lines":1,"hash":"…"}                                                    closes the lines of a commit
 *
 * `hash` is the SHA-256 of the hash before and all bytes of the commit's lines, as base64url.
 */

/** A line as the file holds it. */
export interface LineEntry extends StoredLine {
  readonly instance: number;
  readonly at: number;
  readonly owner: Owner | undefined;
}

export interface CommitEntry {
  readonly commit: number;
  readonly lines: number;
  readonly hash: string;
}

export function encodeLine({ instance, sequence, at, owner, hash, text }: Line): string {
  const whose =
    owner === undefined ? '' : `"tenant":${JSON.stringify(owner.tenant)},"name":${JSON.stringify(owner.name)},`;
  return `{"i":${instance},"s":${sequence},"at":${at},${whose}"h":"${hash}","line":${text}}\n`;
}

export function encodeCommit({ commit, lines, hash }: CommitEntry): string {
  return `{"commit":${commit},"lines":${lines},"hash":"${hash}"}\n`;
}

export function isCommit(text: string): boolean {
  return text.startsWith('{"commit":');
}

// Quotes inside a JSON string are escaped, so this can only be the key.
const lineKey = ',"line":';

/** The line in a text without its line break, or nothing when it is none. */
export function decodeLine(text: string): LineEntry | undefined {
  const end = text.indexOf(lineKey);
  if (end === -1 || !text.endsWith('}')) return undefined;
  const before = parse(`${text.slice(0, end)}}`);
  if (before === undefined) return undefined;
  const { i: instance, s: sequence, at, h: hash, tenant, name } = before;
  if (typeof instance !== 'number' || typeof sequence !== 'number' || typeof at !== 'number') return undefined;
  if (typeof hash !== 'string') return undefined;
  const owner = typeof tenant === 'string' && typeof name === 'string' ? { tenant, name } : undefined;
  return { instance, sequence, at, owner, hash, text: text.slice(end + lineKey.length, -1) };
}

export function decodeCommit(text: string): CommitEntry | undefined {
  const found = parse(text);
  if (typeof found?.commit !== 'number' || typeof found.lines !== 'number') return undefined;
  if (typeof found.hash !== 'string') return undefined;
  return { commit: found.commit, lines: found.lines, hash: found.hash };
}

const definitionKey = ',"definition":';

export function encodeMachine({ tenant, hash, id, version, text }: StoredMachine): string {
  const known = JSON.stringify({ tenant, id, version, hash });
  return `${known.slice(0, -1)}${definitionKey}${text}}\n`;
}

export function decodeMachine(file: string): StoredMachine | undefined {
  const text = file.trimEnd();
  const end = text.indexOf(definitionKey);
  if (end === -1 || !text.endsWith('}')) return undefined;
  const before = parse(`${text.slice(0, end)}}`);
  if (before === undefined) return undefined;
  const { tenant, hash, id, version } = before;
  if (typeof tenant !== 'string' || typeof hash !== 'string' || typeof id !== 'string') return undefined;
  return {
    tenant,
    hash,
    id,
    version: typeof version === 'string' ? version : undefined,
    text: text.slice(end + definitionKey.length, -1),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
