import { z } from 'zod'
import { question } from '../questions/ask.ts'
import { learntEvents, notLearnt } from '../questions/learnt-events.ts'

/** Bounds of an agent's page. */
export const actionsMax = 1_000
export const destinationsMax = 200
export const credentialsMax = 100
export const agentSessionsMax = 500
export const findingsMax = 20
/** Hours in which an agent did anything, the latest: more than half a year has. */
const hoursMax = 10_000
/** Events of one agent that its page is worked out of: the latest; what is older of a busier one is left out, and said. */
export const agentEventsMax = 200_000
/** Events that credentials and scopes are read from: the latest. */
export const credentialEventsMax = 2_000

const own = 'd.tenant = {tenant:String} AND d.agent = {agent:String}'
/** All that it did, what is not learnt included. */
const done = `events AS d FINAL WHERE ${own} AND d.hour >= {since_hour:UInt32}`
const waits = notLearnt('= {agent:String}')

/** How many rows of its events lie in each hour: of these alone the page of a very busy agent is cut. */
export const eventHours = question(
  'event hours of an agent',
  `SELECT d.hour AS hour, count() AS events FROM events AS d WHERE ${own} GROUP BY hour ORDER BY hour DESC LIMIT ${hoursMax}`,
  z.object({ hour: z.number(), events: z.number() }),
)

/**
 * Each step, each destination and each hour of what it did (`kind`), out of one look at its events: steps and destinations of which nothing is
 * learnt first, then by how often; hours the latest first. `sent` is all of it; what begins with `learnt_` leaves out what is not learnt.
 */
export const deedsOfAgent = question(
  'what an agent did',
  `SELECT kind, name, system, toUnixTimestamp64Milli(min(time)) AS first_time, toUnixTimestamp64Milli(max(time)) AS last_time,
  uniqExact(toDate(time, 'UTC')) AS days, count() AS events, countIf(waiting) AS not_learnt, sum(bytes_sent) AS sent,
  sumIf(bytes_sent, NOT waiting) AS learnt_sent, sumIf(bytes_received, NOT waiting) AS learnt_received, sumIf(records, NOT waiting) AS learnt_records
FROM (
  SELECT d.time AS time, ifNull(d.bytes_sent, 0) AS bytes_sent, ifNull(d.bytes_received, 0) AS bytes_received, ifNull(d.records, 0) AS records,
    ${waits} AS waiting,
    arrayJoin(arrayConcat([('step', toString(d.step), toString(d.system)), ('hour', toString(d.hour), '')],
      arrayMap(destination -> ('destination', destination, ''), arrayDistinct(d.destination_keys)))) AS deed,
    deed.1 AS kind, deed.2 AS name, deed.3 AS system
  FROM ${done}
)
GROUP BY kind, name, system
ORDER BY kind, if(kind = 'hour', toUInt32OrZero(name), 0) DESC, events = not_learnt DESC, events DESC, name LIMIT ${hoursMax} BY kind LIMIT ${3 * hoursMax}`,
  z.object({
    kind: z.enum(['step', 'destination', 'hour']),
    name: z.string(),
    system: z.string(),
    first_time: z.number(),
    last_time: z.number(),
    days: z.number(),
    events: z.number(),
    not_learnt: z.number(),
    sent: z.number(),
    learnt_sent: z.number(),
    learnt_received: z.number(),
    learnt_records: z.number(),
  }),
)

const amounts = `count() AS calls, sum(ifNull(d.bytes_sent, 0)) AS sent, sum(ifNull(d.bytes_received, 0)) AS received, sum(ifNull(d.records, 0)) AS records`

const usual = (['calls', 'sent', 'received', 'records'] as const)
  .map(
    (name) =>
      `quantileExact(0.5)(${name}) AS ${name}_median, quantileExact(0.99)(${name}) AS ${name}_p99, max(${name}) AS ${name}_max`,
  )
  .join(', ')

const StoredVolumes = z.object({
  agent: z.string(),
  periods: z.number(),
  ...{ calls_median: z.number(), calls_p99: z.number(), calls_max: z.number() },
  ...{ sent_median: z.number(), sent_p99: z.number(), sent_max: z.number() },
  ...{ received_median: z.number(), received_p99: z.number(), received_max: z.number() },
  ...{ records_median: z.number(), records_p99: z.number(), records_max: z.number() },
})
export type StoredVolumes = z.infer<typeof StoredVolumes>

/** What is usual of a day of each of these agents. */
export const usualDays = question(
  'usual days',
  `SELECT agent, count() AS periods, ${usual}
FROM (SELECT d.agent AS agent, ${amounts} FROM ${learntEvents('IN {agents:Array(String)}')} GROUP BY d.agent, toDate(d.time, 'UTC'))
GROUP BY agent LIMIT 500`,
  StoredVolumes,
)

/** Credentials that the latest events named, with the scopes that they bore. */
export const usedCredentials = question(
  'credentials of an agent',
  `SELECT id, toUnixTimestamp64Milli(min(at)) AS first_used_at, toUnixTimestamp64Milli(max(at)) AS last_used_at, max(issued) AS issued_at,
  max(expires) AS expires_at, count() AS events, groupUniqArrayArray(64)(scopes) AS scopes
FROM (
  SELECT d.time AS at, JSONExtractString(d.event, 'credential', 'id') AS id, JSONExtractInt(d.event, 'credential', 'issued_at') AS issued,
    JSONExtractInt(d.event, 'credential', 'expires_at') AS expires, JSONExtract(d.event, 'credential', 'scopes', 'Array(String)') AS scopes
  FROM events AS d FINAL WHERE ${own} AND d.hour >= {credential_hour:UInt32} ORDER BY d.hour DESC LIMIT ${credentialEventsMax}
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

const SessionRisk = z.object({
  session: z.string(),
  since: z.number(),
  until: z.number(),
  events: z.number(),
  score: z.number(),
  risk: z.number(),
})

export const endedSessions = question(
  'sessions of an agent',
  `SELECT d.session AS session, toUnixTimestamp64Milli(d.started_at) AS since, toUnixTimestamp64Milli(d.ended_at) AS until, d.events AS events,
  d.highest_score AS score, d.highest_risk AS risk
FROM sessions AS d FINAL WHERE ${own} ORDER BY d.ended_at DESC LIMIT ${agentSessionsMax}`,
  SessionRisk,
)

/** Sessions of the last 7 days of its events that have findings and have not ended: their risk so far. */
export const runningSessions = question(
  'running sessions of an agent',
  `SELECT d.session AS session, toUnixTimestamp64Milli(min(d.time)) AS since, toUnixTimestamp64Milli(max(d.time)) AS until, count() AS events,
  any(r.highest_score) AS score, any(r.highest_risk) AS risk
FROM events AS d FINAL
INNER JOIN (
  SELECT f.session AS session, max(f.score) AS highest_score, max(f.risk) AS highest_risk, max(s.ended_at) AS ended_before
  FROM findings AS f FINAL LEFT JOIN (
    SELECT d.session AS session, max(d.ended_at) AS ended_at FROM sessions AS d WHERE ${own} GROUP BY session
  ) AS s ON f.session = s.session
  WHERE f.tenant = {tenant:String} AND f.agent = {agent:String} AND f.time > fromUnixTimestamp64Milli({since:Int64})
    AND f.time > s.ended_at AND f.cause NOT IN ('silent_agent', 'silent_source')
  GROUP BY session
) AS r ON d.session = r.session
WHERE ${own} AND d.hour >= intDiv({since:Int64}, 3600000) AND d.time > r.ended_before
GROUP BY session ORDER BY until DESC LIMIT ${agentSessionsMax}`,
  SessionRisk,
)

export const findingsOfAgent = question(
  'findings of an agent',
  `SELECT d.record AS record FROM findings AS d FINAL WHERE ${own} ORDER BY d.time DESC, d.id LIMIT ${findingsMax}`,
  z.object({ record: z.string() }),
)
