import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { segmentNumbers, segmentPath } from './folder.ts';
import { decodeCommit, decodeLine, isCommit, type LineEntry } from './format.ts';

/** Where a line is: bytes of a segment, without the line break. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

/** What stands after the last complete commit. */
export interface Rest {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly what: string;
  /** A crash while writing explains it, so nothing acknowledged is in it. */
  readonly torn: boolean;
}

interface Verdict {
  readonly what: string;
  readonly torn: boolean;
}

const chunkSize = 1 << 20;
const lineBreak = 10;

/**
 * Reads a journal commit by commit and checks each against its closing line. It can be called again later to read on.
 *
 * What does not check is either *torn*, that is, what a crash leaves of commits whose sync had not finished, or damage.
 * A killed process leaves a beginning of what it wrote; a power cut also leaves blocks of zeros where data had not
 * reached the disk. Anything else, and anything before a later segment, was once complete and is damage.
 */
export class Scan {
  readonly #folder: string;
  readonly #take: (line: LineEntry, place: Place) => void;
  /** Where the last complete commit ends. */
  segment = 1;
  offset = 0;
  commits = 0;
  /** The running hash after it. */
  hash = '';

  constructor(folder: string, take: (line: LineEntry, place: Place) => void) {
    this.#folder = folder;
    this.#take = take;
  }

  /** Reads to the end. Returns what is not a complete commit there. */
  advance(): Rest | undefined {
    const lost = segmentNumbers(this.#folder).findIndex((number, index) => number !== index + 1);
    const rest = this.#advance();
    if (lost === -1 || rest !== undefined) return rest;
    return {
      segment: this.segment,
      offset: this.offset,
      bytes: 0,
      what: `segment ${lost + 1} is missing although there are later ones`,
      torn: false,
    };
  }

  #advance(): Rest | undefined {
    for (;;) {
      // Looked up first: a live writer may finish this segment and begin the next one meanwhile.
      const hasNext = existsSync(segmentPath(this.#folder, this.segment + 1));
      if (!existsSync(segmentPath(this.#folder, this.segment))) return undefined;
      const rest = this.#readSegment(hasNext);
      if (rest !== undefined || !hasNext) return rest;
      this.segment += 1;
      this.offset = 0;
    }
  }

  #readSegment(hasNext: boolean): Rest | undefined {
    const file = openSync(segmentPath(this.#folder, this.segment), 'r');
    try {
      const group = new Group(this.segment, this.hash, this.commits);
      const bytes = new Chunks(file, this.offset);
      for (let line = bytes.next(); line !== undefined; line = bytes.next()) {
        const problem = group.add(line, bytes.end - line.length);
        if (problem !== undefined) return this.#rest(bytes, problem, hasNext);
        if (!group.isComplete) continue;
        for (const [entry, place] of group.lines) this.#take(entry, place);
        this.commits += 1;
        this.hash = group.hash;
        this.offset = bytes.end;
        group.reset(this.hash, this.commits);
      }
      const verdict = judgeEnd(
        bytes.remainder,
        group.lines.map(([entry]) => entry),
      );
      if (verdict === undefined) return undefined;
      return {
        segment: this.segment,
        offset: this.offset,
        bytes: bytes.end + bytes.remainder.length - this.offset,
        what: hasNext ? `segment ${this.segment} ends within a commit although there are later segments` : verdict.what,
        torn: verdict.torn && !hasNext,
      };
    } finally {
      closeSync(file);
    }
  }

  #rest(chunks: Chunks, problem: string, hasNext: boolean): Rest {
    const from = this.offset;
    const { zeros, size } = chunks.inspect(from);
    return {
      segment: this.segment,
      offset: from,
      bytes: size - from,
      what: `commit ${this.commits + 1} in segment ${this.segment} at byte ${from}: ${problem}`,
      torn: zeros && !hasNext,
    };
  }
}

/** What the end of a segment is, when all before it checked: lines whose closing line is missing, and a beginning of one. */
function judgeEnd(remainder: Buffer, lines: readonly LineEntry[]): Verdict | undefined {
  if (remainder.length === 0 && lines.length === 0) return undefined;
  const text = remainder.toString('utf8');
  // A commit line is written with its break at its end, and a line is one object: anything else was changed later.
  const changed = (isCommit(text) && /\}./s.test(text) && !remainder.includes(0)) || lines.some(hasMore);
  return {
    what: changed ? 'the line breaks of its last commit were changed' : 'its last commit is incomplete',
    torn: !changed,
  };
}

function hasMore({ text }: LineEntry): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch {
    return !text.includes('\u0000');
  }
}

/** The lines of one commit while they are read. */
class Group {
  readonly #segment: number;
  #hasher: Hash = createHash('sha256');
  #commits = 0;
  lines: [LineEntry, Place][] = [];
  hash = '';
  isComplete = false;

  constructor(segment: number, hash: string, commits: number) {
    this.#segment = segment;
    this.reset(hash, commits);
  }

  reset(hash: string, commits: number): void {
    this.#hasher = createHash('sha256').update(hash);
    this.#commits = commits;
    this.lines = [];
    this.isComplete = false;
  }

  /** Takes the next line with its break; returns what is wrong with it. */
  add(bytes: Buffer, offset: number): string | undefined {
    const text = bytes.toString('utf8', 0, bytes.length - 1);
    if (!isCommit(text)) {
      const entry = decodeLine(text);
      if (entry === undefined) return `line ${this.lines.length + 1} of it is unreadable`;
      this.#hasher.update(bytes);
      this.lines.push([entry, { segment: this.#segment, offset, length: bytes.length - 1 }]);
      return undefined;
    }
    const entry = decodeCommit(text);
    if (entry === undefined) return 'its closing line is unreadable';
    if (entry.commit !== this.#commits + 1) return `its closing line says commit ${entry.commit}`;
    if (entry.lines !== this.lines.length) return `it has ${this.lines.length} lines instead of ${entry.lines}`;
    this.hash = this.#hasher.digest('base64url');
    if (entry.hash !== this.hash) return 'its hash does not match';
    this.isComplete = true;
    return undefined;
  }
}

/** A file from some offset on, line by line. */
class Chunks {
  readonly #file: number;
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #position: number;

  constructor(file: number, offset: number) {
    this.#file = file;
    this.#position = offset;
  }

  /** Where the last line ended. */
  get end(): number {
    return this.#position - (this.#buffer.length - this.#start);
  }

  /** What stands after the last line break. */
  get remainder(): Buffer {
    return this.#buffer.subarray(this.#start);
  }

  /** The next line with its break. */
  next(): Buffer | undefined {
    let searched = this.#start;
    for (;;) {
      const index = this.#buffer.indexOf(lineBreak, searched);
      if (index !== -1) {
        const line = this.#buffer.subarray(this.#start, index + 1);
        this.#start = index + 1;
        return line;
      }
      searched = this.#buffer.length - this.#start;
      if (!this.#fill()) return undefined;
    }
  }

  #fill(): boolean {
    const rest = this.remainder;
    const buffer = Buffer.allocUnsafe(rest.length + Math.max(chunkSize, rest.length));
    rest.copy(buffer);
    const count = readSync(this.#file, buffer, rest.length, buffer.length - rest.length, this.#position);
    this.#buffer = buffer.subarray(0, rest.length + count);
    this.#start = 0;
    this.#position += count;
    return count > 0;
  }

  /** The size of the file, and whether there are zeros after an offset. */
  inspect(offset: number): { readonly zeros: boolean; readonly size: number } {
    const chunk = Buffer.allocUnsafe(chunkSize);
    let zeros = false;
    let position = offset;
    for (;;) {
      const count = readSync(this.#file, chunk, 0, chunkSize, position);
      if (count === 0) return { zeros, size: position };
      zeros ||= chunk.subarray(0, count).includes(0);
      position += count;
    }
  }
}
