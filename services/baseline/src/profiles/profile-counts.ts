import { type CountRow, Profile } from '@straylight/models/profile/profile'
import { families, familyNames } from '@straylight/models/profile/profile-key'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { AgentName } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { dayWeightTerm } from '../count/day-weight-term.ts'

/** Parameters that name a list of agents: two parallel lists, for SQL has no list of pairs. */
export const agentLists = (agents: readonly AgentName[]) => ({
  tenants: agents.map(({ tenant }) => tenant),
  agents: agents.map(({ agent }) => agent),
})

/** A condition that is true for the agents of `agentLists`. */
export const amongAgents = `(tenant, agent) IN (
    SELECT arrayJoin(arrayZip({tenants:Array(String)}, {agents:Array(String)})))`

const CountedProfile = z.object({
  tenant: z.string(),
  agent: z.string(),
  entries: z.array(z.tuple([z.number(), z.number(), z.number(), z.number()])),
  events: z.number(),
  first_time: z.number(),
  last_time: z.number(),
})
type CountedProfile = z.infer<typeof CountedProfile>

interface CountedParameters extends Record<string, unknown> {
  readonly tenants: readonly string[]
  readonly agents: readonly string[]
  readonly origin_day: number
  /** 1: imported history, 0: live, 2: live and late in the log. */
  readonly vetted: readonly number[]
}

/**
 * The counts of agents over all their hours, each hour with the weight of its day: one row an agent, entries
 * (family, context, key, weighted count). Key 0 is what lay beyond a family's cap and is no key of a profile.
 */
export const profileCounts = (weight = dayWeightTerm): Query<CountedParameters, CountedProfile> => ({
  name: 'profiles from hours',
  sql: `
SELECT tenant, agent, groupArrayIf((family, context, key, n), family < 255) AS entries,
  sum(hour_events) AS events,
  toUnixTimestamp64Milli(minIf(first, hour_events > 0)) AS first_time,
  toUnixTimestamp64Milli(maxIf(last, hour_events > 0)) AS last_time
FROM (
  SELECT tenant, agent, entry.1 AS family, entry.2 AS context, entry.3 AS key, sum(entry.4 * weight) AS n,
    0 AS hour_events, toDateTime64(0, 3, 'UTC') AS first, toDateTime64(0, 3, 'UTC') AS last
  FROM (
    SELECT tenant, agent, hour, ${weight} AS weight, arrayZip(families, contexts, keys, counts) AS hour_entries
    FROM agent_hours FINAL
    WHERE ${amongAgents} AND vetted IN {vetted:Array(UInt8)}
  )
  ARRAY JOIN hour_entries AS entry
  WHERE entry.3 != 0
  GROUP BY tenant, agent, family, context, key
  UNION ALL
  SELECT tenant, agent, toUInt8(255), toUInt64(0), toUInt64(0), toUInt64(0), events, first_time, last_time
  FROM agent_hours FINAL
  WHERE ${amongAgents} AND vetted IN {vetted:Array(UInt8)}
)
GROUP BY tenant, agent`,
  row: CountedProfile,
})

/** Agents of one question: their answer takes some 30 MB. */
const agentsMax = 1_000

/**
 * Profiles of agents as their counted hours give them, those of history alone or all; clock, sessions and maxima are the
 * caller's to add.
 */
export async function* profilesFromHours(
  store: Store,
  options: { agents: readonly AgentName[]; originDay: number; hours: 'history' | 'all' },
  query = profileCounts(),
): AsyncGenerator<AgentName & { profile: Profile }> {
  for (let from = 0; from < options.agents.length; from += agentsMax) {
    const some = agentLists(options.agents.slice(from, from + agentsMax))
    const parameters = { ...some, origin_day: options.originDay, vetted: options.hours === 'all' ? [0, 1, 2] : [1] }
    for (const row of await store.query(query, parameters)) {
      const profile = Profile.fromCounts(inOneOrder(row.entries).map(countRow))
      profile.events = row.events
      profile.first_time = row.first_time
      profile.last_time = row.last_time
      yield { tenant: row.tenant, agent: row.agent, profile }
    }
  }
}

/**
 * The store gives keys in an order of its own, another one for each question. Where a family has more than a profile takes, the most counted are
 * taken, so that a profile made again (by `explain`) is the same.
 */
function inOneOrder(entries: CountedProfile['entries']): CountedProfile['entries'] {
  const sizes = new Uint32Array(familyNames.length)
  for (const [family] of entries) sizes[family] = (sizes[family] as number) + 1
  if (familyNames.every((name, family) => (sizes[family] as number) <= families[name].cap)) return entries
  return entries.toSorted((a, b) => b[3] - a[3] || a[0] - b[0] || a[1] - b[1] || a[2] - b[2])
}

function countRow([family, context, key, count]: CountedProfile['entries'][number]): CountRow {
  return { family: familyNames[family] as CountRow['family'], context, key, count }
}
