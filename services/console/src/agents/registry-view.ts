import type { Agent, Registry } from '@straylight/schemas/agent'
import { partitionKeyOf } from '@straylight/schemas/partition-key'

/** What the registry says, by agent. */
export interface RegistryView {
  readonly agents: readonly Agent[]
  agent(of: { readonly tenant: string; readonly agent: string }): Agent | undefined
}

export function registryView(registry: Registry): RegistryView {
  const byKey = new Map(registry.agents.map((agent) => [partitionKeyOf(agent.tenant, agent.agent), agent]))
  return { agents: registry.agents, agent: ({ tenant, agent }) => byKey.get(partitionKeyOf(tenant, agent)) }
}
