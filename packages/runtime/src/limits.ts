/** Named, finite and visible: what the runtime accepts. Every refusal names the limit that was met. */
export interface Limits {
  /** Characters of an event's data as JSON text. */
  readonly eventSize: number;
  /** Characters of an instance's context as JSON text. */
  readonly contextSize: number;
  /** Nesting of data and contexts. */
  readonly depth: number;
  /** Characters of ids: tenants, instances, events. */
  readonly idLength: number;
  /** Instances kept in memory; idle ones beyond it leave. */
  readonly liveInstances: number;
  /** Journal lines that may wait for their instance's record: bounds the work after a crash. */
  readonly unrecordedLines: number;
  /** Records written along with one commit, so that none takes long. */
  readonly recordsPerCommit: number;
  /** Events waiting for one instance. */
  readonly mailbox: number;
}

export const defaultLimits: Limits = {
  eventSize: 256 * 1024,
  contextSize: 1024 * 1024,
  depth: 64,
  idLength: 256,
  liveInstances: 50_000,
  unrecordedLines: 50_000,
  recordsPerCommit: 10_000,
  mailbox: 10_000,
};
