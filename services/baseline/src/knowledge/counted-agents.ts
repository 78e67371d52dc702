import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Query, Store } from '@straylight/runtime/store/store'
import type { Agent } from '@straylight/schemas/agent'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { AgentPopulation } from '@straylight/schemas/knowledge'
import type { Policy } from '@straylight/schemas/policy'
import { z } from 'zod'
import { agedBefore } from '../count/learnt-hours.ts'

/**
 * What a tenant that has neither a registered agent nor vetted history asks for instead of the policy's history, if that is less:
 * nobody there can be distinguished from another but by what he did, and a fleet must have peers before a week has passed.
 */
const whereNobodyIsKnown = { events: 20, days: 1 }

/** Agents asked for, those seen last first. */
const agentsMax = 200_000

type CountedParameters = Record<string, unknown> & {
  readonly tenants: readonly string[]
  readonly before_hour: number
  readonly events: number
  readonly ms: number
  readonly fewer_events: number
  readonly fewer_ms: number
}

const CountedRow = z.object({ tenant: z.string(), agent: z.string(), has_history: z.number() })

/**
 * Agents that count though no registry names them, and whether they have the history that the policy asks for. What came late counts from
 * when the log had it: else one hour's events, dated over a week, would be a week of history.
 */
const agentsByHistory: Query<CountedParameters, z.infer<typeof CountedRow>> = {
  name: 'agents that count by their history',
  sql: `
SELECT tenant, agent,
  learnt >= {events:UInt64} AND span >= {ms:UInt64} AS has_history
FROM (
  SELECT tenant, agent, sum(events) AS learnt, max(vetted = 1) AS imported, max(hour) AS latest,
    toUInt64(toUnixTimestamp64Milli(max(if(vetted = 2, last_log_time, last_time)))
      - toUnixTimestamp64Milli(min(if(vetted = 2, first_log_time, first_time)))) AS span
  FROM agent_hours FINAL
  WHERE ${agedBefore('{before_hour:UInt32}')}
  GROUP BY tenant, agent
)
WHERE imported = 1 OR has_history OR (
  learnt >= {fewer_events:UInt64} AND span >= {fewer_ms:UInt64}
  AND tenant NOT IN {tenants:Array(String)}
  AND tenant NOT IN (SELECT tenant FROM agent_hours WHERE vetted = 1))
ORDER BY latest DESC, tenant, agent
LIMIT ${agentsMax}`,
  row: CountedRow,
}

/** Whose history counts for others, by `agentKeyOf`, and how many agents each tenant has. */
export interface CountedAgents {
  has(agent: { readonly tenant: string; readonly agent: string }): boolean
  readonly population: readonly AgentPopulation[]
}

/**
 * Who counts for others: agents that the registry names, that vetted history shows, or that have lived as long as the policy asks
 * before it revokes anything. A name is made up in one event; such agents are watched, but are nobody's peer, are no part of what is
 * usual, and do not raise the number of agents that breakers take a share of, which vetted history alone does not raise either.
 * `before`: event time in ms up to which live history counts, whole days.
 */
export async function countedAgents(
  store: Store,
  options: {
    readonly registry: readonly Agent[]
    readonly required: Policy['history_required']
    readonly before: number
  },
): Promise<CountedAgents> {
  const { registry, required, before } = options
  const counted = new Set<string>()
  const sizes = new Map<string, number>()
  const count = (tenant: string) => sizes.set(tenant, (sizes.get(tenant) ?? 0) + 1)
  for (const entry of registry) {
    counted.add(agentKeyOf(entry))
    count(entry.tenant)
  }
  const rows = await store.query(agentsByHistory, {
    tenants: [...sizes.keys()],
    before_hour: Math.floor(before / hourMs),
    events: required.events,
    ms: Math.round(required.days * dayMs),
    fewer_events: Math.min(required.events, whereNobodyIsKnown.events),
    fewer_ms: Math.round(Math.min(required.days, whereNobodyIsKnown.days) * dayMs),
  })
  for (const row of rows) {
    const key = agentKeyOf(row)
    if (!counted.has(key) && row.has_history === 1) count(row.tenant)
    counted.add(key)
  }
  const population = [...sizes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([tenant, agents]) => ({ tenant, agents }))
  return { has: (agent) => counted.has(agentKeyOf(agent)), population }
}
