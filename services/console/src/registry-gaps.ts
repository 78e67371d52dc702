import { lookalikesOf } from './agents/lookalikes.ts'
import { renamesAmong } from './agents/renames.ts'
import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { AgentRow } from './contract/agent-row.ts'
import type { RegistryGaps } from './contract/registry-gaps.ts'
import { firstInOrder } from './questions/first-in-order.ts'

const shownMax = 200

/** Where registry and events do not fit together, the busiest agents first. */
export async function registryGapsOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant?: string | undefined },
): Promise<RegistryGaps> {
  const tenant = tenantFor(asker, query.tenant)
  const rows = await ground.directory(tenant)
  const renames = renamesAmong(await ground.knowledge(), rows)
  const lookalikes = await lookalikesOf(ground, tenant, rows)
  return {
    as_of: ground.now(),
    lookalikes: { items: lookalikes.slice(0, shownMax), more: lookalikes.length > shownMax },
    renames: { items: renames.slice(0, shownMax), more: renames.length > shownMax },
    unowned: busiest(rows.filter(({ registered, owner }) => registered && owner === null)),
    unregistered: busiest(rows.filter(({ registered }) => !registered)),
    never_seen: busiest(rows.filter(({ state }) => state === 'never_seen')),
    unbounded: busiest(await ground.directory.unbounded(rows)),
  }
}

function busiest(found: readonly AgentRow[]): { items: AgentRow[]; more: boolean } {
  const items = firstInOrder(found, (one, other) => other.events - one.events, shownMax)
  return { items, more: found.length > items.length }
}
