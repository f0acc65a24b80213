import type { StepRecord } from '../host.ts';
import { MemoryHost, type MemoryHostOptions } from '../memory-host.ts';

/** Milliseconds. */
const stopTime = 1_000;

/** A host in memory that can say afterwards what was recorded, so that what an execution did can be undone. */
export class RecollectingHost extends MemoryHost {
  override readonly forgets: boolean;
  readonly #options: MemoryHostOptions;
  readonly #facts: Map<string, StepRecord> | undefined;
  readonly #known: ReadonlyMap<string, StepRecord> | undefined;
  readonly #patience = new Set<AbortController>();

  /** Without `keeps` it forgets like any host in memory: an effect that owes nothing needs no records. */
  constructor(options: MemoryHostOptions, keeps: boolean, known?: ReadonlyMap<string, StepRecord>) {
    super(options);
    this.forgets = !keeps && known === undefined;
    this.#options = options;
    this.#facts = keeps ? new Map(known) : undefined;
    this.#known = known;
  }

  override recorded(path: string): StepRecord | undefined {
    return this.#known?.get(path);
  }

  override record(path: string, step: StepRecord): void {
    this.#facts?.set(path, { ...this.#facts.get(path), ...step });
  }

  /** A leaf that goes on for so long after it was told to stop is reported as detached. */
  abandoned(leaf: { readonly path: string; readonly kind: string }, stopped: Promise<void>): void {
    const { progress } = this;
    if (progress === undefined) return;
    const patience = new AbortController();
    this.#patience.add(patience);
    this.sleepUntil(this.now() + stopTime, patience.signal).then(
      () => progress({ ...leaf, phase: 'detached', at: this.now() }),
      () => {},
    );
    void stopped.then(() => {
      if (this.#patience.delete(patience)) patience.abort();
    });
  }

  /** Nobody wants to know any more who goes on regardless. */
  close(): void {
    for (const patience of this.#patience) patience.abort();
    this.#patience.clear();
  }

  /** A host for the same execution that knows what this one recorded, and that nobody has aborted. */
  recollecting(): RecollectingHost {
    const { signal: _, ...options } = this.#options;
    return new RecollectingHost(options, true, this.#facts);
  }
}
