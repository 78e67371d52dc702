import type { AgentStanding } from './agent-standings.ts'
import { agentsMax } from './agents-max.ts'
import { fairShares } from './fair-shares.ts'
import type { RegistryView } from './registry-view.ts'

/** So many stay once the bound is passed, so that the next newcomer does not sort them all again. */
const agentsKept = Math.floor(agentsMax * 0.95)

/** Drops what is beyond the bound: of tenants with more than a fair share, those agents that are missed least; of registered ones none. Whether any was dropped. */
export function keepShares(standings: Map<string, AgentStanding>, registry: RegistryView): boolean {
  if (standings.size <= agentsMax) return false
  const strangers = [...standings].filter(([, standing]) => registry.agent(standing) === undefined)
  if (strangers.length <= agentsMax) return false
  const groups = byTenant(strangers, ([, { tenant }]) => tenant)
  const shares = fairShares(new Map([...groups].map(([tenant, all]) => [tenant, all.length])), agentsKept)
  for (const [tenant, all] of groups) {
    const share = shares.get(tenant) ?? 0
    if (all.length <= share) continue
    const order = all.sort(([, one], [, other]) => missedMore(one, other))
    for (const [key] of order.slice(share)) standings.delete(key)
  }
  return true
}

/** What alerts is kept, then what is risky, then what has done most: a name that was made up once has done little. */
const missedMore = (one: AgentStanding, other: AgentStanding): number =>
  other.worst - one.worst ||
  (other.risk ?? -1) - (one.risk ?? -1) ||
  other.events - one.events ||
  (other.last_seen ?? 0) - (one.last_seen ?? 0)

export function byTenant<Item>(items: readonly Item[], tenantOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const known = groups.get(tenantOf(item))
    if (known === undefined) groups.set(tenantOf(item), [item])
    else known.push(item)
  }
  return groups
}
