import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { journalDamaged } from '../errors.ts';
import type { StoredLine } from '../store.ts';
import { row } from './database.ts';
import type { Head } from './tail.ts';

/** While walking back, the row of every so many lines is remembered. */
const anchorEvery = 256;
/** Of how many long instances anchors are remembered. */
const anchoredInstances = 64;

interface Step {
  readonly instance: number;
  readonly sequence: number;
  readonly previous: number;
}

interface LineRow extends Step {
  readonly text: string;
  readonly hash: string;
}

/**
 * Reads an instance's lines by following `previous` from its newest row: point look-ups instead of a secondary index,
 * which would cost every commit more than half of its speed.
 *
 * Reading a long history forwards in pages would walk from the end each time; anchors cut that to one walk.
 */
export class History {
  readonly #location: string;
  readonly #line: StatementSync;
  readonly #step: StatementSync;
  /** Row by sequence, per instance. Rows never move, so an anchor is good for ever. */
  readonly #anchors = new Map<number, Map<number, number>>();

  constructor(database: DatabaseSync, location: string) {
    this.#location = location;
    this.#line = database.prepare('SELECT instance, sequence, previous, text, hash FROM journal WHERE n = ?');
    this.#step = database.prepare('SELECT instance, sequence, previous FROM journal WHERE n = ?');
  }

  /** The line in row `n`, which is line `sequence` of the instance. */
  at(n: number, instance: number, sequence: number): StoredLine {
    const { text, hash } = this.#read<LineRow>(this.#line, n, instance, sequence);
    return { sequence, text, hash };
  }

  /** Lines `from` to `to` of an instance whose newest line is `head`. */
  range(instance: number, head: Head, from: number, to: number): StoredLine[] {
    let { n, sequence } = this.#start(instance, head, to);
    for (; sequence > to; sequence -= 1) {
      this.#remember(instance, sequence, n);
      n = this.#read<Step>(this.#step, n, instance, sequence).previous;
    }
    const lines: StoredLine[] = [];
    for (; sequence >= from; sequence -= 1) {
      this.#remember(instance, sequence, n);
      const { text, hash, previous } = this.#read<LineRow>(this.#line, n, instance, sequence);
      lines.push({ sequence, text, hash });
      n = previous;
    }
    return lines.reverse();
  }

  #start(instance: number, head: Head, to: number): Head {
    const anchors = this.#anchors.get(instance);
    if (anchors === undefined) return head;
    const sequence = Math.ceil(to / anchorEvery) * anchorEvery;
    const n = anchors.get(sequence);
    return n === undefined || sequence > head.sequence ? head : { n, sequence };
  }

  #remember(instance: number, sequence: number, n: number): void {
    if (sequence % anchorEvery !== 0) return;
    let anchors = this.#anchors.get(instance);
    if (anchors === undefined) {
      if (this.#anchors.size >= anchoredInstances) this.#anchors.delete(this.#anchors.keys().next().value!);
      anchors = new Map();
      this.#anchors.set(instance, anchors);
    }
    anchors.set(sequence, n);
  }

  #read<Found extends Step>(statement: StatementSync, n: number, instance: number, sequence: number): Found {
    const found = row<Found>(statement, n);
    if (found?.instance === instance && found.sequence === sequence) return found;
    throw journalDamaged(this.#location, {
      what: `line ${sequence} of instance ${instance} is not where line ${sequence + 1} or its record says`,
      details: { instance, sequence, n },
    });
  }
}
