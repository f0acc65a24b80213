import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileErrorCode, storeFailed, storeFull } from '../errors.ts';
import { syncDirectory } from '../files.ts';
import type { Line } from '../store.ts';
import { segmentPath } from './folder.ts';
import { encodeCommit, encodeLine } from './format.ts';
import type { Place } from './scan.ts';

/** Where the journal ends and what its running hash is there. */
export interface End {
  readonly segment: number;
  readonly offset: number;
  readonly commits: number;
  readonly hash: string;
}

const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Writes commits behind the journal: several at once, with one sync for all of them.
 *
 * A write that does not fit is cut off again, so that the journal ends where it ended before; a write or sync that fails
 * otherwise leaves its outcome unknown.
 */
export class Appender {
  readonly #folder: string;
  readonly #location: string;
  readonly #segmentBytes: number;
  #end: End;
  #file: FileHandle | undefined;
  /** For measurements. */
  syncs = 0;

  constructor(folder: string, location: string, segmentBytes: number, end: End) {
    this.#folder = folder;
    this.#location = location;
    this.#segmentBytes = segmentBytes;
    this.#end = end;
  }

  /**
   * Makes commits durable, in order. Returns the places of all their lines.
   *
   * @throws STORE_FULL when nothing was stored, STORE_FAILED when that is unknown
   */
  async write(commits: readonly (readonly Line[])[]): Promise<Place[]> {
    const file = await this.#current();
    const { segment, offset } = this.#end;
    let { commits: number, hash } = this.#end;
    const places: Place[] = [];
    const texts: string[] = [];
    let size = 0;
    for (const lines of commits) {
      if (lines.length === 0) continue;
      let text = '';
      for (const line of lines) {
        const encoded = encodeLine(line);
        const length = Buffer.byteLength(encoded);
        places.push({ segment, offset: offset + size, length: length - 1 });
        size += length;
        text += encoded;
      }
      number += 1;
      hash = createHash('sha256').update(hash).update(text).digest('base64url');
      const closing = encodeCommit({ commit: number, lines: lines.length, hash });
      texts.push(text, closing);
      size += closing.length;
    }
    if (size === 0) return places;
    await this.#append(file, Buffer.from(texts.join('')), offset);
    this.#end = { segment, offset: offset + size, commits: number, hash };
    return places;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #append(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      await file.truncate(offset).catch((failure) => {
        throw storeFailed(this.#location, failure);
      });
      throw noRoom.has(fileErrorCode(error) ?? '')
        ? storeFull(this.#location, error)
        : storeFailed(this.#location, error);
    }
    try {
      await file.datasync();
      this.syncs += 1;
    } catch (error) {
      throw storeFailed(this.#location, error);
    }
  }

  /** The file to write to: a new segment once the last one is full. */
  async #current(): Promise<FileHandle> {
    if (this.#end.offset >= this.#segmentBytes) {
      await this.close();
      this.#end = { ...this.#end, segment: this.#end.segment + 1, offset: 0 };
    }
    if (this.#file !== undefined) return this.#file;
    const path = segmentPath(this.#folder, this.#end.segment);
    try {
      this.#file = await open(path, this.#end.offset === 0 ? 'w' : 'r+');
      syncDirectory(this.#folder);
      return this.#file;
    } catch (error) {
      throw noRoom.has(fileErrorCode(error) ?? '')
        ? storeFull(this.#location, error)
        : storeFailed(this.#location, error);
    }
  }
}
