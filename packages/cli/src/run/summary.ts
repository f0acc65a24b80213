/** What `fsm run --json` prints, with exactly these keys (DESIGN §7). */
export interface RunSummary {
  /** Id of the machine. */
  readonly machine: string;
  readonly instances: number;
  /** Accepted events: taken and ignored ones. */
  readonly events: number;
  readonly taken: number;
  /** Accepted, but no transition took them. */
  readonly ignored: number;
  /** Malformed lines and events the engine refused. */
  readonly rejected: number;
  /** Timers that fired. */
  readonly timers: number;
  /** Instances by active leaf path; an instance with parallel regions counts once in each. */
  readonly states: { readonly [path: string]: number };
  readonly status: { readonly active: number; readonly done: number; readonly error: number };
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

/** What was counted while the log was read. */
export interface RunCounts {
  readonly taken: number;
  readonly ignored: number;
  readonly rejected: number;
  readonly timers: number;
  readonly milliseconds: number;
}

/** Where an instance stands at the end. */
export interface EndState {
  readonly status: 'active' | 'done' | 'error' | 'destroyed';
  readonly configuration: readonly string[];
}

/** Puts the counts and the final states together. States come in the order of their paths. */
export function summarize(machine: string, counts: RunCounts, ends: Iterable<EndState>): RunSummary {
  const states = new Map<string, number>();
  const status = { active: 0, done: 0, error: 0 };
  let instances = 0;
  for (const end of ends) {
    instances += 1;
    if (end.status !== 'destroyed') status[end.status] += 1;
    for (const path of end.configuration) states.set(path, (states.get(path) ?? 0) + 1);
  }
  const events = counts.taken + counts.ignored;
  const seconds = Math.round(counts.milliseconds) / 1000;
  const sorted = [...states].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    machine,
    instances,
    events,
    taken: counts.taken,
    ignored: counts.ignored,
    rejected: counts.rejected,
    timers: counts.timers,
    states: Object.fromEntries(sorted),
    status,
    seconds,
    eventsPerSecond: counts.milliseconds > 0 ? Math.round(events / (counts.milliseconds / 1000)) : 0,
  };
}
