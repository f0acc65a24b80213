import type { DatabaseSync } from 'node:sqlite';
import { fingerprint, openForReading } from './database.ts';
import { Reads } from './reads.ts';
import { dataVersion, type Recovered, recover } from './recover.ts';

interface View {
  readonly database: DatabaseSync;
  /** Opened as immutable: true only while nobody writes. */
  readonly still: boolean;
  readonly fingerprint: string;
  version: number;
  recovered: Recovered;
  reads: Reads;
}

/**
 * Reading beside whoever writes: each question is answered from one committed state, the newest one.
 *
 * @throws what {@link openForReading} and {@link recover} throw, and what `check` throws
 */
export class Reader {
  readonly #path: string;
  readonly #location: string;
  #view: View;

  constructor(path: string, location: string, check: (database: DatabaseSync, recovered: Recovered) => void) {
    this.#path = path;
    this.#location = location;
    this.#view = this.#open();
    try {
      check(this.#view.database, this.#view.recovered);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  read<Answer>(question: (reads: Reads, recovered: Recovered) => Answer): Answer {
    if (this.#view.still) {
      if (this.#view.fingerprint === fingerprint(this.#path)) {
        const answer = question(this.#view.reads, this.#view.recovered);
        if (this.#view.fingerprint === fingerprint(this.#path)) return answer;
      }
      this.close();
      this.#view = this.#open();
      // Whoever wrote has gone again, or is still there: the next round tells.
      if (this.#view.still) return this.read(question);
    }
    const view = this.#view;
    return inTransaction(view.database, () => {
      const version = dataVersion(view.database);
      if (version !== view.version) {
        Object.assign(view, this.#derive(view.database), { version });
      }
      return question(view.reads, view.recovered);
    });
  }

  close(): void {
    this.#view.database.close();
  }

  #open(): View {
    const mark = fingerprint(this.#path);
    const { database, still } = openForReading(this.#path);
    try {
      return inTransaction(database, () => ({
        database,
        still,
        fingerprint: mark,
        version: dataVersion(database),
        ...this.#derive(database),
      }));
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #derive(database: DatabaseSync): Pick<View, 'recovered' | 'reads'> {
    const recovered = recover(database, this.#location);
    return { recovered, reads: new Reads(database, recovered.tail, this.#location) };
  }
}

function inTransaction<Answer>(database: DatabaseSync, work: () => Answer): Answer {
  // A transaction sees one state from its first query on.
  database.exec('BEGIN; SELECT 1 FROM meta LIMIT 1');
  try {
    return work();
  } finally {
    database.exec('COMMIT');
  }
}
