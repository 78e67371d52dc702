import { dayMs } from '@straylight/schemas/duration'
import type { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { AgentDirectory } from './agents/agent-directory.ts'
import { revokedCredentials } from './agents/revoked-credentials.ts'
import { riskRank } from './agents/risk-rank.ts'
import { alertsWhere } from './alerts/alert-queue.ts'
import { type Asker, tenantFor } from './asker.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { Overview } from './contract/overview.ts'
import { detectorLacks } from './detector-lacks.ts'
import { question } from './questions/ask.ts'
import { firstInOrder } from './questions/first-in-order.ts'

type Rows = Awaited<ReturnType<AgentDirectory>>

const weeksMax = 12
const Counts = z.object({ low: z.number(), medium: z.number(), high: z.number(), critical: z.number() })
const ofTenant = "({tenant:String} = '' OR tenant = {tenant:String})"
const severities = (['low', 'medium', 'high', 'critical'] as const satisfies readonly Severity[])
  .map((severity) => `countIf(severity = '${severity}') AS ${severity}`)
  .join(', ')

/** Open alerts lie together: an index finds them. */
const openAlerts = question(
  'open alerts',
  `SELECT ${severities}, countIf(state = 'awaiting_approval') AS waiting,
  countIf(command_state = 'approved') AS approved FROM alert_list FINAL WHERE ${ofTenant} AND state != 'closed'`,
  Counts.extend({ waiting: z.number(), approved: z.number() }),
)

/** An alert counts under the severity that it has now. The table is ordered by the time of opening: what is older is not read. */
const alertsByHour = question(
  'alerts by hour',
  `SELECT intDiv(opened_at, 3600000) * 3600000 AS time, ${severities} FROM alert_list FINAL
WHERE ${ofTenant} AND -opened_at < -{since:Int64} GROUP BY time ORDER BY time LIMIT 200`,
  Counts.extend({ time: z.number() }),
)

/** One row a tenant and week. */
const sessionsByWeek = question(
  'sessions by week',
  `SELECT toUnixTimestamp(w.week) * 1000 AS begin, uniqCombined64Merge(14)(w.sessions) AS ended
FROM session_weeks AS w WHERE ${ofTenant} AND w.week > toDate(intDiv({since:Int64}, 1000), 'UTC')
GROUP BY w.week ORDER BY w.week LIMIT ${weeksMax + 1}`,
  z.object({ begin: z.number(), ended: z.number() }),
)

/** Sessions with a finding that was no mere quarantine and that nobody kept quiet: those of twelve weeks are read. */
const alertedByWeek = question(
  'alerted sessions by week',
  `SELECT toUnixTimestamp(week) * 1000 AS begin, uniqExactIf((tenant, agent, session), p_value <= {rate:Float64}) AS alerted
FROM alerted_sessions WHERE ${ofTenant} AND week > toDate(intDiv({since:Int64}, 1000), 'UTC')
GROUP BY week ORDER BY week LIMIT ${weeksMax + 1}`,
  z.object({ begin: z.number(), alerted: z.number() }),
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
  const { waiting, approved, ...counts } = open ?? { waiting: 0, approved: 0, ...none }
  const hours = await ask(alertsByHour, week)
  const condition = { sql: "a.state != 'closed'", parameters: {} }
  const gravest = await alertsWhere(ground, { tenant, condition, sort: 'gravest', limit: 10 })
  const { commands, credentials } = await revokedCredentials(ask, { ...week, now: now() })
  return {
    as_of: now(),
    agents: { total: rows.length, states: statesOf(rows) },
    riskiest: riskiestOf(rows),
    alerts: {
      open: counts,
      awaiting_approval: waiting,
      awaiting_place: approved,
      by_hour: hours.map(({ time, ...of }) => ({ time, severities: of })),
      gravest: gravest.items,
    },
    budget: await ground.held(`budget ${tenant}`, () => budgetOf(ground, tenant)),
    commands: { ...commands, credentials_revoked: credentials.filter(({ state }) => state === 'revoked').length },
    lacks: await detectorLacks(ground, asker, rows),
  }
}

function statesOf(rows: Rows): Overview['agents']['states'] {
  const states = { learning: 0, watched: 0, held: 0, silent: 0, never_seen: 0 }
  for (const { state } of rows) states[state] += 1
  return states
}

const riskiestOf = (rows: Rows): Overview['riskiest'] =>
  firstInOrder(
    rows.filter(({ risk, open_alerts }) => risk !== null || open_alerts > 0),
    (one, other) => riskRank(other) - riskRank(one),
    10,
  )

async function budgetOf({ ask, policy, now }: ConsoleGround, tenant: string): Promise<Overview['budget']> {
  const rate = policy.budget.session_alert_rate
  const of = { tenant, since: now() - weeksMax * 7 * dayMs, rate }
  const alerted = new Map((await ask(alertedByWeek, of)).map((row) => [row.begin, row.alerted]))
  const weeks = (await ask(sessionsByWeek, of)).slice(-weeksMax).map(({ begin: week, ended: sessions }) => ({
    ...{ week, sessions, alerted: alerted.get(week) ?? 0 },
    realised: sessions === 0 ? null : (alerted.get(week) ?? 0) / sessions,
  }))
  return { asked: rate, weeks }
}
