import { isUtf8 } from 'node:buffer';

/** One line of a log as it stands in the file, without its line break. */
export interface RawLine {
  /** Counted from 1, empty lines included. */
  readonly number: number;
  /** The text, or what makes the line unreadable. */
  readonly text: string | undefined;
  readonly problem: 'too long' | 'not UTF-8' | undefined;
  /** Bytes of the line. */
  readonly bytes: number;
}

const newline = 0x0a;
const byteOrderMark = '\u{feff}';

/**
 * Cuts chunks of bytes into lines. Keeps no more than one line of at most `limit` bytes: the rest of a longer line is
 * counted and dropped. Bytes that are not UTF-8 spoil only the line they stand on.
 *
 * ```ts
 * const splitter = new LineSplitter(1024 * 1024);
 * for await (const chunk of file) for (const line of splitter.push(chunk)) handle(line);
 * for (const line of splitter.end()) handle(line);
 * ```
 */
export class LineSplitter {
  readonly #limit: number;
  #number = 0;
  /** The beginning of a line whose end has not come yet. */
  #open: Uint8Array[] = [];
  #openBytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Lines finished so far. */
  get count(): number {
    return this.#number;
  }

  /** The lines that end in this chunk. */
  push(chunk: Uint8Array): RawLine[] {
    const lines: RawLine[] = [];
    let from = 0;
    if (this.#openBytes > 0) {
      const end = chunk.indexOf(newline);
      this.#keep(end === -1 ? chunk : chunk.subarray(0, end));
      if (end === -1) return lines;
      lines.push(this.#close());
      from = end + 1;
    }
    const end = chunk.lastIndexOf(newline);
    if (end >= from) {
      this.#splitWhole(chunk.subarray(from, end), lines);
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    return lines;
  }

  /** The last line, when the input did not end with a line break. */
  end(): RawLine[] {
    return this.#openBytes > 0 ? [this.#close()] : [];
  }

  // Decoding a whole chunk at once is several times faster than line by line, so only doubtful chunks are cut first.
  #splitWhole(bytes: Uint8Array, lines: RawLine[]): void {
    if (bytes.length <= this.#limit && isUtf8(bytes)) {
      for (const text of decode(bytes).split('\n')) lines.push(this.#line(text, undefined, text.length));
      return;
    }
    let from = 0;
    while (from <= bytes.length) {
      const next = bytes.indexOf(newline, from);
      const to = next === -1 ? bytes.length : next;
      lines.push(this.#decodeLine(bytes.subarray(from, to)));
      from = to + 1;
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#openBytes += bytes.length;
    // A copy: the reader may use the chunk's memory again. A line that is already too long need not be kept.
    if (this.#openBytes <= this.#limit) this.#open.push(Buffer.from(bytes));
    else this.#open = [];
  }

  #close(): RawLine {
    const bytes = this.#openBytes;
    const parts = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    if (bytes > this.#limit) return this.#line(undefined, 'too long', bytes);
    return this.#decodeLine(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  }

  #decodeLine(bytes: Uint8Array): RawLine {
    if (bytes.length > this.#limit) return this.#line(undefined, 'too long', bytes.length);
    if (!isUtf8(bytes)) return this.#line(undefined, 'not UTF-8', bytes.length);
    return this.#line(decode(bytes), undefined, bytes.length);
  }

  #line(text: string | undefined, problem: RawLine['problem'], bytes: number): RawLine {
    this.#number += 1;
    if (text === undefined) return { number: this.#number, text, problem, bytes };
    let trimmed = text.charCodeAt(text.length - 1) === 0x0d ? text.slice(0, -1) : text;
    if (this.#number === 1 && trimmed.startsWith(byteOrderMark)) trimmed = trimmed.slice(1);
    return { number: this.#number, text: trimmed, problem, bytes };
  }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
