import { FsmError, type Json } from '@fsm/core';
import { chainHash } from '../store/chain.ts';

/** One entry of an audit trail. */
export interface AuditEntry {
  /** Position in the trail, dense from 1. */
  readonly position: number;
  /** ISO time of the journal line. */
  readonly at: string;
  readonly tenant: string;
  readonly instance: string;
  readonly machine: { readonly id: string; readonly hash: string };
  /** Position of the line in the instance's journal. */
  readonly sequence: number;
  /** `outside`, `instance front`, `timer …`, `effect …`, `runtime`. */
  readonly who: string;
  readonly what: 'created' | 'transition' | 'ignored' | 'failed' | 'destroyed';
  /** Type of the event that caused it. */
  readonly event: string;
  /** Active leaf paths before and after. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly data?: Json;
  readonly error?: Json;
  /** Hash of the entry before; empty in the first. */
  readonly previous: string;
  /** SHA-256 over the previous hash and the entry up to here, as base64url. */
  readonly hash: string;
}

/** Where a trail is kept: lines of text, appended and read back in order. */
export interface AuditSink {
  append(line: string): void;
  lines(): Iterable<string>;
}

export interface AuditHead {
  readonly position: number;
  readonly hash: string;
}

/** What a trail turned out to be. */
export interface AuditReport {
  /** Entries that are as they were written. */
  readonly entries: number;
  /** The last of them: kept elsewhere, it also shows when the end of the trail is cut off. */
  readonly head: AuditHead | undefined;
  /** The first thing that is wrong. */
  readonly problem?: { readonly position: number; readonly message: string };
}

/** A trail that is being written: continues the chain where the sink left it. */
export class AuditTrail {
  readonly #sink: AuditSink;
  #head: AuditHead | undefined;
  /** The last line of each instance's journal that is in the trail, where anybody had to ask. */
  #last: Map<string, number> | undefined;
  #opened = false;

  constructor(sink: AuditSink) {
    this.#sink = sink;
  }

  /** Appends an entry; `again` asks first whether it is there. Throws AUDIT_DAMAGED when the trail cannot be continued. */
  enter(entry: Omit<AuditEntry, 'position' | 'previous' | 'hash'>, again: boolean): void {
    this.#open();
    const key = `${entry.tenant}/${entry.instance}`;
    if (again) {
      this.#last ??= lastLines(this.#sink);
      if ((this.#last.get(key) ?? 0) >= entry.sequence) return;
    }
    const { position = 0, hash: previous = '' } = this.#head ?? {};
    const body = JSON.stringify({ position: position + 1, ...entry, previous });
    const hash = chainHash(previous, body);
    this.#sink.append(`${body.slice(0, -1)},"hash":"${hash}"}`);
    this.#head = { position: position + 1, hash };
    this.#last?.set(key, entry.sequence);
  }

  #open(): void {
    if (this.#opened) return;
    const { head, problem } = verifyAudit(this.#sink);
    if (problem !== undefined) {
      throw new FsmError(
        'AUDIT_DAMAGED',
        `The audit trail is damaged at entry ${problem.position}: ${problem.message}`,
        {
          hint: 'Put the trail aside as evidence and begin a new one.',
          details: { position: problem.position },
        },
      );
    }
    this.#head = head;
    this.#opened = true;
  }
}

/** The entries of a trail, as far as they can be read. */
export function* readAudit(sink: Pick<AuditSink, 'lines'>): Generator<AuditEntry> {
  for (const line of sink.lines()) yield JSON.parse(line) as AuditEntry;
}

/**
 * Checks every entry of a trail against its hash and the one before. Give it the `head` that an earlier check returned, to
 * find out whether entries were cut off at the end.
 *
 * ```ts
 * const { problem } = verifyAudit(auditFile('doors.audit.ndjson'));
 * if (problem) throw new Error(problem.message);
 * ```
 */
export function verifyAudit(sink: Pick<AuditSink, 'lines'>, expected?: AuditHead): AuditReport {
  let head: AuditHead | undefined;
  let passed = expected === undefined;
  const report = (message?: string): AuditReport => {
    const entries = head?.position ?? 0;
    return { entries, head, ...(message === undefined ? undefined : { problem: { position: entries + 1, message } }) };
  };
  for (const line of sink.lines()) {
    const entry = parse(line);
    if (entry === undefined) return report('it cannot be read.');
    const { position = 0, hash: previous = '' } = head ?? {};
    if (entry.position !== position + 1) return report(`it says that it is entry ${entry.position}.`);
    if (entry.previous !== previous) return report('it does not follow the entry before.');
    const body = `${line.slice(0, line.lastIndexOf(',"hash":"'))}}`;
    if (chainHash(previous, body) !== entry.hash) return report('it was changed.');
    head = { position: entry.position, hash: entry.hash };
    if (expected?.position === entry.position) {
      if (expected.hash !== entry.hash) return report('the trail was written anew before it.');
      passed = true;
    }
  }
  return passed ? report() : report(`the trail ends here, and had ${expected?.position} entries.`);
}

function parse(line: string): AuditEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'hash' in entry ? (entry as AuditEntry) : undefined;
  } catch {
    return undefined;
  }
}

function lastLines(sink: AuditSink): Map<string, number> {
  const last = new Map<string, number>();
  for (const { tenant, instance, sequence } of readAudit(sink)) last.set(`${tenant}/${instance}`, sequence);
  return last;
}
