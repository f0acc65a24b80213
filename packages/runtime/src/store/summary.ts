import type { Owner, StoredSummary } from './store.ts';

/** The summary of an instance that has no record yet: it lags behind by all its lines. */
export function unrecordedSummary(number: number, { tenant, name }: Owner): StoredSummary {
  return {
    number,
    tenant,
    name,
    sequence: 0,
    hash: '',
    machine: '',
    status: 'active',
    wake: undefined,
    busy: true,
    configuration: '',
    at: 0,
  };
}
