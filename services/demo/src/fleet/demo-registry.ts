import type { Registry } from '@straylight/schemas/agent'
import type { Fleet, FleetAgent } from './fleet.ts'

/** Whether the demo's registry says what an agent may touch: those of finance alone, so that some have a boundary and some have none. */
export const isBounded = ({ role }: FleetAgent): boolean => role.kind === 'finance'

/**
 * The registry as the demo's company would keep it: its own mail is inside, and agents of finance may touch the systems of their role and no
 * others. None of the five incidents breaks such a boundary, so it helps to find none of them.
 */
export function demoRegistry(fleet: Fleet): Registry {
  const bounded = new Map(fleet.agents.filter(isBounded).map((agent) => [agent.agent, agent]))
  return {
    ...fleet.registry,
    internal: { domains: [fleet.mail_domain], hosts: [], networks: [], accounts: [], buckets: [] },
    agents: fleet.registry.agents.map((entry) => {
      const agent = bounded.get(entry.agent)
      if (agent === undefined) return entry
      return { ...entry, boundary: { systems: [...new Set(agent.role.actions.map(({ system }) => system))].sort() } }
    }),
  }
}
