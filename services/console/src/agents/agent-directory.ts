import { dayMs } from '@straylight/schemas/duration'
import { Severity } from '@straylight/schemas/finding'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import type { Policy } from '@straylight/schemas/policy'
import { z } from 'zod'
import type { AgentRow, AgentState } from '../contract/agent-row.ts'
import type { KnowledgeView } from '../knowledge-view.ts'
import { type Ask, question } from '../questions/ask.ts'
import type { HeldAnswers } from '../questions/held-answers.ts'
import type { RegistryView } from './registry-view.ts'

/** Every agent that is registered or was seen, as it now stands; of one tenant or ('') of all. */
export type AgentDirectory = (tenant: string) => Promise<readonly AgentRow[]>

/** Agents of a directory; beyond, those that were seen last. */
export const agentsMax = 120_000

type OfTenant = Record<string, unknown> & { tenant: string }
const ofTenant = "({tenant:String} = '' OR tenant = {tenant:String})"

/** Rows stored twice and not yet merged count twice: a directory of all agents is not worth a merge of all events. */
const seenAgents = question(
  'agents seen',
  `SELECT tenant, agent, count() AS events, toUnixTimestamp64Milli(min(time)) AS first_seen, toUnixTimestamp64Milli(max(time)) AS last_seen
FROM events WHERE ${ofTenant} GROUP BY tenant, agent ORDER BY last_seen DESC LIMIT ${agentsMax}`,
  z.object({
    tenant: z.string(),
    agent: z.string(),
    events: z.number(),
    first_seen: z.number(),
    last_seen: z.number(),
  }),
)

const agentRisks = question(
  'risks of agents',
  `SELECT tenant, agent, max(highest_risk) AS risk FROM sessions
WHERE ${ofTenant} AND ended_at > (SELECT max(ended_at) FROM sessions WHERE ${ofTenant}) - INTERVAL 7 DAY
GROUP BY tenant, agent LIMIT ${agentsMax}`,
  z.object({ tenant: z.string(), agent: z.string(), risk: z.number() }),
)

/** What of an agent's alerts decides how it stands: those that are open, and commands that hold a credential. */
const agentAlerts = question(
  'alerts of agents',
  `SELECT a.tenant AS tenant, a.agent AS agent, countIf(a.state != 'closed') AS open_alerts,
  maxIf(indexOf(['low', 'medium', 'high', 'critical'], toString(a.severity)), a.state != 'closed') AS worst,
  maxIf(a.hold_until, a.command_state IN ('sent', 'applied')) AS held_until,
  maxIf(toUnixTimestamp64Milli(a.time), a.cause = 'silent_agent' AND a.state != 'closed') AS silent_at
FROM latest_alerts AS a FINAL WHERE ({tenant:String} = '' OR a.tenant = {tenant:String})
GROUP BY tenant, agent
HAVING open_alerts > 0 OR held_until > 0 LIMIT ${agentsMax}`,
  z.object({
    tenant: z.string(),
    agent: z.string(),
    open_alerts: z.number(),
    worst: z.number(),
    held_until: z.number(),
    silent_at: z.number(),
  }),
)

export interface DirectoryParts {
  readonly ask: Ask
  readonly held: HeldAnswers
  readonly registry: RegistryView
  readonly policy: Pick<Policy, 'history_required'>
  readonly knowledge: () => Promise<KnowledgeView | null>
  readonly now: () => number
}

/** What is true of an agent at this moment, before its state is named. */
interface Standing {
  readonly tenant: string
  readonly events: number
  readonly first_seen: number | null
  readonly last_seen: number | null
  readonly held_until: number
  readonly silent_at: number
}

/** Worked out when asked, and held for a moment: three questions for all agents. */
export function createAgentDirectory(parts: DirectoryParts): AgentDirectory {
  return (tenant) => parts.held(`directory ${tenant}`, () => directoryOf(parts, tenant))
}

async function directoryOf(parts: DirectoryParts, tenant: string): Promise<readonly AgentRow[]> {
  const { ask, registry, policy, now } = parts
  const of: OfTenant = { tenant }
  const seen = byAgent(await ask(seenAgents, of))
  const risks = byAgent(await ask(agentRisks, of))
  const alerts = byAgent(await ask(agentAlerts, of))
  const knowledge = await parts.knowledge()
  const registered = registry.agents.filter((agent) => tenant === '' || agent.tenant === tenant)
  const named = new Map([...registered, ...seen.values()].map((one) => [partitionKeyOf(one.tenant, one.agent), one]))
  return [...named].map(([key, { tenant: of, agent }]): AgentRow => {
    const [entry, events, alerting] = [registry.agent({ tenant: of, agent }), seen.get(key), alerts.get(key)]
    const standing: Standing = {
      tenant: of,
      events: events?.events ?? 0,
      first_seen: events?.first_seen ?? null,
      last_seen: events?.last_seen ?? null,
      held_until: alerting?.held_until ?? 0,
      silent_at: alerting?.silent_at ?? 0,
    }
    return {
      ...{ tenant: of, agent, registered: entry !== undefined, owner: entry?.owner ?? null, tier: entry?.tier ?? null },
      role: entry?.role ?? null,
      state: stateOf(standing, { policy, knowledge, now: now() }),
      risk: risks.get(key)?.risk ?? null,
      open_alerts: alerting?.open_alerts ?? 0,
      worst_severity: alerting === undefined ? null : (Severity.options[alerting.worst - 1] ?? null),
      ...{ events: standing.events, first_seen: standing.first_seen, last_seen: standing.last_seen },
    }
  })
}

function stateOf(
  standing: Standing,
  { policy, knowledge, now }: { policy: DirectoryParts['policy']; knowledge: KnowledgeView | null; now: number },
): AgentState {
  const { tenant, events, first_seen, last_seen, held_until, silent_at } = standing
  if (held_until > now) return 'held'
  if (last_seen === null || first_seen === null) return 'never_seen'
  if (silent_at > last_seen) return 'silent'
  const history = knowledge?.tenants.find((known) => known.tenant === tenant)
  const tenantLearns = history?.vetted === false && now < history.since + (knowledge?.learning_days ?? 0) * dayMs
  const { history_required } = policy
  const isYoung = events < history_required.events || last_seen - first_seen < history_required.days * dayMs
  return tenantLearns || isYoung ? 'learning' : 'watched'
}

const byAgent = <Row extends { tenant: string; agent: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [partitionKeyOf(row.tenant, row.agent), row]))
