import { budgetFactor, feedbackFrom, type SessionWeek } from '@straylight/models/scoring/budget-feedback'
import { judgedCalibration } from '@straylight/models/scoring/judged-calibration'
import type { Query, Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import type { BudgetFeedback, JudgedSessions } from '@straylight/schemas/knowledge'
import type { ModelArtifact } from '@straylight/schemas/model-artifact'
import { z } from 'zod'
import type { CountedAgents } from './counted-agents.ts'

const weekMs = 7 * dayMs
/** Weeks that the feedback looks back, in event time. */
const weeksMax = 8
/** Agents whose sessions are counted in a week, those with the most first; and risky sessions asked for of a tenant. */
const agentsMax = 200_000
const riskyMax = 20_000
/** Of one agent in a week, the riskiest: nobody's storm takes the places of others, in its tenant or beyond. */
const riskyOfAgentMax = 500

type RiskySession = SessionWeek['risky'][number]

interface Since {
  readonly since: number
  readonly until: number
  readonly model: string
}

const EndedRow = z.object({ tenant: z.string(), agent: z.string(), week: z.number(), ended: z.number() })

/** Sessions that ended in each whole week, by agent, of the model in force: risks of two models are not comparable. */
const endedByWeek: Query<Since & Record<string, unknown>, z.infer<typeof EndedRow>> = {
  name: 'sessions that ended by week',
  sql: `
SELECT tenant, agent, toUInt32(intDiv(toUnixTimestamp64Milli(ended_at), ${weekMs})) AS week, count() AS ended
FROM sessions FINAL
WHERE ended_at >= fromUnixTimestamp64Milli({since:Int64}) AND ended_at < fromUnixTimestamp64Milli({until:Int64})
  AND JSONExtractString(record, 'model') = {model:String}
GROUP BY tenant, agent, week
ORDER BY ended DESC, tenant, agent, week
LIMIT ${agentsMax}`,
  row: EndedRow,
}

const RiskyRow = z.object({
  tenant: z.string(),
  agent: z.string(),
  week: z.number(),
  risk: z.number(),
  /** Cause and target of its riskiest finding; the session itself where it has none. */
  about: z.string(),
})

/**
 * Those of them that could alert, but for what a person called true: an incident is not the ordinary life that the budget speaks of. A
 * finding belongs to the session of its name in whose time it stands.
 */
const riskyByWeek: Query<Since & { from: number } & Record<string, unknown>, z.infer<typeof RiskyRow>> = {
  name: 'risky sessions by week',
  sql: `
SELECT tenant, agent, toUInt32(intDiv(toUnixTimestamp64Milli(ended), ${weekMs})) AS week, risk,
  if(subject = '', concat(agent, '|', session), subject) AS about
FROM (
  SELECT s.tenant AS tenant, s.agent AS agent, s.session AS session, s.started_at AS started, any(s.ended_at) AS ended,
    any(s.highest_risk) AS risk,
    argMaxIf(concat(spoken.cause, '|', spoken.target), spoken.risk, spoken.time BETWEEN s.started_at AND s.ended_at) AS subject,
    countIf(spoken.why = 'verdict_true' AND spoken.time BETWEEN s.started_at AND s.ended_at) AS confirmed
  FROM (
    SELECT * FROM (
      SELECT tenant, agent, session, started_at, ended_at, highest_risk
      FROM sessions FINAL
      WHERE ended_at >= fromUnixTimestamp64Milli({since:Int64}) AND ended_at < fromUnixTimestamp64Milli({until:Int64})
        AND JSONExtractString(record, 'model') = {model:String} AND highest_risk > {from:Float64}
      ORDER BY highest_risk DESC
      LIMIT ${riskyOfAgentMax} BY tenant, agent, intDiv(toUnixTimestamp64Milli(ended_at), ${weekMs})
    )
    ORDER BY highest_risk DESC
    LIMIT ${riskyMax} BY tenant
  ) AS s
  LEFT JOIN (
    SELECT found.tenant AS tenant, found.agent AS agent, found.session AS session, found.time AS time, found.risk AS risk, found.cause AS cause,
      found.target AS target, marked.why AS why
    FROM (
      SELECT tenant, agent, id, session, time, risk, cause, JSONExtractString(record, 'target') AS target
      FROM findings FINAL
      WHERE time >= fromUnixTimestamp64Milli({since:Int64}) - INTERVAL 2 DAY
    ) AS found
    LEFT JOIN (
      SELECT tenant, agent, finding_id AS id, why FROM held_out FINAL WHERE why = 'verdict_true'
    ) AS marked USING (tenant, agent, id)
  ) AS spoken USING (tenant, agent, session)
  GROUP BY tenant, agent, session, started
)
WHERE confirmed = 0
ORDER BY tenant, week, risk DESC, agent`,
  row: RiskyRow,
}

/**
 * What each tenant's p-values are multiplied by, from the sessions of its last whole weeks, of agents that count. A function of the tables
 * and its options; tenants without a whole week are not in it.
 */
export async function budgetFeedback(
  store: Store,
  options: {
    readonly eventTime: number
    readonly model: ModelArtifact
    readonly sessionAlertRate: number
    readonly judged: readonly JudgedSessions[]
    readonly counted: Pick<CountedAgents, 'has'>
  },
): Promise<BudgetFeedback[]> {
  const { model, sessionAlertRate: rate, counted } = options
  const until = Math.floor(options.eventTime / weekMs) * weekMs
  const span = { since: Math.max(0, until - weeksMax * weekMs), until: Math.max(0, until), model: model.name }
  const ended = await store.query(endedByWeek, { ...span })
  if (ended.length === 0) return []
  const from = feedbackFrom(model.calibration, rate)
  const tenants = new Map<string, Map<number, { sessions: Map<string, number>; risky: RiskySession[] }>>()
  for (const { tenant, agent, week, ended: sessions } of ended) {
    if (!counted.has({ tenant, agent })) continue
    const weeks = tenants.get(tenant) ?? new Map()
    tenants.set(tenant, weeks)
    const known = weeks.get(week) ?? { sessions: new Map<string, number>(), risky: [] }
    weeks.set(week, known)
    known.sessions.set(agent, sessions)
  }
  for (const { tenant, agent, week, risk, about } of await store.query(riskyByWeek, { ...span, from }))
    if (counted.has({ tenant, agent })) tenants.get(tenant)?.get(week)?.risky.push({ agent, about, risk })
  const judged = new Map(options.judged.map((one) => [one.tenant, one]))
  return [...tenants].map(([tenant, weeks]) => {
    const ordered: SessionWeek[] = [...weeks].sort(([a], [b]) => a - b).map(([, week]) => week)
    const calibration = judgedCalibration(model.calibration, judged.get(tenant))
    return { tenant, factor: budgetFactor(ordered, calibration, rate) }
  })
}
