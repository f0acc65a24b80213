import { storeConflict } from './errors.ts';
import type { Commit, ListQuery, Owner, StoredMachine, StoredRecord, StoredSummary } from './store.ts';
import { unrecordedSummary } from './summary.ts';
import { Wakes } from './wakes.ts';

/** What is known of one instance apart from its lines. */
export interface Account {
  readonly number: number;
  readonly owner: Owner;
  /** Of its newest line. */
  sequence: number;
  record: StoredRecord | undefined;
}

/** Names of one tenant, sorted when somebody asks for an order. */
interface Names {
  readonly numbers: Map<string, number>;
  sorted: string[] | undefined;
}

/**
 * Instances, records and machines in memory, for stores whose medium keeps only lines: memory itself and JSONL.
 * It answers everything of the port except the lines.
 */
export class Ledger {
  readonly #accounts = new Map<number, Account>();
  readonly #names = new Map<string, Names>();
  readonly #machines = new Map<string, Map<string, StoredMachine>>();
  readonly #uncovered = new Set<number>();
  readonly #busy = new Set<number>();
  readonly #wakes = new Wakes();
  lines = 0;
  lastNumber = 0;
  lastTime = 0;

  get instances(): number {
    return this.#accounts.size;
  }

  get(number: number): Account | undefined {
    return this.#accounts.get(number);
  }

  numberOf(tenant: string, name: string): number | undefined {
    return this.#names.get(tenant)?.numbers.get(name);
  }

  /** Takes a line that was checked to follow. */
  addLine(line: { instance: number; sequence: number; at: number; owner?: Owner | undefined }): void {
    const { instance, sequence, at, owner } = line;
    if (owner !== undefined && sequence === 1) {
      const { tenant, name } = owner;
      this.#accounts.set(instance, { number: instance, owner: { tenant, name }, sequence: 0, record: undefined });
      this.#namesOf(tenant).numbers.set(name, instance);
      this.#namesOf(tenant).sorted = undefined;
    }
    this.#accounts.get(instance)!.sequence = sequence;
    this.#uncovered.add(instance);
    this.lines += 1;
    if (instance > this.lastNumber) this.lastNumber = instance;
    if (at > this.lastTime) this.lastTime = at;
  }

  /** Takes a record that was checked; an older one than is known changes nothing. */
  addRecord(record: StoredRecord): void {
    const { number, sequence, busy, wake } = record;
    const account = this.#accounts.get(number)!;
    if (account.record !== undefined && account.record.sequence > sequence) return;
    account.record = { ...record };
    if (sequence === account.sequence) this.#uncovered.delete(number);
    if (busy) this.#busy.add(number);
    else this.#busy.delete(number);
    this.#wakes.set(number, wake);
  }

  addMachine(machine: StoredMachine): void {
    let machines = this.#machines.get(machine.tenant);
    if (machines === undefined) {
      machines = new Map();
      this.#machines.set(machine.tenant, machines);
    }
    if (!machines.has(machine.hash)) machines.set(machine.hash, { ...machine });
  }

  list(tenant: string, { after = '', limit }: ListQuery): readonly StoredSummary[] {
    const names = this.#names.get(tenant);
    if (names === undefined) return [];
    names.sorted ??= [...names.numbers.keys()].sort();
    const start = firstAfter(names.sorted, after);
    return names.sorted.slice(start, start + limit).map((name) => {
      const { number, owner, record } = this.#accounts.get(names.numbers.get(name)!)!;
      if (record === undefined) return unrecordedSummary(number, owner);
      const { text: _, ...summary } = record;
      return summary;
    });
  }

  tenants(): readonly string[] {
    return [...new Set([...this.#names.keys(), ...this.#machines.keys()])].sort();
  }

  unsettled(): readonly number[] {
    return [...new Set([...this.#uncovered, ...this.#busy])].sort((one, other) => one - other);
  }

  due(time: number, limit: number): readonly number[] {
    return this.#wakes.due(time, limit);
  }

  nextWake(time: number): number | undefined {
    return this.#wakes.next(time);
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    return this.#machines.get(tenant)?.get(hash);
  }

  machines(tenant: string): readonly StoredMachine[] {
    const machines = [...(this.#machines.get(tenant)?.values() ?? [])];
    return machines.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  }

  #namesOf(tenant: string): Names {
    let names = this.#names.get(tenant);
    if (names === undefined) {
      names = { numbers: new Map(), sorted: undefined };
      this.#names.set(tenant, names);
    }
    return names;
  }
}

function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Commits that were accepted and are not in the ledger yet, as far as later ones must follow them. */
export class Pending {
  readonly sequences = new Map<number, number>();
  readonly names = new Map<string, number>();

  /** A commit has reached the ledger. */
  settled({ lines }: Commit): void {
    for (const { instance, sequence, owner } of lines) {
      if (this.sequences.get(instance) === sequence) this.sequences.delete(instance);
      if (owner !== undefined) this.names.delete(nameKey(owner));
    }
  }

  clear(): void {
    this.sequences.clear();
    this.names.clear();
  }
}

/**
 * Refuses a commit that does not follow the ledger and what is pending (S4), before anything changes; otherwise adds its
 * lines to what is pending.
 *
 * @throws STORE_CONFLICT
 */
export function checkFollows(location: string, commit: Commit, ledger: Ledger, pending: Pending): void {
  const sequences = new Map<number, number>();
  const names = new Map<string, number>();
  const newestOf = (instance: number) =>
    sequences.get(instance) ?? pending.sequences.get(instance) ?? ledger.get(instance)?.sequence ?? 0;
  for (const { instance, sequence, owner } of commit.lines) {
    const newest = newestOf(instance);
    if (sequence !== newest + 1) {
      const message = `line ${sequence} of instance ${instance} after line ${newest}`;
      throw storeConflict(location, message, { instance, sequence, newest });
    }
    if (sequence === 1) {
      if (!Number.isSafeInteger(instance) || instance < 1 || owner === undefined) {
        throw storeConflict(location, `the first line of instance ${instance} without a number or an owner`, {
          instance,
        });
      }
      const { tenant, name } = owner;
      const key = nameKey(owner);
      const holder = names.get(key) ?? pending.names.get(key) ?? ledger.numberOf(tenant, name);
      if (holder !== undefined) {
        const message = `instance ${instance} has the name "${name}", which is instance ${holder}'s`;
        throw storeConflict(location, message, { instance, holder, tenant, name });
      }
      names.set(key, instance);
    }
    sequences.set(instance, sequence);
  }
  for (const { number, sequence } of commit.records) {
    const newest = newestOf(number);
    if (sequence > newest || sequence < 1) {
      const message = `a record of instance ${number} that reflects line ${sequence}; its newest is ${newest}`;
      throw storeConflict(location, message, { instance: number, sequence, newest });
    }
  }
  for (const [instance, sequence] of sequences) pending.sequences.set(instance, sequence);
  for (const [key, instance] of names) pending.names.set(key, instance);
}

function nameKey({ tenant, name }: Owner): string {
  return `${tenant}\n${name}`;
}
