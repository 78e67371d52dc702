import type { Agent, Registry } from '@straylight/schemas/agent'
import { StraylightError } from '@straylight/schemas/straylight-error'
import { doubleBindings } from './double-bindings.ts'
import { InternalPlaces } from './internal-places.ts'

/** Who is who, for one tenant at a time: names are a tenant's own. */
export interface AgentRegistry {
  /** The agent that has this name or alias, `null` where nobody has. */
  resolve(tenant: string, name: string): Agent | null
  /** Tenants of which it names an agent. */
  readonly tenants: ReadonlySet<string>
  /** Places that it calls the organisation's own. */
  readonly internal: InternalPlaces
}

/** A name that two agents claim: the registry must say whose it is before anything is judged by it. */
export class BadRegistry extends StraylightError {
  override readonly name = 'BadRegistry'
  override readonly code = 'bad_registry'
  override readonly exit_code = 2
}

/** Indexes the registry by every name an agent goes by; throws `BadRegistry` where one name means two agents, or one credential is bound to two. */
export function createAgentRegistry(registry: Registry): AgentRegistry {
  const [bound] = doubleBindings(registry.agents)
  if (bound !== undefined) throw new BadRegistry(`In the registry, ${bound}. Take it from one of them.`)
  const tenants = new Map<string, Map<string, Agent>>()
  for (const agent of registry.agents) {
    const names = tenants.get(agent.tenant) ?? new Map<string, Agent>()
    tenants.set(agent.tenant, names)
    for (const name of new Set([agent.agent, ...agent.aliases])) {
      const other = names.get(name)
      if (other !== undefined)
        throw new BadRegistry(
          `In the registry, tenant "${agent.tenant}": "${name}" names both ${other.agent} and ${agent.agent}. Take it from one of them.`,
        )
      names.set(name, agent)
    }
  }
  return {
    resolve: (tenant, name) => tenants.get(tenant)?.get(name) ?? null,
    tenants: new Set(tenants.keys()),
    internal: new InternalPlaces(registry.internal),
  }
}
