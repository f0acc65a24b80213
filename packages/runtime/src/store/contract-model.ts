import { CHAIN_START, chainHash } from './chain.ts';
import type {
  Commit,
  Found,
  Line,
  ListQuery,
  Owner,
  StoredLine,
  StoredMachine,
  StoredRecord,
  StoredSummary,
  StoreStatus,
} from './store.ts';
import { unrecordedSummary } from './summary.ts';

interface ModelInstance {
  readonly owner: Owner;
  readonly lines: (StoredLine & { readonly at: number })[];
  record: StoredRecord | undefined;
}

/** The simplest store one can think of, to compare real ones with; it also makes commits that follow what it holds. */
export class StoreModel {
  readonly instances = new Map<number, ModelInstance>();
  readonly #machines: StoredMachine[] = [];
  #time = 1_700_000_000_000;

  /** The next line of an instance; the first one when it is new. Not added yet, so `ahead` lines may lie between. */
  line(instance: number, text: string, owner?: Owner, before: readonly Line[] = []): Line {
    const own = before.filter((line) => line.instance === instance);
    const newest = own.at(-1) ?? this.instances.get(instance)?.lines.at(-1);
    this.#time += 1;
    const sequence = (newest?.sequence ?? 0) + 1;
    const hash = chainHash(newest?.hash ?? CHAIN_START, text);
    return { instance, sequence, at: this.#time, text, hash, ...(owner === undefined ? undefined : { owner }) };
  }

  /** A record of an instance that reflects line `sequence`, which is stored or among `lines`. */
  record(number: number, sequence: number, lines: readonly Line[], fields: Partial<StoredRecord> = {}): StoredRecord {
    const fresh = lines.find((line) => line.instance === number && line.sequence === sequence);
    const known = this.instances.get(number);
    const { hash, at } = fresh ?? known!.lines[sequence - 1]!;
    const owner = known?.owner ?? lines.find((line) => line.instance === number && line.sequence === 1)!.owner!;
    return {
      number,
      ...owner,
      sequence,
      hash,
      machine: 'm1',
      status: 'active',
      wake: undefined,
      busy: false,
      configuration: 'a.b,c',
      at,
      text: JSON.stringify({ number, sequence }),
      ...fields,
    };
  }

  apply({ lines, records, machines }: Commit): void {
    for (const { instance, sequence, text, hash, at, owner } of lines) {
      if (sequence === 1) this.instances.set(instance, { owner: owner!, lines: [], record: undefined });
      this.instances.get(instance)!.lines.push({ sequence, text, hash, at });
    }
    for (const record of records) {
      const instance = this.instances.get(record.number)!;
      if ((instance.record?.sequence ?? 0) <= record.sequence) instance.record = record;
    }
    for (const machine of machines) {
      if (this.machine(machine.tenant, machine.hash) === undefined) this.#machines.push(machine);
    }
  }

  forgetRecords(): void {
    for (const instance of this.instances.values()) instance.record = undefined;
  }

  load(number: number): Found | undefined {
    const instance = this.instances.get(number);
    if (instance === undefined) return undefined;
    const { owner, record } = instance;
    return { number, owner, record, lines: this.lines(number, (record?.sequence ?? 0) + 1, Infinity) };
  }

  find(tenant: string, name: string): Found | undefined {
    for (const [number, { owner }] of this.instances) {
      if (owner.tenant === tenant && owner.name === name) return this.load(number);
    }
    return undefined;
  }

  lines(number: number, from: number, limit: number): StoredLine[] {
    const lines = this.instances.get(number)?.lines ?? [];
    return lines
      .filter(({ sequence }) => sequence >= from)
      .slice(0, limit)
      .map(({ sequence, text, hash }) => ({ sequence, text, hash }));
  }

  list(tenant: string, { after = '', limit }: ListQuery): StoredSummary[] {
    return [...this.instances]
      .filter(([, { owner }]) => owner.tenant === tenant && owner.name > after)
      .sort(([, one], [, other]) => (one.owner.name < other.owner.name ? -1 : 1))
      .slice(0, limit)
      .map(([number, { owner, record }]) => {
        if (record === undefined) return unrecordedSummary(number, owner);
        const { text: _, ...summary } = record;
        return summary;
      });
  }

  tenants(): string[] {
    const tenants = new Set(this.#machines.map(({ tenant }) => tenant));
    for (const { owner } of this.instances.values()) tenants.add(owner.tenant);
    return [...tenants].sort();
  }

  unsettled(): number[] {
    return [...this.instances]
      .filter(([, { record, lines }]) => record === undefined || record.busy || record.sequence < lines.length)
      .map(([number]) => number)
      .sort((one, other) => one - other);
  }

  due(time: number, limit: number): number[] {
    return this.#wishes()
      .filter(({ wake }) => wake <= time)
      .sort((one, other) => one.wake - other.wake || one.number - other.number)
      .slice(0, limit)
      .map(({ number }) => number);
  }

  nextWake(time: number): number | undefined {
    const later = this.#wishes().filter(({ wake }) => wake > time);
    return later.length === 0 ? undefined : Math.min(...later.map(({ wake }) => wake));
  }

  machine(tenant: string, hash: string): StoredMachine | undefined {
    return this.#machines.find((machine) => machine.tenant === tenant && machine.hash === hash);
  }

  machines(tenant: string): StoredMachine[] {
    return this.#machines.filter((machine) => machine.tenant === tenant);
  }

  status(): Omit<StoreStatus, 'bytes'> {
    const all = [...this.instances.values()].flatMap(({ lines }) => lines);
    return {
      lines: all.length,
      instances: this.instances.size,
      lastNumber: Math.max(0, ...this.instances.keys()),
      lastTime: Math.max(0, ...all.map(({ at }) => at)),
    };
  }

  #wishes(): { readonly number: number; readonly wake: number }[] {
    return [...this.instances].flatMap(([number, { record }]) =>
      record?.wake === undefined ? [] : [{ number, wake: record.wake }],
    );
  }
}
