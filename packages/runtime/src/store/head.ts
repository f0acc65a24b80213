import { close, fsync, open, readFileSync, renameSync, rmSync, write } from 'node:fs';
import { fileErrorCode, journalDamaged } from './errors.ts';
import { writeAtomically } from './files.ts';

/**
 * What the newest line was, kept in a file of its own: SQLite drops damaged frames of its log without a word, and a cut
 * file looks like a shorter one. A journal that lacks the line named here has lost lines.
 */
export interface HeadRecord {
  readonly format: 1;
  /** Identity of the store, so that the head of another one is recognised. */
  readonly store: string;
  /** Lines in the journal; the newest is the one below. */
  readonly lines: number;
  readonly instance: number;
  readonly sequence: number;
  readonly hash: string;
}

/** The head record, or why there is none. A missing one is no damage: it may simply not have been copied along. */
export function readHead(path: string): HeadRecord | 'missing' | 'unreadable' {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return 'missing';
    return 'unreadable';
  }
  try {
    const head = JSON.parse(text) as Partial<HeadRecord> | null;
    if (head?.format === 1 && typeof head.lines === 'number' && typeof head.hash === 'string')
      return head as HeadRecord;
  } catch {
    return 'unreadable';
  }
  return 'unreadable';
}

export function headText(head: HeadRecord): string {
  return `${JSON.stringify(head)}\n`;
}

export interface HeadCheck {
  readonly location: string;
  readonly path: string;
  readonly store: string;
  /** Lines in the journal as found. */
  readonly lines: number;
  /** The line of that number in journal order. */
  line(number: number): { readonly instance: number; readonly sequence: number; readonly hash: string } | undefined;
}

/**
 * Compares a head record with the journal (S6); returns a notice when there was nothing to compare.
 *
 * @throws JOURNAL_DAMAGED when the journal lacks the line that the head record names
 */
export function checkHead(head: HeadRecord | 'missing' | 'unreadable', check: HeadCheck): string | undefined {
  if (head === 'missing') {
    if (check.lines === 0) return undefined;
    return `The head record ${check.path} is missing, so a loss of the newest lines could not be noticed.`;
  }
  if (head === 'unreadable') {
    return `The head record ${check.path} is unreadable, so a loss of the newest lines could not be noticed.`;
  }
  if (head.store !== check.store) {
    throw journalDamaged(check.location, {
      what: `the head record ${check.path} names line ${head.lines} of another store, as if this one had been replaced`,
      details: { head, lines: check.lines },
    });
  }
  if (check.lines < head.lines) {
    throw journalDamaged(check.location, {
      what: `${count(head.lines - check.lines, 'line')} missing at its end (${check.lines} found, ${head.lines} written)`,
      details: { missing: head.lines - check.lines, lines: check.lines, head },
    });
  }
  const line = head.lines === 0 ? undefined : check.line(head.lines);
  if (head.lines > 0 && line?.hash !== head.hash) {
    throw journalDamaged(check.location, {
      what: `line ${head.lines} is not the one that was written`,
      details: { found: line ?? null, head },
    });
  }
  return undefined;
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what} is` : `${number} ${what}s are`;
}

/**
 * Keeps the head record at most about `every` milliseconds behind the journal, without making a commit wait.
 *
 * A head that cannot be written (a full disk) stays an older one, which is still true: it only notices less.
 */
export class HeadKeeper {
  readonly #path: string;
  readonly #every: number;
  readonly #current: () => HeadRecord;
  #written = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #writing = false;
  /** Changes with each direct write, which an older one in the background must not replace. */
  #direct = 0;

  constructor(path: string, every: number, current: () => HeadRecord) {
    this.#path = path;
    this.#every = every;
    this.#current = current;
    // A process that died while it wrote may have left one.
    rmSync(this.#next, { force: true });
  }

  /** To be called after each commit. */
  changed(): void {
    const since = performance.now() - this.#written;
    if (this.#timer !== undefined || this.#writing) {
      // A process that commits without ever giving way to the event loop gets no timer and no callback.
      if (since > 2 * this.#every + 1000) this.now();
      return;
    }
    const wait = Math.max(0, this.#every - since);
    this.#timer = setTimeout(() => this.#write(), wait).unref();
  }

  /** Writes at once. */
  now(): void {
    this.#direct += 1;
    this.#written = performance.now();
    try {
      writeAtomically(this.#path, headText(this.#current()));
    } catch {
      return;
    }
  }

  /** Writes for the last time. */
  close(): void {
    clearTimeout(this.#timer);
    this.now();
    rmSync(this.#next, { force: true });
  }

  /** Leaves the last one in place: the journal is not to be trusted any more. */
  abandon(): void {
    clearTimeout(this.#timer);
    this.#direct += 1;
  }

  get #next(): string {
    return `${this.#path}.next`;
  }

  #write(): void {
    this.#timer = undefined;
    this.#writing = true;
    this.#written = performance.now();
    const text = headText(this.#current());
    const direct = this.#direct;
    open(this.#next, 'w', (failed, file) => {
      if (failed !== null) {
        this.#writing = false;
        return;
      }
      write(file, text, (notWritten) => {
        fsync(file, (notSynced) => {
          close(file, () => this.#put(notWritten === null && notSynced === null && direct === this.#direct));
        });
      });
    });
  }

  #put(good: boolean): void {
    this.#writing = false;
    try {
      if (good) renameSync(this.#next, this.#path);
      else rmSync(this.#next, { force: true });
    } catch {
      return;
    }
  }
}
