import { z } from 'zod'
import { question } from '../questions/ask.ts'
import { agentsMax } from './agents-max.ts'

/** All agents are read in so many parts, so that nothing else of this process waits long for their rows. */
export const parts = 10
/** `since`: in seconds since 1970; 0: of all agents those of a part. */
export type Since = Record<string, unknown> & { since: number; part: number }
const ofPart = `cityHash64(tenant, agent) % ${parts} = {part:UInt8}`
const named = { tenant: z.string(), agent: z.string() }
/** Agents of rows that were stored since then; a part of all of them at first. */
const changed = (table: string) =>
  `({since:UInt32} = 0 AND ${ofPart} OR {since:UInt32} > 0 AND (tenant, agent) IN (SELECT tenant, agent FROM ${table} WHERE stored_at >= fromUnixTimestamp({since:UInt32})))`

const sightings = `SELECT tenant, agent, sum(events) AS events, toUnixTimestamp64Milli(min(first_time)) AS first_seen,
  toUnixTimestamp64Milli(max(last_time)) AS last_seen
FROM agent_sightings AS t`
const Sighting = z.object({ ...named, events: z.number(), first_seen: z.number(), last_seen: z.number() })

/** Rows of one part that are answered at most. */
export const seenOfPartMax = agentsMax / parts

/**
 * One row an agent; where there are more than are answered, the first of each tenant before the second of any: who makes names up takes no
 * place of another tenant's agents.
 */
export const seenAgents = question<Since, z.infer<typeof Sighting>>(
  'agents seen',
  `${sightings} WHERE ${changed('agent_sightings')}
GROUP BY tenant, agent ORDER BY row_number() OVER (PARTITION BY tenant ORDER BY max(t.last_time) DESC)
LIMIT if({since:UInt32} = 0, ${seenOfPartMax}, ${agentsMax})`,
  Sighting,
)

/** Agents that are asked for by name at once. */
export const namedMax = 1_000

/** The same of these agents of one tenant, whoever else was seen. */
export const namedAgents = question<{ tenant: string; agents: readonly string[] }, z.infer<typeof Sighting>>(
  'agents seen, by name',
  `${sightings} WHERE tenant = {tenant:String} AND agent IN {agents:Array(String)} GROUP BY tenant, agent LIMIT ${namedMax}`,
  Sighting,
)

/** The last seven days on which sessions ended, or had findings: at most seven rows an agent. */
export const agentRisks = question<Since, { tenant: string; agent: string; risk: number }>(
  'risks of agents',
  `SELECT tenant, agent, max(risk) AS risk FROM agent_risk_days
WHERE day > (SELECT max(day) FROM agent_risk_days) - 7 AND ${changed('agent_risk_days')}
GROUP BY tenant, agent LIMIT ${agentsMax}`,
  z.object({ ...named, risk: z.number() }),
)

/** What of an agent's alerts decides how it stands: those that are open. */
const ofOpenAlerts = `SELECT a.tenant AS tenant, a.agent AS agent, count() AS open_alerts,
  max(indexOf(['low', 'medium', 'high', 'critical'], toString(a.severity))) AS worst,
  maxIf(toUnixTimestamp64Milli(a.time), a.cause = 'silent_agent') AS silent_at
FROM alert_list AS a FINAL WHERE a.state != 'closed'`
const OpenAlerts = z.object({ ...named, open_alerts: z.number(), worst: z.number(), silent_at: z.number() })

/** An index finds them. */
export const openAlertsOfAgents = question<Record<string, never>, z.infer<typeof OpenAlerts>>(
  'open alerts of agents',
  `${ofOpenAlerts} GROUP BY tenant, agent LIMIT ${agentsMax}`,
  OpenAlerts,
)

/** Of agents whose alerts changed. */
export const changedAlertsOfAgents = question<Since, z.infer<typeof OpenAlerts>>(
  'open alerts of agents that changed',
  `${ofOpenAlerts} AND (-a.opened_at, a.tenant, a.id) IN (
  SELECT -m.opened_at, m.tenant, m.id FROM alert_marks AS m WHERE m.kind = 'agent' AND (m.tenant, m.name) IN (
    SELECT c.tenant, c.agent FROM alert_list AS c WHERE c.stored_at >= fromUnixTimestamp({since:UInt32})))
GROUP BY tenant, agent LIMIT ${agentsMax}`,
  OpenAlerts,
)

/** Agents whose alerts changed, for those of which nothing is open any more. */
export const alertedAgents = question<Since, { tenant: string; agent: string }>(
  'agents whose alerts changed',
  `SELECT DISTINCT tenant, agent FROM alert_list WHERE stored_at >= fromUnixTimestamp({since:UInt32}) LIMIT ${agentsMax}`,
  z.object(named),
)
