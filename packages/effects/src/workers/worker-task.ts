import type { ErrorNext, ErrorRecord, Json } from '@fsm/core';

/** What is sent to a thread. */
export interface WorkerTask {
  /** URL of the module. */
  readonly module: string;
  /** Name of the function in it. */
  readonly name: string;
  readonly params: unknown;
  readonly call: WorkerCall;
}

/** What a function in a thread may know about the call: its second argument. */
export interface WorkerCall {
  /** The idempotency key: the same in every life of the execution and in every attempt of a retry. */
  readonly key: string;
  readonly instance: string;
  readonly tenant: string;
  /** Which attempt of the innermost `retry` this is, from 1. */
  readonly attempt: number;
}

/** What comes back. Errors are told as data, because an error loses its code on the way between threads. */
export type WorkerAnswer = { readonly output: Json } | { readonly error: ErrorRecord & { readonly next: ErrorNext } };
