import { storeClosed } from './errors.ts';
import { checkFollows, Ledger, Pending } from './ledger.ts';
import type {
  Commit,
  Found,
  ListQuery,
  Store,
  StoredLine,
  StoredMachine,
  StoredSummary,
  StoreStatus,
} from './store.ts';

/**
 * A store that lasts as long as the object: for tests, simulations and trying things out.
 *
 * It is honest: lines are kept as texts and records are copied, so that nothing of what it holds changes when the engine
 * changes its own objects. Closing and opening it again finds what was committed.
 *
 * ```ts
 * const store = new MemoryStore();
 * store.open();
 * store.commit({ lines, records: [], machines: [] });
 * ```
 */
export class MemoryStore implements Store {
  readonly name = 'memory';
  readonly location = 'memory';
  readonly #ledger = new Ledger();
  readonly #pending = new Pending();
  readonly #lines = new Map<number, StoredLine[]>();
  #bytes = 0;
  #open = false;

  open(): void {
    this.#open = true;
  }

  /** @throws STORE_CONFLICT, STORE_CLOSED */
  commit(commit: Commit): void {
    this.#checkOpen();
    checkFollows(this.location, commit, this.#ledger, this.#pending);
    this.#pending.settled(commit);
    for (const line of commit.lines) {
      const { instance, sequence, text, hash } = line;
      this.#ledger.addLine(line);
      const lines = this.#lines.get(instance);
      if (lines === undefined) this.#lines.set(instance, [{ sequence, text, hash }]);
      else lines.push({ sequence, text, hash });
      this.#bytes += text.length;
    }
    for (const record of commit.records) this.#ledger.addRecord(record);
    for (const machine of commit.machines) this.#ledger.addMachine(machine);
  }

  find(tenant: string, name: string): Found | undefined {
    this.#checkOpen();
    const number = this.#ledger.numberOf(tenant, name);
    return number === undefined ? undefined : this.load(number);
  }

  load(number: number): Found | undefined {
    this.#checkOpen();
    const account = this.#ledger.get(number);
    if (account === undefined) return undefined;
    const { owner, record } = account;
    return { number, owner, record, lines: this.#lines.get(number)!.slice(record?.sequence ?? 0) };
  }

  lines(number: number, from: number, limit: number): readonly StoredLine[] {
    this.#checkOpen();
    const start = Math.max(0, from - 1);
    return this.#lines.get(number)?.slice(start, start + Math.max(0, limit)) ?? [];
  }

  list(tenant: string, query: ListQuery): readonly StoredSummary[] {
    this.#checkOpen();
    return this.#ledger.list(tenant, query);
  }

  tenants(): readonly string[] {
    this.#checkOpen();
    return this.#ledger.tenants();
  }

  unsettled(): readonly number[] {
    this.#checkOpen();
    return this.#ledger.unsettled();
  }

  due(time: number, limit: number): readonly number[] {
    this.#checkOpen();
    return this.#ledger.due(time, limit);
  }

  nextWake(time: number): number | undefined {
    this.#checkOpen();
    return this.#ledger.nextWake(time);
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    this.#checkOpen();
    return this.#ledger.machine(tenant, hash);
  }

  machines(tenant: string): readonly StoredMachine[] {
    this.#checkOpen();
    return this.#ledger.machines(tenant);
  }

  status(): StoreStatus {
    this.#checkOpen();
    const { lines, instances, lastNumber, lastTime } = this.#ledger;
    return { lines, instances, lastNumber, lastTime, bytes: this.#bytes };
  }

  close(): void {
    this.#open = false;
  }

  #checkOpen(): void {
    if (!this.#open) throw storeClosed(this.location);
  }
}
