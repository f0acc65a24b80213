import type { Tenant } from '@fsm/runtime';
import type { EndState } from './summary.ts';

const pageSize = 10_000;
const linesAtOnce = 10_000;

/** Where the named instances stand. */
export async function endStates(tenant: Tenant, names: { has(name: string): boolean }): Promise<EndState[]> {
  const ends: EndState[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const page = await tenant.list({ limit: pageSize, ...(after === undefined ? undefined : { after }) });
    for (const { instance, status, configuration } of page.items) {
      if (names.has(instance)) ends.push({ status, configuration });
    }
    after = page.next;
    more = after !== undefined;
  }
  return ends;
}

/** How many timers the named instances ever fired, by their journals: also those of runs that were killed. */
export async function timersFired(tenant: Tenant, names: Iterable<string>): Promise<number> {
  let timers = 0;
  for (const name of names) {
    for (let from = 1, more = true; more; from += linesAtOnce) {
      const entries = await tenant.history(name, { from, limit: linesAtOnce });
      for (const entry of entries) if (entry.kind === 'timer') timers += 1;
      more = entries.length === linesAtOnce;
    }
  }
  return timers;
}
