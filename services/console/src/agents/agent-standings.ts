import { dayMs } from '@straylight/schemas/duration'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { type Ask, question } from '../questions/ask.ts'
import { agentsMax } from './agents-max.ts'

/** What the store says of an agent: of its events, its sessions and its alerts. */
export interface AgentStanding {
  readonly tenant: string
  readonly agent: string
  readonly events: number
  readonly first_seen: number | null
  readonly last_seen: number | null
  /** Null: within the last seven days no session ended, and none has a finding. */
  readonly risk: number | null
  readonly open_alerts: number
  /** From 1, low, to 4, critical; 0: none is open. */
  readonly worst: number
  /** Event time of an open alert on its silence; 0: there is none. */
  readonly silent_at: number
}

/** Seconds by which a change may be stored later than its row says: clocks are read before a batch is written. */
const overlapSeconds = 60

const Since = { since: 0 }
type Since = Record<string, unknown> & typeof Since
const named = { tenant: z.string(), agent: z.string() }
/** Agents of rows that were stored since then; all of them at first. */
const changed = (table: string) =>
  `({since:UInt32} = 0 OR (tenant, agent) IN (SELECT tenant, agent FROM ${table} WHERE stored_at >= fromUnixTimestamp({since:UInt32})))`

/** One row an agent. */
const seenAgents = question<
  Since,
  { tenant: string; agent: string; events: number; first_seen: number; last_seen: number }
>(
  'agents seen',
  `SELECT tenant, agent, sum(events) AS events, toUnixTimestamp64Milli(min(first_time)) AS first_seen,
  toUnixTimestamp64Milli(max(last_time)) AS last_seen
FROM agent_sightings AS t WHERE ${changed('agent_sightings')}
GROUP BY tenant, agent ORDER BY max(t.last_time) DESC LIMIT ${agentsMax}`,
  z.object({ ...named, events: z.number(), first_seen: z.number(), last_seen: z.number() }),
)

/** The last seven days on which sessions ended, or had findings: at most seven rows an agent. */
const agentRisks = question<Since, { tenant: string; agent: string; risk: number }>(
  'risks of agents',
  `SELECT tenant, agent, max(risk) AS risk FROM agent_risk_days
WHERE day > (SELECT max(day) FROM agent_risk_days) - 7 AND ${changed('agent_risk_days')}
GROUP BY tenant, agent LIMIT ${agentsMax}`,
  z.object({ ...named, risk: z.number() }),
)

/** What of an agent's alerts decides how it stands: those that are open; an index finds them. */
const agentAlerts = question<Since, Omit<AgentStanding, 'events' | 'first_seen' | 'last_seen' | 'risk'>>(
  'alerts of agents',
  `SELECT tenant, agent, countIf(state != 'closed') AS open_alerts,
  maxIf(indexOf(['low', 'medium', 'high', 'critical'], toString(severity)), state != 'closed') AS worst,
  maxIf(toUnixTimestamp64Milli(time), cause = 'silent_agent' AND state != 'closed') AS silent_at
FROM alert_list FINAL
WHERE state != 'closed' AND ${changed('alert_list')}
GROUP BY tenant, agent LIMIT ${agentsMax}`,
  z.object({ ...named, open_alerts: z.number(), worst: z.number(), silent_at: z.number() }),
)

/** Agents whose alerts changed, for those of which nothing is open any more. */
const alertedAgents = question<Since, { tenant: string; agent: string }>(
  'agents whose alerts changed',
  `SELECT DISTINCT tenant, agent FROM alert_list WHERE stored_at >= fromUnixTimestamp({since:UInt32}) LIMIT ${agentsMax}`,
  z.object(named),
)

const noAlerts = { open_alerts: 0, worst: 0, silent_at: 0 }
/** Of an agent of which nothing is stored. */
export const noStanding = { events: 0, first_seen: null, last_seen: null, risk: null, ...noAlerts }

/**
 * How all agents stand, kept in memory (some 300 bytes an agent, at most 120,000) and brought up to date by those of which something was
 * stored since it was last asked. All of it is read anew once a day, as days leave the seven, and agents the store.
 */
export function createAgentStandings(ask: Ask, now: () => number) {
  let standings = new Map<string, AgentStanding>()
  let [readAll, until] = [0, 0]
  const merge = (row: { tenant: string; agent: string } & Partial<AgentStanding>): void => {
    const key = partitionKeyOf(row.tenant, row.agent)
    const known = standings.get(key)
    if (known === undefined && standings.size >= agentsMax) return
    standings.set(key, { ...(known ?? noStanding), ...row })
  }
  const read = async (since: number): Promise<void> => {
    for (const row of await ask(seenAgents, { since })) merge(row)
    for (const row of await ask(agentRisks, { since })) merge(row)
    // What was found is of one moment: whose alerts closed has none in the answer.
    if (since > 0) for (const row of await ask(alertedAgents, { since })) merge({ ...row, ...noAlerts })
    for (const row of await ask(agentAlerts, { since })) merge(row)
  }
  return async (): Promise<ReadonlyMap<string, AgentStanding>> => {
    const began = now()
    if (began - readAll < dayMs) {
      await read(Math.max(1, Math.floor(until / 1000) - overlapSeconds))
    } else {
      const before = standings
      standings = new Map()
      try {
        await read(0)
      } catch (error) {
        standings = before
        throw error
      }
      readAll = began
    }
    until = began
    return standings
  }
}
