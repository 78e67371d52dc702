import { type GroupedAgent, peerGroups } from '@straylight/models/peers/peer-groups'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { Agent } from '@straylight/schemas/agent'
import type { AgentEvent } from '@straylight/schemas/agent-event'

/** Peer group of each agent (by `agentKeyOf`) from its history: the registry's role, else like tool use within its tenant. */
export function groupAgents(events: readonly AgentEvent[], registry: readonly Agent[]): Map<string, string> {
  const roles = new Map(registry.map((agent) => [agentKeyOf(agent), agent.role]))
  const stepNumbers = new Map<string, number>()
  const tenants = new Map<string, Map<string, Map<number, number>>>()
  for (const event of events) {
    const agents = tenants.get(event.tenant) ?? new Map<string, Map<number, number>>()
    tenants.set(event.tenant, agents)
    const steps = agents.get(event.agent) ?? new Map<number, number>()
    agents.set(event.agent, steps)
    const name = `${event.system}/${event.action}`
    const step = stepNumbers.get(name) ?? stepNumbers.size + 1
    stepNumbers.set(name, step)
    steps.set(step, (steps.get(step) ?? 0) + 1)
  }
  const groups = new Map<string, string>()
  for (const [tenant, agents] of tenants) {
    const grouped: GroupedAgent[] = [...agents].map(([agent, steps]) => ({
      agent,
      steps,
      role: roles.get(agentKeyOf({ tenant, agent })),
    }))
    for (const [agent, group] of peerGroups(grouped)) groups.set(agentKeyOf({ tenant, agent }), group)
  }
  return groups
}
