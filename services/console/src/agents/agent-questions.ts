import { z } from 'zod'
import { question } from '../questions/ask.ts'

/** Bounds of an agent's page. */
export const actionsMax = 1_000
export const destinationsMax = 200
export const credentialsMax = 100
export const agentSessionsMax = 500
export const findingsMax = 20
const daysMax = 400
const hoursMax = 24 * 28
/** Events that credentials and scopes are read from: the latest. */
const credentialEventsMax = 20_000

const own = 'd.tenant = {tenant:String} AND d.agent = {agent:String}'

export const usedSteps = question(
  'steps of an agent',
  `SELECT d.system AS system, d.step AS step, toUnixTimestamp64Milli(min(d.time)) AS first_time, toUnixTimestamp64Milli(max(d.time)) AS last_time,
  uniqExact(d.day) AS days, count() AS events
FROM learnt_events AS d WHERE ${own} GROUP BY system, step ORDER BY events DESC, step LIMIT ${actionsMax + 1}`,
  z.object({
    system: z.string(),
    step: z.string(),
    first_time: z.number(),
    last_time: z.number(),
    days: z.number(),
    events: z.number(),
  }),
)

export const usedDestinations = question(
  'destinations of an agent',
  `SELECT d.destination AS destination, toUnixTimestamp64Milli(d.first_time) AS since, toUnixTimestamp64Milli(d.last_time) AS until,
  d.days AS days, d.events AS events, d.sent AS sent
FROM agent_destinations AS d WHERE ${own} ORDER BY d.events DESC, d.destination LIMIT ${destinationsMax + 1}`,
  z.object({
    destination: z.string(),
    since: z.number(),
    until: z.number(),
    days: z.number(),
    events: z.number(),
    sent: z.number(),
  }),
)

const Volume = z.object({
  time: z.number(),
  calls: z.number(),
  sent: z.number(),
  received: z.number(),
  records: z.number(),
})

export const dayVolumes = question(
  'days of volume',
  `SELECT toUnixTimestamp(d.day) * 1000 AS time, d.calls AS calls, d.sent AS sent, d.received AS received, d.records AS records
FROM agent_day_volumes AS d WHERE ${own} ORDER BY d.day DESC LIMIT ${daysMax}`,
  Volume,
)
export const hourVolumes = question(
  'hours of volume',
  `SELECT toUnixTimestamp(d.hour_start) * 1000 AS time, d.calls AS calls, d.sent AS sent, d.received AS received, d.records AS records
FROM agent_hour_volumes AS d WHERE ${own} ORDER BY d.hour_start DESC LIMIT ${hoursMax}`,
  Volume,
)

const StoredVolumes = z.object({
  agent: z.string(),
  period: z.enum(['hour', 'day']),
  periods: z.number(),
  ...{ calls_median: z.number(), calls_p99: z.number(), calls_max: z.number() },
  ...{ sent_median: z.number(), sent_p99: z.number(), sent_max: z.number() },
  ...{ received_median: z.number(), received_p99: z.number(), received_max: z.number() },
  ...{ records_median: z.number(), records_p99: z.number(), records_max: z.number() },
})
export type StoredVolumes = z.infer<typeof StoredVolumes>

/** Of an agent, or of its peers. */
export const usualVolumes = question(
  'usual volumes',
  `SELECT d.* FROM agent_volumes AS d WHERE d.tenant = {tenant:String} AND d.agent IN {agents:Array(String)} LIMIT 500`,
  StoredVolumes,
)

export const weekHours = question(
  'hours of the week',
  `SELECT (toDayOfWeek(d.time, 0, 'UTC') - 1) * 24 + toHour(d.time, 'UTC') AS hour_of_week, count() AS calls
FROM learnt_events AS d WHERE ${own} GROUP BY hour_of_week LIMIT 168`,
  z.object({ hour_of_week: z.number(), calls: z.number() }),
)

/** Credentials that the latest events named, with the scopes that they bore. */
export const usedCredentials = question(
  'credentials of an agent',
  `SELECT id, toUnixTimestamp64Milli(min(at)) AS first_used_at, toUnixTimestamp64Milli(max(at)) AS last_used_at, max(issued) AS issued_at,
  max(expires) AS expires_at, count() AS events, groupUniqArrayArray(64)(scopes) AS scopes
FROM (
  SELECT d.time AS at, JSONExtractString(d.event, 'credential', 'id') AS id, JSONExtractInt(d.event, 'credential', 'issued_at') AS issued,
    JSONExtractInt(d.event, 'credential', 'expires_at') AS expires, JSONExtract(d.event, 'credential', 'scopes', 'Array(String)') AS scopes
  FROM events AS d FINAL WHERE ${own} ORDER BY d.hour DESC LIMIT ${credentialEventsMax}
)
WHERE id != '' GROUP BY id ORDER BY last_used_at DESC LIMIT ${credentialsMax + 1}`,
  z.object({
    id: z.string(),
    first_used_at: z.number(),
    last_used_at: z.number(),
    issued_at: z.number(),
    expires_at: z.number(),
    events: z.number(),
    scopes: z.array(z.string()),
  }),
)

export const endedSessions = question(
  'sessions of an agent',
  `SELECT d.session AS session, toUnixTimestamp64Milli(d.started_at) AS since, toUnixTimestamp64Milli(d.ended_at) AS until, d.events AS events,
  d.highest_score AS score, d.highest_risk AS risk
FROM sessions AS d FINAL WHERE ${own} ORDER BY d.ended_at DESC LIMIT ${agentSessionsMax}`,
  z.object({
    session: z.string(),
    since: z.number(),
    until: z.number(),
    events: z.number(),
    score: z.number(),
    risk: z.number(),
  }),
)

export const latestFindings = question(
  'findings of an agent',
  `SELECT d.record AS record FROM findings AS d FINAL WHERE ${own} ORDER BY d.time DESC, d.id LIMIT ${findingsMax}`,
  z.object({ record: z.string() }),
)
