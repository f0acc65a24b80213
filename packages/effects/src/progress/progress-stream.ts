/** What a reader that was too slow is told. */
export interface Missed {
  /** How many reports before this one it did not get. */
  readonly missed?: number;
}

interface Phased {
  readonly phase: string;
}

/**
 * Reports on their way to one reader. It takes them with `for await`; what it does not take in time is dropped, the
 * oldest of phase `progressed` first: memory stays bounded whatever the reader does.
 */
export class ProgressStream<Report extends Phased> implements AsyncIterableIterator<Report & Missed> {
  readonly #size: number;
  readonly #ended: (() => void) | undefined;
  #waiting: Report[] = [];
  /** How many of those wait that may go first. */
  #chatter = 0;
  #readers: ((result: IteratorResult<Report & Missed>) => void)[] = [];
  #missed = 0;
  #over = false;

  /** At most `size` reports wait; `ended` is called once, when nobody reads any more or nothing more comes. */
  constructor(size = 1_000, ended?: () => void) {
    this.#size = Math.max(size, 1);
    this.#ended = ended;
  }

  push(report: Report): void {
    if (this.#over) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ done: false, value: report });
      return;
    }
    if (this.#waiting.length >= this.#size) this.#drop();
    this.#waiting.push(report);
    if (isChatter(report)) this.#chatter += 1;
  }

  /** Nothing more comes: the reader gets what waits, and then the end. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const reader of this.#readers) reader({ done: true, value: undefined });
    this.#readers = [];
    this.#ended?.();
  }

  next(): Promise<IteratorResult<Report & Missed>> {
    const report = this.#waiting.shift();
    if (report !== undefined) {
      if (isChatter(report)) this.#chatter -= 1;
      return Promise.resolve({ done: false, value: this.#withMissed(report) });
    }
    if (this.#over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  return(): Promise<IteratorResult<Report & Missed>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    if (this.#chatter === 0) this.#waiting.shift();
    else {
      this.#waiting.splice(this.#waiting.findIndex(isChatter), 1);
      this.#chatter -= 1;
    }
    this.#missed += 1;
  }

  #withMissed(report: Report): Report & Missed {
    if (this.#missed === 0) return report;
    const missed = this.#missed;
    this.#missed = 0;
    return { ...report, missed };
  }
}

function isChatter({ phase }: Phased): boolean {
  return phase === 'progressed';
}
