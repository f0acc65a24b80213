import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Found, ListQuery, Owner, StoredLine, StoredMachine, StoredRecord, StoredSummary } from '../store.ts';
import { unrecordedSummary } from '../summary.ts';
import { row, rows } from './database.ts';
import { History } from './history.ts';
import type { Head, Tail } from './tail.ts';

interface SummaryRow {
  readonly number: number;
  readonly tenant: string;
  readonly name: string;
  readonly sequence: number;
  readonly hash: string;
  readonly machine: string;
  readonly status: StoredSummary['status'];
  readonly wake: number | null;
  readonly busy: number;
  readonly configuration: string;
  readonly at: number;
}

interface RecordRow extends SummaryRow {
  readonly head: number;
  readonly record: string;
}

interface MachineRow extends Omit<StoredMachine, 'version'> {
  readonly version: string | null;
}

const summary = 'number, tenant, name, sequence, hash, machine, status, wake, busy, configuration, at';

/** Every question the port asks: records from the tables, what they do not cover from the tail. */
export class Reads {
  readonly #tail: Tail;
  readonly #history: History;
  readonly #byNumber: StatementSync;
  readonly #byName: StatementSync;
  readonly #headOf: StatementSync;
  readonly #numberOf: StatementSync;
  readonly #list: StatementSync;
  readonly #busy: StatementSync;
  readonly #due: StatementSync;
  readonly #nextWake: StatementSync;
  readonly #nextTenant: StatementSync;
  readonly #machine: StatementSync;
  readonly #machines: StatementSync;

  constructor(database: DatabaseSync, tail: Tail, location: string) {
    this.#tail = tail;
    this.#history = new History(database, location);
    this.#byNumber = database.prepare(`SELECT ${summary}, head, record FROM instances WHERE number = ?`);
    this.#byName = database.prepare(`SELECT ${summary}, head, record FROM instances WHERE tenant = ? AND name = ?`);
    this.#headOf = database.prepare('SELECT sequence, head AS n FROM instances WHERE number = ?');
    this.#numberOf = database.prepare('SELECT number FROM instances WHERE tenant = ? AND name = ?');
    this.#list = database.prepare(
      `SELECT ${summary} FROM instances WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?`,
    );
    this.#busy = database.prepare('SELECT number FROM instances WHERE busy = 1 ORDER BY number');
    this.#due = database.prepare('SELECT number FROM instances WHERE wake <= ? ORDER BY wake, number LIMIT ?');
    this.#nextWake = database.prepare('SELECT min(wake) AS wake FROM instances WHERE wake > ?');
    this.#nextTenant = database.prepare(`
      SELECT min(tenant) AS tenant FROM (
        SELECT min(tenant) AS tenant FROM instances WHERE tenant > ?1
        UNION ALL SELECT min(tenant) FROM machines WHERE tenant > ?1)`);
    this.#machine = database.prepare(
      'SELECT tenant, hash, id, version, text FROM machines WHERE tenant = ? AND hash = ?',
    );
    this.#machines = database.prepare(
      'SELECT tenant, hash, id, version, text FROM machines WHERE tenant = ? ORDER BY id, rowid',
    );
  }

  /** The newest line of an instance whose record covers all its lines. */
  recordedHead(instance: number): Head | undefined {
    return row<Head>(this.#headOf, instance);
  }

  numberOf(tenant: string, name: string): number | undefined {
    return this.#tail.numberOf(tenant, name) ?? row<{ number: number }>(this.#numberOf, tenant, name)?.number;
  }

  find(tenant: string, name: string): Found | undefined {
    const number = this.#tail.numberOf(tenant, name);
    if (number !== undefined) return this.#unrecorded(number);
    const found = row<RecordRow>(this.#byName, tenant, name);
    return found === undefined ? undefined : this.#recorded(found);
  }

  load(number: number): Found | undefined {
    if (this.#tail.get(number)?.owner !== undefined) return this.#unrecorded(number);
    const found = row<RecordRow>(this.#byNumber, number);
    return found === undefined ? undefined : this.#recorded(found);
  }

  lines(number: number, from: number, limit: number): readonly StoredLine[] {
    const head = this.#head(number);
    const first = Math.max(1, from);
    if (head === undefined || first > head.sequence || limit < 1) return [];
    return this.#history.range(number, head, first, Math.min(head.sequence, first + limit - 1));
  }

  list(tenant: string, { after = '', limit }: ListQuery): readonly StoredSummary[] {
    const found = rows<SummaryRow>(this.#list, tenant, after, limit).map(summaryOf);
    const unrecorded: StoredSummary[] = [];
    for (const { number, owner } of this.#tail.unrecorded()) {
      if (owner.tenant === tenant && owner.name > after) unrecorded.push(unrecordedSummary(number, owner));
    }
    if (unrecorded.length === 0) return found;
    return [...found, ...unrecorded].sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, limit);
  }

  tenants(): readonly string[] {
    const tenants = new Set<string>();
    for (const { owner } of this.#tail.unrecorded()) tenants.add(owner.tenant);
    for (let tenant = ''; ; ) {
      const next = row<{ tenant: string | null }>(this.#nextTenant, tenant)?.tenant;
      if (next === null || next === undefined) break;
      tenants.add(next);
      tenant = next;
    }
    return [...tenants].sort();
  }

  unsettled(): readonly number[] {
    const numbers = new Set(this.#tail.numbers());
    for (const { number } of rows<{ number: number }>(this.#busy)) numbers.add(number);
    return [...numbers].sort((one, other) => one - other);
  }

  due(time: number, limit: number): readonly number[] {
    return rows<{ number: number }>(this.#due, time, limit).map(({ number }) => number);
  }

  nextWake(time: number): number | undefined {
    return row<{ wake: number | null }>(this.#nextWake, time)?.wake ?? undefined;
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    const found = row<MachineRow>(this.#machine, tenant, hash);
    return found === undefined ? undefined : machineOf(found);
  }

  machines(tenant: string): readonly StoredMachine[] {
    return rows<MachineRow>(this.#machines, tenant).map(machineOf);
  }

  #head(number: number): Head | undefined {
    const uncovered = this.#tail.get(number);
    if (uncovered === undefined) return this.recordedHead(number);
    const { recorded, rows: after } = uncovered;
    return { sequence: recorded + after.length, n: after.at(-1)! };
  }

  #unrecorded(number: number): Found {
    const { owner, rows: numbers } = this.#tail.get(number)!;
    return { number, owner: owner as Owner, record: undefined, lines: this.#tailLines(number, 0, numbers) };
  }

  #recorded(found: RecordRow): Found {
    const { number, tenant, name } = found;
    const record: StoredRecord = { ...summaryOf(found), text: found.record };
    const after = this.#tail.get(number)?.rows ?? [];
    return { number, owner: { tenant, name }, record, lines: this.#tailLines(number, found.sequence, after) };
  }

  #tailLines(number: number, after: number, numbers: readonly number[]): StoredLine[] {
    return numbers.map((n, index) => this.#history.at(n, number, after + index + 1));
  }
}

function summaryOf(found: SummaryRow): StoredSummary {
  const { number, tenant, name, sequence, hash, machine, status, wake, busy, configuration, at } = found;
  return {
    number,
    tenant,
    name,
    sequence,
    hash,
    machine,
    status,
    wake: wake ?? undefined,
    busy: busy === 1,
    configuration,
    at,
  };
}

function machineOf({ tenant, hash, id, version, text }: MachineRow): StoredMachine {
  return { tenant, hash, id, version: version ?? undefined, text };
}
