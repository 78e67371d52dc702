import { dayMs } from '@straylight/schemas/duration'
import type { Severity } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { AgentDirectory } from './agents/agent-directory.ts'
import { revokedCredentials } from './agents/revoked-credentials.ts'
import { riskRank } from './agents/risk-rank.ts'
import { alertsWhere } from './alerts/alert-queue.ts'
import { type Asker, tenantFor } from './asker.ts'
import { budgetOf } from './budget-weeks.ts'
import type { ConsoleGround } from './console-ground.ts'
import type { Overview } from './contract/overview.ts'
import { detectorLacks } from './detector-lacks.ts'
import { question } from './questions/ask.ts'
import { firstInOrder } from './questions/first-in-order.ts'

type Rows = Awaited<ReturnType<AgentDirectory>>

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
  const condition = { sql: "a.state != 'closed'", parameters: {} }
  const [[open], hours, gravest, { commands, credentials }, budget, lacks] = await Promise.all([
    ask(openAlerts, { tenant }),
    ask(alertsByHour, week),
    alertsWhere(ground, { tenant, condition, sort: 'gravest', limit: 10 }),
    revokedCredentials(ask, { ...week, now: now() }),
    ground.held(`budget ${tenant}`, () => budgetOf(ground, tenant)),
    detectorLacks(ground, asker, rows),
  ])
  const { waiting, approved, ...counts } = open ?? { waiting: 0, approved: 0, ...none }
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
    budget,
    commands: { ...commands, credentials_revoked: credentials.filter(({ state }) => state === 'revoked').length },
    lacks,
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
