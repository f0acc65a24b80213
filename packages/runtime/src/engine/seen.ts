import type { Store, StoredLine } from '../store/store.ts';
import { decodeEntry } from './fact.ts';
import type { Seen } from './instance.ts';

const page = 10_000;

/** The ids of all events in an instance's journal, with the answers they got. */
export function loadSeen(store: Store, number: number): Map<string, Seen> | Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>();
  let from = 1;
  const next = (lines: readonly StoredLine[]): Map<string, Seen> | Promise<Map<string, Seen>> => {
    for (const { text } of lines) {
      const entry = decodeEntry(text);
      if (entry.kind === 'child') {
        seen.set(entry.id, { sequence: entry.sequence, taken: true, fingerprint: 0 });
        continue;
      }
      if ((entry.kind !== 'event' && entry.kind !== 'refused') || entry.id === undefined) continue;
      const dataText = entry.data === undefined ? undefined : JSON.stringify(entry.data);
      const { sequence, taken } = entry;
      const fingerprint = fingerprintOf(entry.type, dataText);
      seen.set(
        entry.id,
        entry.kind === 'refused'
          ? { sequence, taken, fingerprint, error: entry.error }
          : { sequence, taken, fingerprint },
      );
    }
    if (lines.length < page) return seen;
    from += page;
    return read();
  };
  const read = (): Map<string, Seen> | Promise<Map<string, Seen>> => {
    const lines = store.lines(number, from, page);
    return lines instanceof Promise ? lines.then(next) : next(lines);
  };
  return read();
}

/**
 * 53 bits of a multiplicative hash over type and data (cyrb53, public domain). It only has to notice an id that is reused by
 * mistake; identity itself rests on the id.
 */
export function fingerprintOf(type: string, dataText: string | undefined): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  const text = dataText === undefined ? type : `${type} ${dataText}`;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
