import type { Agent } from '@straylight/schemas/agent'
import { nameSkeletons } from '@straylight/schemas/name-skeleton'
import { visibleText } from '@straylight/schemas/visible-text'

/** The names and aliases of a registry, by what they look like. */
export class RegisteredNames {
  private readonly agents: readonly Agent[]
  /** Of each tenant: skeletons to the name and its agent. Made when first asked for: most versions are never asked. */
  private byLooks: Map<string, Map<string, { name: string; agent: string }>> | undefined

  constructor(agents: readonly Agent[]) {
    this.agents = agents
  }

  /** The registered name that people take this one for, and whose it is; nothing where it is that name itself. */
  lookalikeOf(tenant: string, name: string): { name: string; agent: string } | undefined {
    const known = this.looks().get(tenant)
    if (known === undefined) return undefined
    for (const key of keysOf(name)) {
      const found = known.get(key)
      if (found !== undefined && found.name !== name) return found
    }
    return undefined
  }

  /** Registered names of different agents that look alike, in sentences; the first few. */
  lookalikes(max: number): string[] {
    const found = new Set<string>()
    for (const { tenant, agent, aliases } of this.agents) {
      if (found.size >= max) break
      for (const name of [agent, ...aliases]) {
        const other = this.lookalikeOf(tenant, name)
        if (other === undefined || other.agent === agent) continue
        const [one, two] = [name, other.name].sort()
        found.add(visibleText(`tenant "${tenant}": ${one} looks like ${two}`))
      }
    }
    return [...found].slice(0, max)
  }

  private looks() {
    if (this.byLooks !== undefined) return this.byLooks
    const tenants = new Map<string, Map<string, { name: string; agent: string }>>()
    for (const { tenant, agent, aliases } of this.agents) {
      const known = tenants.get(tenant) ?? new Map<string, { name: string; agent: string }>()
      tenants.set(tenant, known)
      // An alias that looks like an agent's own name does not stand in its place.
      for (const name of [agent, ...aliases]) {
        for (const key of keysOf(name)) if (!known.has(key) || name === agent) known.set(key, { name, agent })
      }
    }
    this.byLooks = tenants
    return tenants
  }
}

/** A name in two spellings of one word would else pass for the other's small letters. */
function keysOf(name: string): string[] {
  const [written, small] = nameSkeletons(name)
  return [`written ${written}`, `small ${small}`]
}
