interface Wake {
  readonly time: number;
  readonly number: number;
}

/**
 * Instances by the time at which they want to be woken: a binary heap that is read without being taken apart.
 *
 * A changed wish leaves its old entry in the heap; an entry counts only while it is the instance's present wish.
 */
export class Wakes {
  readonly #wishes = new Map<number, number>();
  #heap: Wake[] = [];

  set(number: number, time: number | undefined): void {
    if (this.#wishes.get(number) === time) return;
    if (time === undefined) {
      this.#wishes.delete(number);
    } else {
      this.#wishes.set(number, time);
      this.#push({ time, number });
    }
    if (this.#heap.length > 2 * this.#wishes.size + 64) this.#rebuild();
  }

  /** Instances that want to be woken at or before `time`, earliest first. */
  due(time: number, limit: number): number[] {
    const found: Wake[] = [];
    this.#visit((wake) => {
      if (wake.time > time) return false;
      found.push(wake);
      return true;
    });
    found.sort(compare);
    return found.slice(0, limit).map(({ number }) => number);
  }

  /** The earliest wish after `time`. */
  next(time: number): number | undefined {
    let earliest: number | undefined;
    this.#visit((wake) => {
      if (wake.time <= time) return true;
      if (earliest === undefined || wake.time < earliest) earliest = wake.time;
      return false;
    });
    return earliest;
  }

  /**
   * Shows present wishes from the top of the heap downwards; below one for which `visitor` returns false there are only
   * later ones, which are not shown.
   */
  #visit(visitor: (wake: Wake) => boolean): void {
    const seen = new Set<number>();
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const wake = this.#heap[index];
      if (wake === undefined) continue;
      const present = this.#wishes.get(wake.number) === wake.time;
      if (present && !seen.has(wake.number)) {
        seen.add(wake.number);
        if (!visitor(wake)) continue;
      }
      open.push(2 * index + 1, 2 * index + 2);
    }
  }

  #push(wake: Wake): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(wake);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (compare(heap[parent]!, wake) <= 0) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = wake;
  }

  #rebuild(): void {
    // A sorted list is a heap.
    this.#heap = Array.from(this.#wishes, ([number, time]) => ({ time, number })).sort(compare);
  }
}

function compare(one: Wake, other: Wake): number {
  return one.time - other.time || one.number - other.number;
}
