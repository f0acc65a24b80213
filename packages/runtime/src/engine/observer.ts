import type { ErrorRecord, FsmError, Json, MachineEvent } from '@fsm/core';
import type { LogLevel } from '@fsm/effects';

/** Whose it is. */
export interface Origin {
  readonly tenant: string;
  readonly instance: string;
}

/** What a plugin did wrong. */
export interface PluginTrouble {
  readonly plugin: string;
  readonly hook: string | undefined;
  /** The journal line it was called for. */
  readonly sequence: number;
  readonly trouble: 'failed' | 'slow' | 'missed';
  readonly error: unknown;
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
  /** Listeners do not get an event of this instance: making it failed, or a limit was met. */
  unheard?(told: Origin & { readonly error: FsmError }): void;
  /** A hook of a plugin failed or took too long, or lines were not reported to it; the instance goes on. */
  plugin?(told: Origin & PluginTrouble): void;
  /** An effect was told to stop and goes on after `limits.stopTime`: nothing it does counts, but it still uses resources. */
  detached?(told: Origin & { readonly invocation: string; readonly path: string; readonly kind: string }): void;
  /** An instance cannot be loaded; the others go on. */
  refused?(told: Origin & { readonly error: FsmError }): void;
  /** The store failed: nothing is accepted any more. */
  broken?(error: unknown): void;
}
