import { CountTable } from '@straylight/models/profile/count-table'
import { type Family, families, familyNames } from '@straylight/models/profile/profile-key'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { SharedLevel } from '@straylight/schemas/knowledge'
import { z } from 'zod'

type LevelParameters = { readonly version: number }

/** A shared level keeps so many times the keys of a family that a profile may have; the commonest by agents, then count. */
const capFactor = 16
const keysMax = capFactor * Math.max(...familyNames.map((name) => families[name].cap))

/**
 * What each agent has learnt, one row an entry and agent, with the agent's group of this version. Groups are joined to agents, not to their
 * entries.
 */
const learntEntries = `
  SELECT tenant, peer_group, family, context, key, counted
  FROM (
    SELECT tenant, peer_group, families, contexts, keys, counts
    FROM agent_totals AS totals FINAL
    INNER JOIN (
      SELECT tenant, agent, peer_group FROM agent_groups FINAL WHERE knowledge_version = {version:UInt32}
    ) AS placed USING (tenant, agent)
  )
  ARRAY JOIN families AS family, contexts AS context, keys AS key, counts AS counted`

const EntryRow = z.object({
  tenant: z.string(),
  peer_group: z.string(),
  whole: z.number(),
  family: z.number(),
  context: z.number(),
  key: z.number(),
  n: z.number(),
  agents: z.number(),
})
type EntryRow = z.infer<typeof EntryRow>

/**
 * Keys of each group: weighted count, and the number of distinct agents that have it; then (`whole` 1) the totals of each group's contexts,
 * keys beyond the cap included: what was seen but not kept still thins the rest. Both in one pass.
 */
const levelEntries: Query<LevelParameters, EntryRow> = {
  name: 'keys and contexts of shared levels',
  sql: `
SELECT tenant, peer_group, whole, family, context, key, n, agents
FROM (
  SELECT tenant, peer_group, toUInt8(grouping(key)) AS whole, family, context, key, sum(counted) AS n, count() AS agents
  FROM (${learntEntries})
  GROUP BY GROUPING SETS ((tenant, peer_group, family, context, key), (tenant, peer_group, context))
)
ORDER BY whole, tenant, peer_group, family, agents DESC, n DESC, key
LIMIT ${keysMax} BY whole, tenant, peer_group, family, whole * context`,
  row: EntryRow,
}

const SizeRow = z.object({ tenant: z.string(), peer_group: z.string(), agents: z.number(), learnt: z.number() })

/** Agents that were learnt from, and their events, by group. */
const levelSizes: Query<LevelParameters, z.infer<typeof SizeRow>> = {
  name: 'sizes of shared levels',
  sql: `
SELECT tenant, peer_group, count() AS agents, sum(events) AS learnt
FROM (SELECT tenant, agent, events FROM agent_totals FINAL WHERE events > 0) AS totals
INNER JOIN (
  SELECT tenant, agent, peer_group FROM agent_groups FINAL WHERE knowledge_version = {version:UInt32}
) AS placed USING (tenant, agent)
GROUP BY tenant, peer_group`,
  row: SizeRow,
}

interface Level {
  readonly table: CountTable
  /** Keys kept, by family. */
  readonly sizes: Uint32Array
  /** Distinct kept keys and total of each context that has a kept key. */
  readonly contexts: Map<number, { types: number; total: number }>
  agents: number
  events: number
}

/**
 * The shared levels of a version: each peer group, and '*' for the tenant, which is the sum of its groups since every agent
 * is in one. Keys carry in how many agents they are, contexts how many distinct keys they have (`CountTable`).
 */
export async function sharedLevels(store: Store, parameters: LevelParameters): Promise<SharedLevel[]> {
  const levels = new Map<string, Map<string, Level>>()
  const levelOf = (tenant: string, group: string): Level => {
    const groups = levels.get(tenant) ?? new Map<string, Level>()
    levels.set(tenant, groups)
    const level = groups.get(group) ?? newLevel()
    groups.set(group, level)
    return level
  }
  for (const row of await store.query(levelSizes, parameters)) {
    for (const group of [row.peer_group, '*']) {
      const level = levelOf(row.tenant, group)
      level.agents += row.agents
      level.events += row.learnt
    }
  }
  for (const row of await store.query(levelEntries, parameters)) {
    for (const group of [row.peer_group, '*']) {
      const level = levelOf(row.tenant, group)
      if (row.whole === 1) addTotal(level, row.context, row.n)
      else addKey(level, row)
    }
  }
  return [...levels]
    .sort(byName)
    .flatMap(([tenant, groups]) => [...groups].sort(byName).map(([group, level]) => sharedLevel(tenant, group, level)))
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

const newLevel = (): Level => ({
  table: new CountTable(),
  sizes: new Uint32Array(familyNames.length),
  contexts: new Map(),
  agents: 0,
  events: 0,
})

function addKey(level: Level, { family, context, key, n, agents }: EntryRow): void {
  const { table, sizes, contexts } = level
  if (!table.has(key)) {
    const kept = sizes[family] as number
    if (kept >= capFactor * families[familyNames[family] as Family].cap) return
    sizes[family] = kept + 1
    const known = contexts.get(context)
    if (known === undefined) contexts.set(context, { types: 1, total: 0 })
    else known.types++
  }
  table.add(key, n, agents)
}

function addTotal({ contexts }: Level, context: number, n: number): void {
  const known = contexts.get(context)
  if (known !== undefined) known.total += n
}

function sharedLevel(tenant: string, group: string, level: Level): SharedLevel {
  for (const [context, { types, total }] of level.contexts) level.table.add(context, total, types)
  return { tenant, group, agents: level.agents, events: level.events, table: level.table.pack() }
}
