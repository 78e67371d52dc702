import { type AgentName, partitionKeyOf } from '@straylight/schemas/partition-key'
import { z } from 'zod'
import { type Ask, question } from '../questions/ask.ts'
import type { UsedStep } from './least-privilege.ts'

/** Steps of one agent that are looked at; what lies beyond is one agent's doing, and keeps nobody else's out. */
const stepsMax = 1_000

const stepsOfAgents = question(
  'steps of agents',
  `SELECT u.tenant AS tenant, u.agent AS agent, u.system AS system, u.name AS step, toUnixTimestamp64Milli(min(u.first_time)) AS first_time,
  toUnixTimestamp64Milli(max(u.last_time)) AS last_time
FROM agent_uses AS u WHERE u.tenant IN {tenants:Array(String)} AND u.agent IN {agents:Array(String)} AND u.kind = 'step'
GROUP BY tenant, agent, system, step ORDER BY step LIMIT ${stepsMax} BY tenant, agent LIMIT 200000`,
  z.object({
    tenant: z.string(),
    agent: z.string(),
    system: z.string(),
    step: z.string(),
    first_time: z.number(),
    last_time: z.number(),
  }),
)

/** What each of these agents did, by `tenant|agent`; quarantined or not. */
export async function usedStepsOf(ask: Ask, agents: readonly AgentName[]): Promise<Map<string, UsedStep[]>> {
  const steps = new Map<string, UsedStep[]>(agents.map(({ tenant, agent }) => [partitionKeyOf(tenant, agent), []]))
  if (agents.length === 0) return steps
  const tenants = [...new Set(agents.map(({ tenant }) => tenant))]
  const rows = await ask(stepsOfAgents, { tenants, agents: agents.map(({ agent }) => agent) })
  for (const { tenant, agent, ...step } of rows) steps.get(partitionKeyOf(tenant, agent))?.push(step)
  return steps
}
