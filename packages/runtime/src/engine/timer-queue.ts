/** An armed timer of a live instance. Entries are never removed one by one: a stale one is dropped when its turn comes. */
export interface TimerEntry {
  readonly due: number;
  /** Number of the instance. */
  readonly instance: number;
  readonly timer: string;
  readonly incarnation: number;
  /** Instead of a timer: a sleeping execution to wake. */
  readonly wake?: () => void;
}

/**
 * A binary heap of timers, earliest first; timers due together fire by instance, then in the order they were armed,
 * so that two runs over the same events fire in the same order.
 */
export class TimerQueue {
  #heap: TimerEntry[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): TimerEntry | undefined {
    return this.#heap[0];
  }

  push(entry: TimerEntry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  pop(): TimerEntry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }

  /** Forgets the entries that `keep` refuses: called when many instances left memory. */
  sweep(keep: (entry: TimerEntry) => boolean): void {
    const kept = this.#heap.filter(keep);
    this.#heap = [];
    for (const entry of kept) this.push(entry);
  }
}

function before(a: TimerEntry, b: TimerEntry): boolean {
  if (a.due !== b.due) return a.due < b.due;
  if (a.instance !== b.instance) return a.instance < b.instance;
  return a.incarnation < b.incarnation;
}
