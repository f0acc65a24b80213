/** One named dependency of a tenant as it is now: what an operator sees. Times are milliseconds since the epoch. */
export type Dependency = BreakerView | BulkheadView | RateView | CacheView | BatchView;

export type DependencyKind = Dependency['kind'];

export interface BreakerView {
  readonly kind: 'circuit_breaker';
  readonly name: string;
  readonly state: 'closed' | 'open' | 'half_open';
  /** An operator holds it in this state. */
  readonly forced: boolean;
  /** Calls that ended within the window, and how many of them failed. */
  readonly calls: number;
  readonly failures: number;
  /** Calls that run. */
  readonly running: number;
  /** When the next probe may go through; only while it is open. */
  readonly until?: number;
}

export interface BulkheadView {
  readonly kind: 'bulkhead';
  readonly name: string;
  readonly slots: number;
  /** An operator set the slots. */
  readonly forced: boolean;
  readonly used: number;
  readonly waiting: number;
}

export interface RateView {
  readonly kind: 'rate_limit';
  readonly name: string;
  readonly strategy: 'token_bucket' | 'sliding_window';
  readonly limit: number;
  /** Milliseconds. */
  readonly per: number;
  /** An operator set the limit. */
  readonly forced: boolean;
  /** What may be spent at once right now. */
  readonly available: number;
  readonly waiting: number;
}

export interface CacheView {
  readonly kind: 'cache';
  readonly name: string;
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
  /** Results that are being fetched. */
  readonly running: number;
}

export interface BatchView {
  readonly kind: 'batch';
  /** The function. */
  readonly name: string;
  readonly waiting: number;
  /** Calls of the function that run. */
  readonly running: number;
}

/** What an operator forces. It holds until it is taken back or the process ends. */
export interface Override {
  /** Refuse everything, let everything through, or decide by the calls again. */
  readonly circuit?: 'open' | 'closed' | 'automatic';
  /** Slots of a bulkhead; 0 holds everything back. */
  readonly slots?: number | 'automatic';
  /** Limit of a rate, in its own unit of time. */
  readonly limit?: number | 'automatic';
  /** Drop what a cache holds: all of it, or what carries one of these tags. */
  readonly invalidate?: true | readonly string[];
  /** Forget what was counted and what was forced. Whoever runs or waits is not touched. */
  readonly reset?: true;
}

/** Something happened to a dependency. */
export interface ServiceChange {
  readonly tenant: string;
  readonly kind: DependencyKind;
  readonly name: string;
  readonly at: number;
  readonly change:
    | 'opened'
    | 'half_opened'
    | 'closed'
    | 'refused'
    | 'queued'
    | 'hit'
    | 'missed'
    | 'shared'
    | 'called'
    | 'overridden';
  /** How many, where that says something: members of a batch that was called, steps that wait. */
  readonly count?: number;
}

export type Announce = (change: ServiceChange['change'], count?: number) => void;

/** The state of one dependency in memory. */
export interface Service {
  readonly kind: DependencyKind;
  readonly name: string;
  /** Whether forgetting it changes nothing: then it may be dropped. `at` is the time of the services. */
  idle(at: number): boolean;
  view(at: number): Dependency;
  /** What an operator may force. */
  readonly takes: readonly (keyof Override)[];
  /** Takes over what it understands; checked before. */
  override(change: Override, at: number): void;
}
