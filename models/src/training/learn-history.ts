import type { AgentEvent } from '@straylight/schemas/agent-event'
import { partitionKeyOf, partitionKeySeparator } from '@straylight/schemas/partition-key'
import { hashedKeys } from '../event/event-keys.ts'
import { eventShape } from '../event/event-shape.ts'
import { JoinedNames } from '../event/joined-names.ts'
import { SharedCounts } from '../peers/shared-level.ts'
import { dayOf, dayWeight } from '../profile/day-weight.ts'
import { Profile } from '../profile/profile.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import { followSession } from '../session/agent-clock.ts'
import type { HistorySession, Levels } from '../session/session-maxima.ts'

/** The partition key of an agent (`partitionKeyOf`), put together once for each: an agent is one only within its tenant. */
export const agentKeyOf = ({ tenant, agent }: { readonly tenant: string; readonly agent: string }): string =>
  agentKeys.of(tenant, agent)
/** As many agents as a process is made for. */
const agentKeys = new JoinedNames(partitionKeySeparator, 100_000)

/** `tenant|group`: a peer group is one only within its tenant; the tenant itself is the group '*'. */
export const groupKeyOf = (tenant: string, group: string): string => partitionKeyOf(tenant, group)

/** A session of history with whose it is. */
export interface LearntSession extends HistorySession {
  readonly tenant: string
  readonly group: string
}

/** History learnt in memory: the same counts that ClickHouse makes of it. */
export interface LearntHistory {
  readonly originDay: number
  readonly profiles: ReadonlyMap<string, Profile>
  /** By `groupKeyOf`. */
  readonly levels: ReadonlyMap<string, SharedCounts>
  readonly sessions: readonly LearntSession[]
  levelsOf(session: LearntSession): Levels
}

/**
 * Learns history in the order given: every event into its agent's profile, its peers' and its tenant's counts.
 * `groups` names each agent's peer group by `agentKeyOf`; an agent without one is its own.
 */
export function learnHistory(
  events: readonly AgentEvent[],
  options: { hasher: ProfileKeyHasher; originDay: number; groups: ReadonlyMap<string, string> },
): LearntHistory {
  const profiles = new Map<string, Profile>()
  const levels = new Map<string, SharedCounts>()
  const sessions = new Map<string, LearntSession & { events: HistorySession['events'][number][] }>()
  const groupOf = (key: string) => options.groups.get(key) ?? key
  for (const event of events) {
    const agent = agentKeyOf(event)
    const isNew = !profiles.has(agent)
    const profile = existing(profiles, agent, () => new Profile())
    const { order, session } = followSession(profile.clock, event)
    const shape = eventShape(event, order)
    const keys = hashedKeys(options.hasher, shape)
    const weight = dayWeight(dayOf(event.time), options.originDay)
    const group = groupOf(agent)
    for (const name of new Set([group, '*'])) {
      const level = existing(levels, groupKeyOf(event.tenant, name), () => new SharedCounts())
      if (isNew) level.agents++
      level.fold(keys, weight, profile)
    }
    profile.fold(keys, weight, event.time)
    const started = `${agent}|${session.session}|${session.started_at}`
    const learnt = existing(sessions, started, () => ({ tenant: event.tenant, agent, group, events: [] }))
    learnt.events.push({ shape, time: event.time, returned: event.result_values })
  }
  return {
    originDay: options.originDay,
    profiles,
    levels,
    sessions: [...sessions.values()],
    levelsOf: (session) => ({
      profile: profiles.get(session.agent) as Profile,
      peers: levels.get(groupKeyOf(session.tenant, session.group)) as SharedCounts,
      tenant: levels.get(groupKeyOf(session.tenant, '*')) as SharedCounts,
    }),
  }
}

function existing<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
