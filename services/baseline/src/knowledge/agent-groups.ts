import { type GroupedAgent, peerGroups } from '@straylight/models/peers/peer-groups'
import { familyNames } from '@straylight/models/profile/profile-key'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { Agent } from '@straylight/schemas/agent'
import { z } from 'zod'
import type { CountedAgents } from './counted-agents.ts'

const StepsRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  keys: z.array(z.number()),
  counts: z.array(z.number()),
})

/** Agents that a version groups, those with most to learn from first: some 40 bytes each in it. Others are compared with their tenant. */
const agentsMax = 100_000

const GroupRow = z.object({ tenant: z.string(), agent: z.string(), peer_group: z.string() })

/** The groups of the version before, which clusters keep the names of. */
const groupsBefore: Query<{ version: number }, z.infer<typeof GroupRow>> = {
  name: 'groups of the version before',
  sql: `
SELECT tenant, agent, peer_group FROM agent_groups FINAL
WHERE knowledge_version = (SELECT max(knowledge_version) FROM agent_groups WHERE knowledge_version < {version:UInt32})`,
  row: GroupRow,
}

/** Each agent's steps with their weighted counts: one family of what it has learnt. */
const agentSteps: Query<Record<string, never>, z.infer<typeof StepsRow>> = {
  name: 'steps of agents',
  sql: `
SELECT tenant, agent, arrayMap(step -> step.1, steps) AS keys, arrayMap(step -> step.2, steps) AS counts
FROM (
  SELECT tenant, agent, arrayFilter((step, family) -> family = ${familyNames.indexOf('step')}, arrayZip(keys, counts), families) AS steps
  FROM agent_totals FINAL
)
WHERE notEmpty(steps)
ORDER BY arraySum(counts) DESC, tenant, agent
LIMIT ${agentsMax}`,
  row: StepsRow,
}

/**
 * The peer group of every agent that counts and has been learnt or is registered, by `agentKeyOf`; also stored for the version,
 * whose shared levels are made of these agents alone.
 */
export async function groupStoredAgents(
  store: Store,
  options: { version: number; registry: readonly Agent[]; counted: CountedAgents },
): Promise<Record<string, string>> {
  const tenants = new Map<string, Map<string, GroupedAgent>>()
  const agentsOf = (tenant: string) => {
    const known = tenants.get(tenant) ?? new Map<string, GroupedAgent>()
    tenants.set(tenant, known)
    return known
  }
  const roles = new Map(options.registry.map((entry) => [agentKeyOf(entry), entry.role]))
  for (const { tenant, agent, keys, counts } of await store.query(agentSteps, {})) {
    if (!options.counted.has({ tenant, agent })) continue
    const steps = new Map(keys.map((key, at) => [key, counts[at] as number]))
    agentsOf(tenant).set(agent, { agent, role: roles.get(agentKeyOf({ tenant, agent })), steps })
  }
  for (const { tenant, agent, role } of options.registry) {
    // A registered agent has peers from its first event.
    if (role !== undefined && !agentsOf(tenant).has(agent))
      agentsOf(tenant).set(agent, { agent, role, steps: new Map() })
  }
  const before = new Map<string, Map<string, string>>()
  for (const { tenant, agent, peer_group } of await store.query(groupsBefore, { version: options.version })) {
    const known = before.get(tenant) ?? new Map<string, string>()
    before.set(tenant, known.set(agent, peer_group))
  }
  const rows = [...tenants].flatMap(([tenant, agents]) =>
    [...peerGroups([...agents.values()], before.get(tenant))].map(([agent, peer_group]) => ({
      ...{ knowledge_version: options.version, tenant, agent, peer_group },
    })),
  )
  rows.sort((a, b) => (agentKeyOf(a) < agentKeyOf(b) ? -1 : 1))
  await store.insert('agent_groups', rows)
  return Object.fromEntries(rows.map((row) => [agentKeyOf(row), row.peer_group]))
}
