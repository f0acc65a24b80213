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
  /** Journal lines after which an instance is given a fresh record, at the latest after twice as many: bounds the work after a crash. */
  readonly unrecordedLines: number;
  /** Events waiting for one instance. */
  readonly mailbox: number;
  /** Events waiting for one instance while the effect before a transition runs. */
  readonly queue: number;
  /** Milliseconds an effect before a transition may take, unless it is itself a `timeout`. */
  readonly beforeTime: number;
  /** Milliseconds after which an effect that was told to stop, and has not, is reported as detached. */
  readonly stopTime: number;
  /** Instances that may listen to all instances of a machine, and as many again to each single one. */
  readonly subscribers: number;
  /** Events that one decision may send to listeners. */
  readonly notices: number;
  /** Length of a chain in which an event to a listener leads to the next. */
  readonly hops: number;
  /** How many ancestors an instance may have that other instances created. */
  readonly spawnDepth: number;
  /** Milliseconds a hook of a plugin may take. */
  readonly pluginTime: number;
  /** Reports of one instance that may wait for a slow hook. */
  readonly pluginBacklog: number;
}

export const defaultLimits: Limits = {
  eventSize: 256 * 1024,
  contextSize: 1024 * 1024,
  depth: 64,
  idLength: 256,
  liveInstances: 50_000,
  unrecordedLines: 50_000,
  mailbox: 10_000,
  queue: 1000,
  beforeTime: 5 * 60_000,
  stopTime: 5000,
  subscribers: 10_000,
  notices: 100_000,
  hops: 100,
  spawnDepth: 32,
  pluginTime: 1000,
  pluginBacklog: 1000,
};
