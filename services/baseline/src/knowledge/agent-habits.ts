import { type AgentHabits, changeoverMs, newcomerEventsMin, pauseMaxMs } from '@straylight/models/peers/renamed-agent'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Query, Store } from '@straylight/runtime/store/store'
import { AgentEvent } from '@straylight/schemas/agent-event'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { AgentName } from '@straylight/schemas/partition-key'
import type { RenamedAgent } from '@straylight/schemas/renamed-agent'
import { z } from 'zod'
import { agentLists, amongAgents } from '../profiles/profile-counts.ts'

/** A newcomer came within so many days; of an old name, so many before its last word are looked at. */
const newcomerMs = 14 * dayMs
const habitMs = 28 * dayMs
/** Newcomers and silent agents that are looked at: of a tenant, and of all. */
const newcomersOfTenantMax = 50
const newcomersMax = 500
const silentOfTenantMax = 200
const silentMax = 500
/** Steps, destinations and credentials of one agent, the most used: with all that is looked at some 100 MB at the most. */
const namesMax = 300
const credentialsMax = 200
/** Of what the old name did, so much is named with a rename. */
const targetsMax = 100

const Sighting = z.object({
  tenant: z.string(),
  agent: z.string(),
  events: z.number(),
  first_time: z.number(),
  last_time: z.number(),
})
/** When an agent was first and last heard of, milliseconds since 1970 UTC, and how much of it is stored. */
export type AgentSighting = z.infer<typeof Sighting>

const seen = `tenant, agent, sum(events) AS events, toInt64(toUnixTimestamp64Milli(min(first_time))) AS first_seen,
  toInt64(toUnixTimestamp64Milli(max(last_time))) AS last_seen`
const asSighting = 'tenant, agent, events, first_seen AS first_time, last_seen AS last_time'

const newcomers: Query<{ since: number; until: number }, AgentSighting> = {
  name: 'agents that came lately',
  sql: `
SELECT ${asSighting} FROM (SELECT ${seen} FROM agent_sightings GROUP BY tenant, agent)
WHERE first_seen >= {since:Int64} AND first_seen < {until:Int64} AND events >= ${newcomerEventsMin}
ORDER BY events DESC, tenant, agent
LIMIT ${newcomersOfTenantMax} BY tenant
LIMIT ${newcomersMax}`,
  row: Sighting,
}

/** Agents that came within two weeks before `until` and have done enough to have habits. */
export const newcomersOf = (store: Store, until: number): Promise<AgentSighting[]> =>
  store.query(newcomers, { since: Math.max(0, until - newcomerMs), until })

type SilentParameters = Record<string, unknown> & { tenants: readonly string[]; since: number; until: number }

const silentAgents: Query<SilentParameters, AgentSighting> = {
  name: 'agents not heard of lately',
  sql: `
SELECT ${asSighting} FROM (SELECT ${seen} FROM agent_sightings WHERE tenant IN {tenants:Array(String)} GROUP BY tenant, agent)
WHERE last_seen >= {since:Int64} AND last_seen < {until:Int64} AND events >= ${newcomerEventsMin}
ORDER BY last_seen DESC, tenant, agent
LIMIT ${silentOfTenantMax} BY tenant
LIMIT ${silentMax}`,
  row: Sighting,
}

/** Agents of the newcomers' tenants that have said nothing since the last of them came. */
export function silentAgentsOf(store: Store, found: readonly AgentSighting[], until: number): Promise<AgentSighting[]> {
  const came = found.map(({ first_time }) => first_time)
  return store.query(silentAgents, {
    tenants: [...new Set(found.map(({ tenant }) => tenant))].sort(),
    since: Math.max(0, Math.min(...came) - pauseMaxMs),
    until: Math.min(until, Math.max(...came) + changeoverMs),
  })
}

type Among = ReturnType<typeof agentLists> & Record<string, unknown>

const lastHeard: Query<Among, AgentSighting> = {
  name: 'when agents were last heard of',
  sql: `SELECT ${asSighting} FROM (SELECT ${seen} FROM agent_sightings WHERE ${amongAgents} GROUP BY tenant, agent)`,
  row: Sighting,
}

/** When each of these was last heard of, by `agentKeyOf`. */
export async function lastHeardOf(store: Store, agents: readonly AgentName[]): Promise<Map<string, number>> {
  const rows = await store.query(lastHeard, agentLists(agents))
  return new Map(rows.map((row) => [agentKeyOf(row), row.last_time]))
}

type Span = Among & { since_hour: number; until_hour: number }

const CountsRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  names: z.array(z.string()),
  counts: z.array(z.number()),
})
const within = `${amongAgents} AND hour >= {since_hour:UInt32} AND hour < {until_hour:UInt32}`

/** How often each of these names stands in an agent's events, the most frequent ones. */
const countsOf = (name: string, term: string, max: number): Query<Span, z.infer<typeof CountsRow>> => ({
  name,
  sql: `
SELECT tenant, agent, groupArray(named) AS names, groupArray(n) AS counts
FROM (
  SELECT tenant, agent, ${term} AS named, count() AS n FROM events WHERE ${within}
  GROUP BY tenant, agent, named HAVING named != '' ORDER BY n DESC, named LIMIT ${max} BY tenant, agent
)
GROUP BY tenant, agent`,
  row: CountsRow,
})

const stepCounts = countsOf('steps of agents by name', 'toString(step)', namesMax)
const destinationCounts = countsOf('destinations of agents by name', 'arrayJoin(destination_keys)', namesMax)
const hourCounts = countsOf('hours of agents', 'toString(hour)', 24 * 60)
const credentialCounts = countsOf(
  'credentials of agents',
  "JSONExtractString(event, 'credential', 'id')",
  credentialsMax,
)

/** What each of these did, by `agentKeyOf`: a newcomer since it came, another in its last four weeks. */
export async function habitsOf(
  store: Store,
  agents: readonly AgentSighting[],
  until: number,
): Promise<Map<string, AgentHabits>> {
  const since = Math.min(...agents.map(({ last_time }) => last_time)) - habitMs
  const span = {
    ...agentLists(agents),
    since_hour: Math.max(0, Math.floor(since / hourMs)),
    until_hour: Math.ceil(until / hourMs),
  }
  const counts = async (query: typeof stepCounts) =>
    new Map(
      (await store.query(query, span)).map((row) => [
        agentKeyOf(row),
        new Map(row.names.map((name, at) => [name, row.counts[at] as number])),
      ]),
    )
  const steps = await counts(stepCounts)
  const destinations = await counts(destinationCounts)
  const hours = await counts(hourCounts)
  const credentials = await counts(credentialCounts)
  const none: ReadonlyMap<string, number> = new Map()
  return new Map(
    agents.map((of) => {
      const key = agentKeyOf(of)
      const habits: AgentHabits = {
        first_time: Math.max(of.first_time, of.last_time - habitMs),
        last_time: of.last_time,
        steps: steps.get(key) ?? none,
        hours: new Map([...(hours.get(key) ?? none)].map(([hour, n]) => [Number(hour), n])),
        destinations: destinations.get(key) ?? none,
        credentials: new Set(credentials.get(key)?.keys()),
      }
      return [key, habits]
    }),
  )
}

const TargetRow = z.object({ name: z.string() })

const targets: Query<{ tenant: string; agent: string }, z.infer<typeof TargetRow>> = {
  name: 'what an agent used',
  sql: `
SELECT name FROM (
  SELECT arrayJoin(arrayConcat([toString(system), toString(step)], destination_keys)) AS name, count() AS n
  FROM events WHERE tenant = {tenant:String} AND agent = {agent:String}
  GROUP BY name HAVING name != '' AND length(name) <= 120 ORDER BY n DESC, name LIMIT ${targetsMax}
)`,
  row: TargetRow,
}

/** Systems, steps and destinations of an agent, the most used first; at most a hundred. */
export const targetsOf = async (store: Store, { tenant, agent }: AgentName): Promise<string[]> =>
  (await store.query(targets, { tenant, agent })).map(({ name }) => name)

const FirstRow = z.object({ event: z.string(), session: z.string(), vetted: z.number() })

const firstEvent: Query<{ tenant: string; agent: string }, z.infer<typeof FirstRow>> = {
  name: 'first event of an agent',
  sql: `
SELECT event, session, vetted FROM events WHERE tenant = {tenant:String} AND agent = {agent:String}
ORDER BY time, source_partition, source_offset, source_index LIMIT 1`,
  row: FirstRow,
}

/** The first event that is stored of an agent; undefined where somebody vouched for it, as history. */
export async function firstEventOf(
  store: Store,
  { tenant, agent }: AgentName,
): Promise<RenamedAgent['event'] | undefined> {
  const [row] = await store.query(firstEvent, { tenant, agent })
  if (row === undefined || row.vetted === 1) return undefined
  const { id, time, system, action, owner, registered, content_hash, position, format } = AgentEvent.parse(
    JSON.parse(row.event),
  )
  return {
    ...{ id, time, system, action, registered, content_hash, position, format, session: row.session },
    ...(owner === undefined ? {} : { owner }),
  }
}
