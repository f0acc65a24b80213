import { createReadStream, type ReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip, type Gunzip } from 'node:zlib';
import { FsmError } from '@fsm/core';
import { fileError } from '../file-error.ts';
import { LineSplitter, type RawLine } from './line-splitter.ts';

/** Longer lines are refused without being kept in memory: an event has at most 256 KB of data. */
export const longestLine = 1024 * 1024;

// Small enough that even a hostile archive unpacks to no more than some 16 MB at a time.
const chunkSize = 16 * 1024;

/** A log of events: a file, compressed or not, or standard input. */
export interface EventLog {
  /** For messages. */
  readonly name: string;
  /** How much of it was read, from 0 to 1, where its size is known. */
  share(): number | undefined;
  /**
   * The lines in the order of the file, in batches as they come. Throws FILE_TRUNCATED after the last readable line of
   * an archive that ends early, FILE_DAMAGED where its bytes make no sense, and what {@link fileError} says.
   */
  lines(): AsyncGenerator<readonly RawLine[]>;
}

/** Opens `path`, or standard input for `-`. Whether it is compressed shows in its first bytes, not in its name. */
export function openEventLog(path: string, stdin: Readable): EventLog {
  if (path === '-') {
    const name = 'standard input';
    return { name, share: () => undefined, lines: () => readLines(unpacked(translated(stdin, name), name)) };
  }
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  let file: ReadStream | undefined;
  return {
    name: path,
    share: () => (file !== undefined && size > 0 ? file.bytesRead / size : undefined),
    lines() {
      file = createReadStream(path, { highWaterMark: chunkSize });
      return readLines(unpacked(translated(file, path), path));
    },
  };
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly RawLine[]> {
  const splitter = new LineSplitter(longestLine);
  for await (const chunk of chunks) {
    const lines = splitter.push(chunk);
    if (lines.length > 0) yield lines;
  }
  yield splitter.end();
}

async function* translated(stream: Readable, path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    throw fileError(path, error);
  }
}

async function* unpacked(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Uint8Array> {
  let archive: Archive | undefined;
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (first !== undefined) {
      bytes = Buffer.concat([first, chunk]);
      if (bytes.length < 2) {
        first = bytes;
        continue;
      }
      first = undefined;
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) archive = new Archive(name);
    }
    if (archive === undefined) yield bytes;
    else yield* archive.write(bytes);
  }
  if (first !== undefined && first.length > 0) yield first;
  if (archive !== undefined) yield* archive.end();
}

/**
 * A gzip stream that gives out everything it could unpack before it complains: piping would drop what is still in the
 * buffers when an archive turns out to be cut off, and how much that is would depend on chance.
 */
class Archive {
  readonly #name: string;
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: 256 * 1024 });
  #unpacked: Buffer[] = [];
  #failure: NodeJS.ErrnoException | undefined;
  #wake: (() => void) | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#gunzip.on('data', (chunk: Buffer) => this.#unpacked.push(chunk));
    this.#gunzip.on('error', (error) => {
      this.#failure = error;
      this.#wake?.();
    });
  }

  async *write(chunk: Buffer): AsyncGenerator<Buffer> {
    await this.#settled((done) => this.#gunzip.write(chunk, done));
    yield* this.#give();
  }

  async *end(): AsyncGenerator<Buffer> {
    await this.#settled((done) => this.#gunzip.once('end', done).end());
    yield* this.#give();
  }

  #settled(start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      start(resolve);
    });
  }

  *#give(): Generator<Buffer> {
    const ready = this.#unpacked;
    this.#unpacked = [];
    yield* ready;
    if (this.#failure === undefined) return;
    const truncated = this.#failure.code === 'Z_BUF_ERROR';
    throw new FsmError(
      truncated ? 'FILE_TRUNCATED' : 'FILE_DAMAGED',
      truncated
        ? `${this.#name} ends in the middle of its compressed data.`
        : `${this.#name} is damaged: ${this.#failure.message}.`,
      { hint: 'Get the file again and run the same command: what was applied is recognised.', cause: this.#failure },
    );
  }
}
