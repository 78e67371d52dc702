import type { Query, Store } from '@straylight/runtime/store/store'
import { dayMs } from '@straylight/schemas/duration'
import type { JudgedSessions } from '@straylight/schemas/knowledge'
import { z } from 'zod'
import type { CountedAgents } from '../knowledge/counted-agents.ts'

/** How far back calibration looks, in event time. */
const lookBackMs = 90 * dayMs
/** Risks of one tenant and of one agent among them, newest first: one loud agent must not decide for all. */
const perTenantMax = 500
const perAgentMax = 10

/** Causes whose finding says nothing of the session's risk. */
const otherCauses = "('credential_shared', 'changed_repeat', 'unowned_agent', 'name_confusable', 'renamed_agent')"

const RiskRow = z.object({ tenant: z.string(), agent: z.string(), risk: z.number() })

/**
 * The highest risk of each session that was called false and in no part true, newest first, of findings that the model
 * in force made: risks of another model are not comparable. `held_out` says what the last word on each event is.
 */
const falseRisks: Query<{ since: number; model: string }, z.infer<typeof RiskRow>> = {
  name: 'risks of sessions called false',
  sql: `
SELECT tenant, agent, risk
FROM (
  SELECT found.tenant AS tenant, found.agent AS agent, found.session AS session, max(found.risk) AS risk,
    max(found.time) AS latest
  FROM (
    SELECT tenant, agent, id, session, time, risk
    FROM findings FINAL
    WHERE time >= fromUnixTimestamp64Milli({since:Int64}) AND cause NOT IN ${otherCauses}
      AND JSONExtractString(record, 'evidence', 'model') = {model:String}
  ) AS found
  INNER JOIN (
    SELECT tenant, agent, finding_id AS id, why FROM held_out FINAL WHERE why IN ('verdict_true', 'verdict_false')
  ) AS marked USING (tenant, agent, id)
  GROUP BY tenant, agent, session
  HAVING countIf(marked.why = 'verdict_true') = 0
)
ORDER BY tenant, latest DESC, agent, session
LIMIT ${perAgentMax} BY tenant, agent`,
  row: RiskRow,
}

const EndedRow = z.object({ tenant: z.string(), agent: z.string(), ended: z.number() })

/** Agents whose sessions are counted, those with the most first: one made up for an event or two is not among them. */
const agentsMax = 200_000

/** Sessions that ended, by agent: what the ones called false are so many among. */
const endedSessions: Query<{ since: number }, z.infer<typeof EndedRow>> = {
  name: 'sessions that ended',
  sql: `
SELECT tenant, agent, count() AS ended FROM sessions FINAL
WHERE ended_at >= fromUnixTimestamp64Milli({since:Int64})
GROUP BY tenant, agent
ORDER BY ended DESC, tenant, agent
LIMIT ${agentsMax}`,
  row: EndedRow,
}

/** What verdicts say of the calibration, by tenant, of agents that count; tenants without a false verdict are not in it. */
export async function judgedSessions(
  store: Store,
  options: { eventTime: number; model: string; counted: Pick<CountedAgents, 'has'> },
): Promise<JudgedSessions[]> {
  const since = Math.max(0, options.eventTime - lookBackMs)
  const risks = new Map<string, number[]>()
  for (const { tenant, agent, risk } of await store.query(falseRisks, { since, model: options.model })) {
    if (!options.counted.has({ tenant, agent })) continue
    const list = risks.get(tenant) ?? []
    risks.set(tenant, list)
    if (list.length < perTenantMax) list.push(risk)
  }
  if (risks.size === 0) return []
  const ended = new Map<string, number>()
  for (const { tenant, agent, ended: sessions } of await store.query(endedSessions, { since }))
    if (options.counted.has({ tenant, agent })) ended.set(tenant, (ended.get(tenant) ?? 0) + sessions)
  return [...risks]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tenant, list]) => ({
      tenant,
      sessions: Math.max(ended.get(tenant) ?? 0, list.length),
      risks: list.sort((a, b) => a - b),
    }))
}
