import type { Query, Store } from '@straylight/runtime/store/store'
import type { TenantHistory } from '@straylight/schemas/knowledge'
import { z } from 'zod'

/** Tenants that a version names, the longest known first. What is beyond counts as learning. */
const tenantsMax = 100_000

const TenantRow = z.object({ tenant: z.string(), vetted: z.number(), since: z.number() })

/**
 * Since when each tenant has been known, by the log's time, and whether somebody vouched for a part of its history: `vetted = 1` are hours
 * of an import. One row an agent and hour is small beside the events, and the key begins with the tenant.
 */
const tenantRows: Query<Record<string, never>, z.infer<typeof TenantRow>> = {
  name: 'history of tenants',
  sql: `
SELECT tenant, max(vetted = 1) AS vetted, toInt64(toUnixTimestamp64Milli(min(first_log_time))) AS since
FROM agent_hours
WHERE events > 0
GROUP BY tenant
ORDER BY since, tenant
LIMIT ${tenantsMax}`,
  row: TenantRow,
}

/** What a version says of each tenant's history: how far it has learnt what is usual there. */
export async function tenantHistories(store: Store): Promise<TenantHistory[]> {
  return (await store.query(tenantRows, {})).map(({ vetted, ...of }) => ({ ...of, vetted: vetted === 1 }))
}
