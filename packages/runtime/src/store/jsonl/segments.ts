import { closeSync, openSync, readSync } from 'node:fs';
import { journalDamaged } from '../errors.ts';
import type { StoredLine } from '../store.ts';
import { segmentPath } from './folder.ts';
import { decodeLine } from './format.ts';
import type { Place } from './scan.ts';

const openSegments = 32;
const offsets = 2 ** 32;

/** Places of the lines of each instance, and the lines read from there. */
export class Segments {
  readonly #folder: string;
  readonly #location: string;
  /** Two numbers per line: `segment * 2^32 + offset`, and the length. */
  readonly #places = new Map<number, number[]>();
  readonly #files = new Map<number, number>();
  bytes = 0;

  constructor(folder: string, location: string) {
    this.#folder = folder;
    this.#location = location;
  }

  add(instance: number, { segment, offset, length }: Place): void {
    const place = segment * offsets + offset;
    const places = this.#places.get(instance);
    if (places === undefined) this.#places.set(instance, [place, length]);
    else places.push(place, length);
    this.bytes += length + 1;
  }

  /** Lines `from` to `to` of an instance. */
  read(instance: number, from: number, to: number): StoredLine[] {
    const places = this.#places.get(instance) ?? [];
    const lines: StoredLine[] = [];
    for (let sequence = from; sequence <= to; sequence += 1) {
      const place = places[2 * sequence - 2]!;
      const length = places[2 * sequence - 1]!;
      lines.push(this.#line(instance, sequence, Math.floor(place / offsets), place % offsets, length));
    }
    return lines;
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  #line(instance: number, sequence: number, segment: number, offset: number, length: number): StoredLine {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(this.#file(segment), bytes, 0, length, offset);
    const entry = count === length ? decodeLine(bytes.toString('utf8')) : undefined;
    if (entry?.instance !== instance || entry.sequence !== sequence) {
      throw journalDamaged(this.#location, {
        what: `line ${sequence} of instance ${instance} is no longer in segment ${segment} at byte ${offset}`,
        details: { instance, sequence, segment, offset },
      });
    }
    return { sequence, text: entry.text, hash: entry.hash };
  }

  #file(segment: number): number {
    const known = this.#files.get(segment);
    if (known !== undefined) return known;
    if (this.#files.size >= openSegments) {
      const [oldest, file] = this.#files.entries().next().value!;
      closeSync(file);
      this.#files.delete(oldest);
    }
    const file = openSync(segmentPath(this.#folder, segment), 'r');
    this.#files.set(segment, file);
    return file;
  }
}
