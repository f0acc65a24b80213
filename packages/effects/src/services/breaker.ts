import type { Announce, BreakerView, Override, Service } from './dependency.ts';

export interface BreakerSettings {
  /** 1 or more: so many failures; below 1: that share of the calls. */
  readonly failures: number;
  /** What is looked back on: milliseconds, or the last so many calls. */
  readonly window: number | { readonly calls: number };
  /** Fewer calls than that in the window decide nothing. */
  readonly minimum: number;
  /** Milliseconds. */
  readonly openFor: number;
  readonly probes: number;
}

/** `dropped`: nobody knows, because the call was cancelled. */
export type CallOutcome = 'succeeded' | 'failed' | 'dropped';

export type Admission =
  | { readonly admitted: true; end(outcome: CallOutcome, at: number): void }
  | {
      readonly admitted: false;
      readonly state: 'open' | 'half_open';
      readonly forced: boolean;
      readonly until: number;
    };

/** The period of calls that count for nothing. */
const noPeriod = -1;

/** A window of time is counted in so many parts. */
const parts = 10;

/** Unused for so long, counts of the last calls say nothing any more. Milliseconds. */
const forgetAfter = 60 * 60 * 1000;

/**
 * Counts how calls of one dependency end, and lets none through for a while when too many fail.
 *
 * K1  closed: all go through. When the window holds `minimum` calls and `failures` of them failed, it opens.
 * K2  open: none goes through for `openFor`; the next one after that makes it half-open.
 * K3  half-open: at most `probes` calls go through. When all of them succeeded it closes, with the first that fails it
 *     opens again. A probe that was cancelled gives its turn back.
 * K4  What a call from before the last change of state comes to counts for nothing.
 * K5  The settings of the latest call hold.
 */
export class Breaker implements Service {
  readonly kind = 'circuit_breaker';
  readonly name: string;
  readonly takes: readonly (keyof Override)[] = ['circuit', 'reset'];
  readonly #announce: Announce;
  #state: 'closed' | 'open' | 'half_open' = 'closed';
  #forced: 'open' | 'closed' | undefined;
  #until = 0;
  /** Changes with the state: tells late outcomes from those that count. */
  #period = 0;
  #probing = 0;
  #proven = 0;
  #running = 0;
  #samples: Samples | undefined;
  #settings: BreakerSettings | undefined;
  #used = 0;

  constructor(name: string, announce: Announce) {
    this.name = name;
    this.#announce = announce;
  }

  ask(settings: BreakerSettings, at: number): Admission {
    this.#settings = settings;
    this.#used = at;
    if (this.#forced === 'closed') return this.#admit();
    if (this.#forced === 'open') return this.#refuse('open', true);
    if (this.#state === 'open') {
      if (at < this.#until) return this.#refuse('open', false);
      this.#change('half_open');
      this.#announce('half_opened');
    }
    if (this.#state === 'half_open') {
      if (this.#probing + this.#proven >= settings.probes) return this.#refuse('half_open', false);
      this.#probing += 1;
    }
    return this.#admit();
  }

  /** For a call that an earlier life began: it goes on, and what it comes to counts as long as the circuit is closed. */
  readmit(settings: BreakerSettings, at: number): Admission {
    this.#settings = settings;
    this.#used = at;
    const counts = this.#state === 'closed';
    return this.#admit(counts ? this.#period : noPeriod);
  }

  idle(at: number): boolean {
    if (this.#state !== 'closed' || this.#forced !== undefined || this.#running > 0) return false;
    return this.#samples === undefined || at - this.#used > forgetAfter || this.#samples.count(at).calls === 0;
  }

  view(at: number): BreakerView {
    const { calls, failures } = this.#samples?.count(at) ?? { calls: 0, failures: 0 };
    const state = this.#forced ?? this.#state;
    const { kind, name } = this;
    const until = state === 'open' && this.#forced === undefined ? { until: this.#until } : undefined;
    return { kind, name, state, forced: this.#forced !== undefined, calls, failures, running: this.#running, ...until };
  }

  override({ circuit, reset }: Override): void {
    if (circuit !== undefined) this.#forced = circuit === 'automatic' ? undefined : circuit;
    if (reset) {
      this.#forced = undefined;
      this.#samples = undefined;
      this.#change('closed');
    }
  }

  #admit(period = this.#period): Admission {
    let over = false;
    this.#running += 1;
    return {
      admitted: true,
      end: (outcome, at) => {
        if (over) return;
        over = true;
        this.#running -= 1;
        if (period === this.#period) this.#ended(outcome, at);
      },
    };
  }

  #refuse(state: 'open' | 'half_open', forced: boolean): Admission {
    this.#announce('refused');
    return { admitted: false, state, forced, until: this.#until };
  }

  #ended(outcome: CallOutcome, at: number): void {
    const settings = this.#settings!;
    if (this.#state === 'half_open') {
      this.#probing -= 1;
      if (outcome === 'failed') this.#open(at);
      else if (outcome === 'succeeded') {
        this.#proven += 1;
        if (this.#proven >= settings.probes) {
          this.#samples = undefined;
          this.#change('closed');
          this.#announce('closed');
        }
      }
      return;
    }
    if (outcome === 'dropped') return;
    if (this.#samples?.fits(settings.window) !== true) this.#samples = samplesFor(settings.window);
    this.#samples.add(outcome === 'failed', at);
    if (outcome === 'failed' && this.#forced === undefined && this.#tooMany(settings, at)) this.#open(at);
  }

  #tooMany({ failures: most, minimum }: BreakerSettings, at: number): boolean {
    const { calls, failures } = this.#samples!.count(at);
    return calls >= minimum && failures >= (most < 1 ? most * calls : most);
  }

  #open(at: number): void {
    this.#until = at + this.#settings!.openFor;
    this.#samples = undefined;
    this.#change('open');
    this.#announce('opened');
  }

  #change(state: 'closed' | 'open' | 'half_open'): void {
    this.#state = state;
    this.#period += 1;
    this.#probing = 0;
    this.#proven = 0;
  }
}

interface Samples {
  fits(window: BreakerSettings['window']): boolean;
  add(failed: boolean, at: number): void;
  count(at: number): { readonly calls: number; readonly failures: number };
}

function samplesFor(window: BreakerSettings['window']): Samples {
  return typeof window === 'number' ? new TimeSamples(window) : new CallSamples(window.calls);
}

/** The calls of a window of time, in parts: what is older than the window leaves part by part. */
class TimeSamples implements Samples {
  readonly #window: number;
  readonly #part: number;
  #counts: { readonly part: number; calls: number; failures: number }[] = [];

  constructor(window: number) {
    this.#window = window;
    this.#part = Math.max(window / parts, 1);
  }

  fits(window: BreakerSettings['window']): boolean {
    return window === this.#window;
  }

  add(failed: boolean, at: number): void {
    const part = Math.floor(at / this.#part);
    let last = this.#counts.at(-1);
    if (last?.part !== part) {
      this.#expire(at);
      last = { part, calls: 0, failures: 0 };
      this.#counts.push(last);
    }
    last.calls += 1;
    if (failed) last.failures += 1;
  }

  count(at: number): { readonly calls: number; readonly failures: number } {
    this.#expire(at);
    let calls = 0;
    let failures = 0;
    for (const count of this.#counts) {
      calls += count.calls;
      failures += count.failures;
    }
    return { calls, failures };
  }

  #expire(at: number): void {
    const oldest = at - this.#window;
    while (this.#counts.length > 0 && (this.#counts[0]!.part + 1) * this.#part <= oldest) this.#counts.shift();
  }
}

/** The last so many calls. */
class CallSamples implements Samples {
  readonly #size: number;
  readonly #ring: boolean[] = [];
  #next = 0;
  #failures = 0;

  constructor(size: number) {
    this.#size = size;
  }

  fits(window: BreakerSettings['window']): boolean {
    return typeof window === 'object' && window.calls === this.#size;
  }

  add(failed: boolean): void {
    if (this.#ring[this.#next] === true) this.#failures -= 1;
    this.#ring[this.#next] = failed;
    this.#next = (this.#next + 1) % this.#size;
    if (failed) this.#failures += 1;
  }

  count(): { readonly calls: number; readonly failures: number } {
    return { calls: this.#ring.length, failures: this.#failures };
  }
}
