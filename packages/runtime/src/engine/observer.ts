import type { ErrorRecord, FsmError, Json, MachineEvent } from '@fsm/core';
import type { LogLevel } from '@fsm/effects';

/** Whose it is. */
export interface Origin {
  readonly tenant: string;
  readonly instance: string;
}

/**
 * What the runtime tells whoever watches. Everything has already been committed when it is told; after a crash `emit` and
 * `log` may be told again or not at all, for watching is not part of the journal.
 */
export interface RuntimeObserver {
  emit?(told: Origin & { readonly event: MachineEvent }): void;
  log?(told: Origin & { readonly level: LogLevel; readonly message: Json }): void;
  /** An instance ended because its machine failed on a timer or an outcome. */
  fault?(told: Origin & { readonly error: ErrorRecord }): void;
  /** An instance cannot be loaded; the others go on. */
  refused?(told: Origin & { readonly error: FsmError }): void;
  /** The store failed: nothing is accepted any more. */
  broken?(error: unknown): void;
}
