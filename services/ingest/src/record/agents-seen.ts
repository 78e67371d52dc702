import { partitionKeyOf } from '@straylight/schemas/partition-key'

/** Agents remembered that the registry does not know: whoever invents names fills this and no more. */
const strangersMax = 10_000

/** Which agents a process has read events of, against its registry: agents that it does not know, and entries that no event bears out. */
export class AgentsSeen {
  private readonly unseen: Set<string>
  private readonly unknown = new Set<string>()

  constructor(agents: readonly { readonly tenant: string; readonly agent: string }[]) {
    this.unseen = new Set(agents.map(({ tenant, agent }) => partitionKeyOf(tenant, agent)))
  }

  observe({ tenant, agent, registered }: { tenant: string; agent: string; registered: boolean }): void {
    if (registered && this.unseen.size === 0) return
    const key = partitionKeyOf(tenant, agent)
    if (registered) this.unseen.delete(key)
    else if (this.unknown.size < strangersMax) this.unknown.add(key)
  }

  /** Agents seen that the registry does not name, 10,000 at most. */
  get strangers(): number {
    return this.unknown.size
  }

  /** Entries of the registry of which nothing was read. */
  get entriesUnseen(): number {
    return this.unseen.size
  }
}
