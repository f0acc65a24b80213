import { existsSync, truncateSync } from 'node:fs';
import { resolve } from 'node:path';
import { FsmError } from '@fsm/core';
import {
  journalDamaged,
  openFailure,
  storeClosed,
  storeConflict,
  storeFailed,
  storeNotFound,
  storeReadOnly,
} from '../errors.ts';
import { checkHead, HeadKeeper, type HeadRecord, readHead } from '../head.ts';
import { checkFollows, Ledger, Pending } from '../ledger.ts';
import { acquireLock, type StoreLock } from '../lock.ts';
import type { OpenOptions } from '../options.ts';
import type {
  Commit,
  Found,
  ListQuery,
  Store,
  StoredLine,
  StoredMachine,
  StoredSummary,
  StoreStatus,
} from '../store.ts';
import { Appender } from './appender.ts';
import { headPath, identify, lockPath, makeFolder, makeIdentity, segmentPath } from './folder.ts';
import type { LineEntry } from './format.ts';
import { MachineFiles } from './machine-files.ts';
import { type Place, type Rest, Scan } from './scan.ts';
import { Segments } from './segments.ts';

export interface JsonlOptions extends OpenOptions {
  /** A new segment begins once the last one has this many bytes. 64 MB when not given. */
  readonly segmentBytes?: number;
}

/** What an open store holds on to. */
interface Session {
  readonly ledger: Ledger;
  readonly segments: Segments;
  readonly machines: MachineFiles;
  readonly scan: Scan;
}

interface WritingSession {
  readonly appender: Appender;
  readonly head: HeadKeeper;
  readonly lock: StoreLock;
}

/** A commit that was accepted and is not durable yet. */
interface Waiting {
  readonly commit: Commit;
  readonly resolve: () => void;
  readonly reject: (error: FsmError) => void;
}

type NewestLine = Pick<LineEntry, 'instance' | 'sequence' | 'hash'>;

/**
 * A store of human-readable files: a directory with the journal in segments of JSON lines.
 *
 *   store.json                 what this directory is
 *   journal-00000001.jsonl …   lines, each commit closed by a line with its count and the running hash
 *   machines/<tenant>/…        one file per definition
 *   head.json, lock            see `HeadRecord` and `acquireLock`
 *
 * Commits that arrive while a sync runs are written together and share the next one. Opening reads all of it; records
 * live in memory only, so after opening every instance is unsettled until the engine has looked at it.
 *
 * ```ts
 * const store = new JsonlStore('/data/journal/');
 * store.open();
 * await store.commit({ lines, records: [], machines: [] }); // on stable storage when it resolves
 * await store.close();
 * ```
 */
export class JsonlStore implements Store {
  readonly name = 'jsonl';
  readonly location: string;
  readonly #folder: string;
  readonly #options: JsonlOptions;
  readonly #pending = new Pending();
  #waiting: Waiting[] = [];
  #session: Session | undefined;
  #writing: WritingSession | undefined;
  #newest: NewestLine | undefined;
  #draining: Promise<void> | undefined;
  #failed: FsmError | undefined;

  constructor(path: string, options: JsonlOptions = {}) {
    this.location = path;
    this.#folder = resolve(path);
    this.#options = options;
  }

  /**
   * @throws STORE_NOT_A_DIRECTORY, STORE_NOT_FOUND, STORE_FOREIGN, STORE_VERSION, STORE_READ_ONLY, STORE_LOCKED,
   * STORE_FULL, STORE_FAILED, JOURNAL_DAMAGED
   */
  open(): void {
    if (this.#session !== undefined) return;
    this.#failed = undefined;
    let lock: StoreLock | undefined;
    try {
      const known = identify(this.#folder, this.location);
      const head = readHead(headPath(this.#folder));
      if (this.#options.readOnly) {
        if (known === undefined) throw storeNotFound(this.location);
        this.#session = this.#read(known, head);
        return;
      }
      makeFolder(this.#folder, this.location);
      lock = acquireLock(lockPath(this.#folder), this.location);
      const id = identify(this.#folder, this.location) ?? makeIdentity(this.#folder);
      const session = this.#read(id, head);
      const { segment, offset, commits, hash } = session.scan;
      const segmentBytes = this.#options.segmentBytes ?? 64 * 1024 * 1024;
      this.#writing = {
        lock,
        appender: new Appender(this.#folder, this.location, segmentBytes, { segment, offset, commits, hash }),
        head: new HeadKeeper(headPath(this.#folder), this.#options.headEvery ?? 1000, () => this.#headRecord(id)),
      };
      this.#session = session;
    } catch (error) {
      lock?.release();
      throw openFailure(this.location, error);
    }
  }

  commit(commit: Commit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#accept(commit);
      this.#waiting.push({ commit, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  find(tenant: string, name: string): Found | undefined {
    const { ledger } = this.#current();
    const number = ledger.numberOf(tenant, name);
    return number === undefined ? undefined : this.#load(number);
  }

  load(number: number): Found | undefined {
    this.#current();
    return this.#load(number);
  }

  lines(number: number, from: number, limit: number): readonly StoredLine[] {
    const { ledger, segments } = this.#current();
    const first = Math.max(1, from);
    return segments.read(number, first, Math.min(ledger.get(number)?.sequence ?? 0, first + limit - 1));
  }

  list(tenant: string, query: ListQuery): readonly StoredSummary[] {
    return this.#current().ledger.list(tenant, query);
  }

  tenants(): readonly string[] {
    return this.#current().ledger.tenants();
  }

  unsettled(): readonly number[] {
    return this.#current().ledger.unsettled();
  }

  due(time: number, limit: number): readonly number[] {
    return this.#current().ledger.due(time, limit);
  }

  nextWake(time: number): number | undefined {
    return this.#current().ledger.nextWake(time);
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    return this.#current().ledger.machine(tenant, hash);
  }

  machines(tenant: string): readonly StoredMachine[] {
    return this.#current().ledger.machines(tenant);
  }

  status(): StoreStatus {
    const { ledger, segments } = this.#current();
    const { lines, instances, lastNumber, lastTime } = ledger;
    return { lines, instances, lastNumber, lastTime, bytes: segments.bytes };
  }

  async close(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    await this.#draining;
    try {
      if (this.#failed === undefined) writing?.head.close();
      else writing?.head.abandon();
      this.#session?.segments.close();
      await writing?.appender.close();
    } finally {
      this.#session = undefined;
      writing?.lock.release();
    }
  }

  /** Syncs of the journal since opening, for measurements. */
  get syncs(): number {
    return this.#writing?.appender.syncs ?? 0;
  }

  #accept(commit: Commit): void {
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#writing === undefined) {
      throw this.#session === undefined ? storeClosed(this.location) : storeReadOnly(this.location);
    }
    for (const { text, instance, sequence } of commit.lines) {
      // A line break inside would make two lines of one.
      if (!text.includes('\n')) continue;
      throw storeConflict(this.location, `line ${sequence} of instance ${instance} has a line break`, {
        instance,
        sequence,
      });
    }
    checkFollows(this.location, commit, this.#session!.ledger, this.#pending);
  }

  /** Writes what waits until nothing does: one sync for all that arrived during the last one. */
  async #drain(): Promise<void> {
    const { appender, head } = this.#writing!;
    const session = this.#session!;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#store(batch, session, appender);
      } catch (error) {
        this.#refuse([...batch, ...this.#waiting], error);
        continue;
      }
      head.changed();
      for (const { resolve } of batch) resolve();
    }
    this.#draining = undefined;
  }

  async #store(batch: readonly Waiting[], session: Session, appender: Appender): Promise<void> {
    const undo: (() => void)[] = [];
    let places: Place[];
    try {
      for (const { commit } of batch) {
        for (const machine of commit.machines) {
          const takeBack = session.machines.write(machine);
          if (takeBack !== undefined) undo.push(takeBack);
        }
      }
      places = await appender.write(batch.map(({ commit }) => commit.lines));
    } catch (error) {
      for (const takeBack of undo) takeBack();
      throw error;
    }
    const { ledger, segments } = session;
    let next = 0;
    for (const { commit } of batch) {
      for (const line of commit.lines) {
        ledger.addLine(line);
        segments.add(line.instance, places[next]!);
        next += 1;
        this.#newest = line;
      }
      for (const record of commit.records) ledger.addRecord(record);
      for (const machine of commit.machines) ledger.addMachine(machine);
      this.#pending.settled(commit);
    }
  }

  /** Nothing of these commits was stored; those that came later may build on the first, so none is kept. */
  #refuse(refused: readonly Waiting[], cause: unknown): void {
    const mapped = openFailure(this.location, cause);
    const error =
      mapped.code === 'STORE_FULL' ? mapped : storeFailed(this.location, FsmError.is(cause) ? cause.cause : cause);
    if (error.next === 'stop') this.#failed = error;
    this.#waiting = [];
    this.#pending.clear();
    for (const { reject } of refused) reject(error);
  }

  #load(number: number): Found | undefined {
    const { ledger, segments } = this.#session!;
    const account = ledger.get(number);
    if (account === undefined) return undefined;
    const { owner, record, sequence } = account;
    return { number, owner, record, lines: segments.read(number, (record?.sequence ?? 0) + 1, sequence) };
  }

  /** Reads the whole store, cuts a torn tail when it may, and compares with the head record. */
  #read(id: string, head: HeadRecord | 'missing' | 'unreadable'): Session {
    const ledger = new Ledger();
    const segments = new Segments(this.#folder, this.location);
    let headLine: NewestLine | undefined;
    const take = (line: LineEntry, place: Place) => {
      const { instance, sequence } = line;
      const newest = ledger.get(instance)?.sequence ?? 0;
      if (sequence !== newest + 1 || (sequence === 1 && line.owner === undefined)) {
        const what = `line ${sequence} of instance ${instance} follows line ${newest}`;
        throw journalDamaged(this.location, { what, details: { ...place, instance, sequence } });
      }
      ledger.addLine(line);
      segments.add(instance, place);
      this.#newest = line;
      if (typeof head !== 'string' && ledger.lines === head.lines) headLine = line;
    };
    this.#newest = undefined;
    const scan = new Scan(this.#folder, take);
    const rest = scan.advance();
    if (rest?.torn === false) throw this.#damaged(rest);
    const machines = new MachineFiles(this.#folder, this.location);
    for (const machine of machines.unread()) ledger.addMachine(machine);
    const notice = checkHead(head, {
      location: this.location,
      path: headPath(this.#folder),
      store: id,
      lines: ledger.lines,
      line: () => headLine,
    });
    if (notice !== undefined) this.#options.onNotice?.(notice);
    // To a reader a live writer's commit on its way looks the same.
    if (rest !== undefined && !this.#options.readOnly) this.#cut(rest);
    return { ledger, segments, machines, scan };
  }

  #damaged({ what, segment, offset, bytes }: Rest): FsmError {
    return journalDamaged(this.location, { what, details: { segment, offset, bytes } });
  }

  #cut({ segment, offset, bytes }: Rest): void {
    truncateSync(segmentPath(this.#folder, segment), offset);
    this.#options.onNotice?.(
      `${bytes} bytes of a commit that a crash had interrupted were cut from segment ${segment}; it was never acknowledged.`,
    );
  }

  /** The open session; for a reader, with what the writer has added meanwhile. */
  #current(): Session {
    const session = this.#session;
    if (session === undefined) throw storeClosed(this.location);
    if (this.#options.readOnly) {
      if (!existsSync(this.#folder)) throw storeNotFound(this.location);
      const rest = session.scan.advance();
      if (rest?.torn === false) throw this.#damaged(rest);
      for (const machine of session.machines.unread()) session.ledger.addMachine(machine);
    }
    return session;
  }

  #headRecord(id: string): HeadRecord {
    const { instance = 0, sequence = 0, hash = '' } = this.#newest ?? {};
    return { format: 1, store: id, lines: this.#session!.ledger.lines, instance, sequence, hash };
  }
}
