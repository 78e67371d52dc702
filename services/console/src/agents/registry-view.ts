import type { Agent, Registry } from '@straylight/schemas/agent'
import { partitionKeyOf } from '@straylight/schemas/partition-key'
import { RegisteredNames } from '@straylight/score/watchers/registered-names'
import { agentsMax } from './agents-max.ts'

/** What the registry says, by agent. */
export interface RegistryView {
  readonly agents: readonly Agent[]
  agent(of: { readonly tenant: string; readonly agent: string }): Agent | undefined
  /** By `tenant|agent`. */
  byKey(key: string): Agent | undefined
  /** The registered agent of the tenant for whose name people take this one; undefined where there is none. */
  lookalikeOf(tenant: string, name: string): string | undefined
}

export function registryView(registry: Registry): RegistryView {
  const byKey = new Map(registry.agents.map((agent) => [partitionKeyOf(agent.tenant, agent.agent), agent]))
  const names = new RegisteredNames(registry.agents)
  // What was once worked out holds as long as the registry does.
  const looks = new Map<string, string | undefined>()
  return {
    agents: registry.agents,
    agent: ({ tenant, agent }) => byKey.get(partitionKeyOf(tenant, agent)),
    byKey: (key) => byKey.get(key),
    lookalikeOf: (tenant, name) => {
      const key = partitionKeyOf(tenant, name)
      if (looks.has(key)) return looks.get(key)
      if (looks.size >= agentsMax) looks.clear()
      const found = names.lookalikeOf(tenant, name)?.agent
      looks.set(key, found)
      return found
    },
  }
}
