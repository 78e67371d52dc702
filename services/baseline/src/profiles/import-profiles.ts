import type { Profile } from '@straylight/models/profile/profile'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { Knowledge } from '@straylight/schemas/knowledge'
import type { AgentName } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { AgentClocks } from './agent-clocks.ts'
import { historyPartition } from './import-history.ts'
import { profilesFromHours } from './profile-counts.ts'

/** A profile made of history, about to be stored. */
export interface ImportedProfile extends AgentName {
  readonly profile: Profile
}

/**
 * Called with the profiles of a import, a thousand agents at a time, before they are stored: the place to add what only
 * judging gives, such as the maxima of past sessions.
 */
export type FinishProfiles = (profiles: readonly ImportedProfile[], knowledge: Knowledge) => Promise<void>

const vettedAgents: Query<Record<string, never>, AgentName> = {
  name: 'agents of history',
  sql: 'SELECT DISTINCT tenant, agent FROM agent_hours FINAL WHERE vetted = 1 AND events > 0 ORDER BY tenant, agent',
  row: z.object({ tenant: z.string(), agent: z.string() }),
}

/** Agents at a time. */
const agentsMax = 1_000

/**
 * Stores the profile of every agent in history, as of before the first record of the log (offset -1): counts from the
 * hours, clock and open sessions from the rows. Where score has a checkpoint already, that one stands. Returns how many.
 */
export async function importProfiles(store: Store, knowledge: Knowledge, finish?: FinishProfiles): Promise<number> {
  const agents = await store.query(vettedAgents, {})
  for (let from = 0; from < agents.length; from += agentsMax) {
    const some = agents.slice(from, from + agentsMax)
    const clocks = new AgentClocks(store)
    await clocks.load(historyPartition, some, Number.MAX_SAFE_INTEGER)
    const profiles: ImportedProfile[] = []
    for await (const { tenant, agent, profile } of profilesFromHours(store, {
      agents: some,
      originDay: knowledge.origin_day,
      hours: 'history',
    })) {
      profile.clock = clocks.clockOf(historyPartition, { tenant, agent })
      profiles.push({ tenant, agent, profile })
    }
    await finish?.(profiles, knowledge)
    await store.insert(
      'profiles',
      profiles.map(({ tenant, agent, profile }) => ({
        ...{ tenant, agent, log_partition: historyPartition, as_of_offset: -1 },
        ...{ knowledge_version: knowledge.version, state: profile.toState() },
      })),
    )
  }
  return agents.length
}
