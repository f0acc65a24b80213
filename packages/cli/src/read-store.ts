import { FsmError } from '@fsm/core';
import { openRuntime, type Tenant } from '@fsm/runtime';

/** Opens a store for looking only, beside whoever writes it, hands out the tenant, and closes it again. */
export async function readStore<T>(db: string, tenant: string, look: (tenant: Tenant) => Promise<T>): Promise<T> {
  const runtime = await openRuntime({ store: db, readOnly: true });
  try {
    return await look(runtime.tenant(tenant)).catch(async (error: unknown) => {
      throw await withTenants(error, tenant, () => runtime.tenants());
    });
  } finally {
    await runtime.close();
  }
}

/** An instance may be unknown only because its tenant is another one. */
async function withTenants(error: unknown, asked: string, read: () => Promise<readonly string[]>): Promise<unknown> {
  if (!FsmError.is(error) || error.code !== 'INSTANCE_UNKNOWN') return error;
  const tenants = await read();
  if (tenants.includes(asked)) return error;
  return new FsmError(error.code, error.message, { hint: tenantHint(tenants), details: { tenants } });
}

export function tenantHint(tenants: readonly string[]): string {
  if (tenants.length === 0) return 'The store is empty: run a machine with this --db first.';
  return `The store has the tenants ${tenants.slice(0, 10).join(', ')}: name one with --tenant.`;
}
