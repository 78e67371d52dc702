import { dayMs } from '@straylight/schemas/duration'
import type { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { AgentDirectory } from './agents/agent-directory.ts'
import { alertsWhere } from './alerts/alert-queue.ts'
import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { Overview } from './contract/overview.ts'
import { detectorLacks } from './detector-lacks.ts'
import { question } from './questions/ask.ts'

type Rows = Awaited<ReturnType<AgentDirectory>>

const weeksMax = 12
const Counts = z.object({ low: z.number(), medium: z.number(), high: z.number(), critical: z.number() })
const ofTenant = "({tenant:String} = '' OR tenant = {tenant:String})"
const severities = (['low', 'medium', 'high', 'critical'] as const satisfies readonly Severity[])
  .map((severity) => `uniqExactIf(id, severity = '${severity}') AS ${severity}`)
  .join(', ')

/** An alert counts under the severity that it has now. */
const latest = `SELECT id, toString(severity) AS severity, state, opened_at FROM latest_alerts FINAL WHERE ${ofTenant}`

const openAlerts = question(
  'open alerts',
  `SELECT ${severities}, countIf(state = 'awaiting_approval') AS waiting FROM (${latest}) WHERE state != 'closed'`,
  Counts.extend({ waiting: z.number() }),
)

const alertsByHour = question(
  'alerts by hour',
  `SELECT intDiv(opened_at, 3600000) * 3600000 AS time, ${severities} FROM (${latest})
WHERE opened_at > {since:Int64} GROUP BY time ORDER BY time LIMIT 200`,
  Counts.extend({ time: z.number() }),
)

const sessionsByWeek = question(
  'sessions by week',
  `SELECT toUnixTimestamp(toStartOfWeek(log_time, 1, 'UTC')) * 1000 AS week, uniqExact(tenant, agent, session, started_at) AS sessions
FROM sessions WHERE ${ofTenant} AND log_time > fromUnixTimestamp64Milli({since:Int64}) GROUP BY week ORDER BY week LIMIT ${weeksMax + 1}`,
  z.object({ week: z.number(), sessions: z.number() }),
)

/** Findings of an alert: those that are no mere quarantine and that nobody keeps quiet. */
const alertedByWeek = question(
  'alerted sessions by week',
  `SELECT toUnixTimestamp(toStartOfWeek(log_time, 1, 'UTC')) * 1000 AS week, uniqExact(tenant, agent, session) AS alerted
FROM findings WHERE ${ofTenant} AND log_time > fromUnixTimestamp64Milli({since:Int64})
  AND JSONExtractFloat(record, 'p_value') <= {rate:Float64} AND NOT JSONHas(record, 'suppressed')
GROUP BY week ORDER BY week LIMIT ${weeksMax + 1}`,
  z.object({ week: z.number(), alerted: z.number() }),
)

const commandsOfWeek = question(
  'commands of a week',
  `SELECT countIf(state IN ('sent', 'applied', 'refused', 'unanswered', 'restored')) AS sent, countIf(state IN ('applied', 'restored')) AS applied,
  countIf(state = 'refused') AS refused, countIf(state = 'unanswered') AS unanswered, countIf(state = 'restored') AS restored
FROM (
  SELECT toString(command_state) AS state FROM latest_alerts FINAL
  WHERE ${ofTenant} AND log_time > fromUnixTimestamp64Milli({since:Int64})
)`,
  z.object({
    sent: z.number(),
    applied: z.number(),
    refused: z.number(),
    unanswered: z.number(),
    restored: z.number(),
  }),
)

const none = { low: 0, medium: 0, high: 0, critical: 0 }

/** What is to be seen first: who is risky, what waits, whether the budget is kept, and what the detector itself lacks. */
export async function overviewOf(
  ground: ConsoleGround,
  asker: Asker,
  query: { tenant?: string | undefined },
): Promise<Overview> {
  const { ask, now } = ground
  const tenant = tenantFor(asker, query.tenant)
  const rows = await ground.directory(tenant)
  const week = { tenant, since: now() - 7 * dayMs }
  const [open] = await ask(openAlerts, { tenant })
  const { waiting, ...counts } = open ?? { waiting: 0, ...none }
  const hours = await ask(alertsByHour, week)
  const condition = { sql: "a.state != 'closed'", parameters: {} }
  const gravest = await alertsWhere(ground, { tenant, condition, sort: 'gravest', limit: 10 })
  const [commands] = await ask(commandsOfWeek, week)
  return {
    as_of: now(),
    agents: { total: rows.length, states: statesOf(rows) },
    riskiest: riskiestOf(rows),
    alerts: {
      open: counts,
      awaiting_approval: waiting,
      by_hour: hours.map(({ time, ...of }) => ({ time, severities: of })),
      gravest: gravest.items,
    },
    budget: await budgetOf(ground, tenant),
    commands: commands ?? { sent: 0, applied: 0, refused: 0, unanswered: 0, restored: 0 },
    lacks: await detectorLacks(ground, asker, rows),
  }
}

function statesOf(rows: Rows): Overview['agents']['states'] {
  const states = { learning: 0, watched: 0, held: 0, silent: 0, never_seen: 0 }
  for (const { state } of rows) states[state] += 1
  return states
}

const riskiestOf = (rows: Rows): Overview['riskiest'] =>
  rows
    .filter(({ risk, open_alerts }) => risk !== null || open_alerts > 0)
    .toSorted((one, other) => (other.risk ?? -1e9) - (one.risk ?? -1e9))
    .slice(0, 10)

async function budgetOf({ ask, policy, now }: ConsoleGround, tenant: string): Promise<Overview['budget']> {
  const rate = policy.budget.session_alert_rate
  const of = { tenant, since: now() - weeksMax * 7 * dayMs, rate }
  const alerted = new Map((await ask(alertedByWeek, of)).map((row) => [row.week, row.alerted]))
  const weeks = (await ask(sessionsByWeek, of)).slice(-weeksMax).map(({ week, sessions }) => ({
    ...{ week, sessions, alerted: alerted.get(week) ?? 0 },
    realised: sessions === 0 ? null : (alerted.get(week) ?? 0) / sessions,
  }))
  return { asked: rate, weeks }
}
