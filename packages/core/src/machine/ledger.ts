/**
 * What of a snapshot's timers or invocations changes in one step. Copies on the first write, and knows afterwards only
 * the net change: what was started and stopped within one step never reaches the host.
 */
export class Ledger<Entry extends { readonly incarnation: number }> {
  private readonly before: Readonly<Record<string, Entry>>;
  private entries: Map<string, Entry> | undefined;
  private settled: string | undefined;

  constructor(before: Readonly<Record<string, Entry>> | undefined) {
    this.before = before ?? {};
    this.entries = undefined;
    this.settled = undefined;
  }

  get(id: string): Entry | undefined {
    if (this.entries !== undefined) return this.entries.get(id);
    return Object.hasOwn(this.before, id) ? this.before[id] : undefined;
  }

  /** A new entry of an id stands behind all others, also when it replaces one. */
  set(id: string, entry: Entry): void {
    const entries = this.writable();
    entries.delete(id);
    entries.set(id, entry);
  }

  delete(id: string): void {
    if (this.get(id) !== undefined) this.writable().delete(id);
  }

  /** The entry ended by itself, so nobody has to stop it. */
  settle(id: string): void {
    this.delete(id);
    this.settled = id;
  }

  clear(): void {
    this.entries = new Map();
  }

  get changed(): boolean {
    if (this.entries === undefined) return false;
    return this.settled !== undefined || this.stopped().length > 0 || this.started().length > 0;
  }

  /** Entries there were before and are no more. */
  stopped(): [string, Entry][] {
    const stopped: [string, Entry][] = [];
    if (this.entries === undefined) return stopped;
    for (const id of Object.keys(this.before)) {
      const entry = this.before[id]!;
      if (id !== this.settled && this.entries.get(id)?.incarnation !== entry.incarnation) stopped.push([id, entry]);
    }
    return stopped;
  }

  /** Entries there were not before. */
  started(): [string, Entry][] {
    const started: [string, Entry][] = [];
    for (const [id, entry] of this.entries ?? []) {
      const known = Object.hasOwn(this.before, id) && this.before[id]!.incarnation === entry.incarnation;
      if (!known) started.push([id, entry]);
    }
    return started;
  }

  /** Everything that is there now. */
  current(): [string, Entry][] {
    return this.entries === undefined ? Object.entries(this.before) : [...this.entries];
  }

  /** For the snapshot; `undefined` when empty. */
  toRecord(): Readonly<Record<string, Entry>> | undefined {
    if (this.entries === undefined) return Object.keys(this.before).length === 0 ? undefined : this.before;
    return this.entries.size === 0 ? undefined : Object.fromEntries(this.entries);
  }

  private writable(): Map<string, Entry> {
    if (this.entries !== undefined) return this.entries;
    const entries = new Map<string, Entry>();
    for (const id of Object.keys(this.before)) entries.set(id, this.before[id]!);
    this.entries = entries;
    return entries;
  }
}
