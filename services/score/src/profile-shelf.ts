import { agentKeyOf } from '@straylight/models/learn-history'
import { Profile } from '@straylight/models/profile'
import type { Store } from '@straylight/runtime/store'
import { agentsWithProfile, profilesOfAgents } from './profile-query.ts'

/** A profile in memory. */
export interface HeldProfile {
  readonly tenant: string
  readonly agent: string
  readonly partition: number
  readonly profile: Profile
  /** The profile holds every event of its partition up to and including this offset. */
  as_of_offset: number
  /** Changed since it was last written. */
  changed: boolean
}

/** Names of stored agents kept in memory, some 100 bytes each. */
const storedMaxDefault = 500_000
/** Profiles asked of the store in one query. */
const agentsPerQuery = 1_000

/**
 * The profiles of agents now active, bounded: least recently used ones leave at a checkpoint.
 * It knows which agents have a stored profile, so a new agent never waits for the store; beyond `storedMax` of them it asks
 * the store for every agent that it does not hold.
 */
export class ProfileShelf {
  private readonly store: Store
  readonly profilesMax: number
  /** Least recently used first. */
  private readonly held = new Map<string, HeldProfile>()
  private readonly storedMax: number
  /** Agents with a stored profile; empty when they are more than can be known. */
  private readonly stored = new Set<string>()
  private tooMany = false

  constructor(store: Store, profilesMax: number, storedMax = storedMaxDefault) {
    this.store = store
    this.profilesMax = profilesMax
    this.storedMax = storedMax
  }

  get size(): number {
    return this.held.size
  }

  /** Reads the list of stored agents; called when partitions come. */
  async readStored(): Promise<void> {
    this.stored.clear()
    this.tooMany = false
    for (const row of await this.store.query(agentsWithProfile, { most: this.storedMax + 1 }))
      this.know(agentKeyOf(row))
  }

  private know(key: string): void {
    if (this.tooMany) return
    this.stored.add(key)
    if (this.stored.size <= this.storedMax) return
    this.tooMany = true
    this.stored.clear()
  }

  /** Loads what is stored and not held, in one query a thousand agents. */
  async load(agents: Iterable<{ tenant: string; agent: string }>, partition: number): Promise<void> {
    const wanted = new Map<string, { tenant: string; agent: string }>()
    for (const agent of agents) {
      const key = agentKeyOf(agent)
      if (!this.held.has(key) && (this.tooMany || this.stored.has(key))) wanted.set(key, agent)
    }
    const list = [...wanted.values()]
    for (let from = 0; from < list.length; from += agentsPerQuery) {
      const part = list.slice(from, from + agentsPerQuery)
      const rows = await this.store.query(profilesOfAgents, {
        tenants: part.map(({ tenant }) => tenant),
        agents: part.map(({ agent }) => agent),
      })
      for (const { tenant, agent, as_of_offset, state } of rows) {
        const profile = Profile.fromState(state)
        this.held.set(agentKeyOf({ tenant, agent }), {
          tenant,
          agent,
          partition,
          profile,
          as_of_offset,
          changed: false,
        })
      }
    }
  }

  /** The profile of an agent, made new if it was never stored. Call `load` first. */
  take(tenant: string, agent: string, partition: number): HeldProfile {
    const key = agentKeyOf({ tenant, agent })
    const held = this.held.get(key) ?? {
      tenant,
      agent,
      partition,
      profile: new Profile(),
      as_of_offset: -1,
      changed: false,
    }
    this.held.delete(key)
    this.held.set(key, held)
    return held
  }

  /** Held profiles that changed since they were last written. */
  changed(): HeldProfile[] {
    return [...this.held.values()].filter((held) => held.changed)
  }

  /** Marks profiles as written, as of these offsets, and lets the least recently used go where there are too many. */
  written(profiles: readonly HeldProfile[], asOf = profiles.map(({ as_of_offset }) => as_of_offset)): void {
    for (const [at, held] of profiles.entries()) {
      // It may have learnt more while it was on its way.
      if (held.as_of_offset === asOf[at]) held.changed = false
      this.know(agentKeyOf(held))
    }
    for (const [key, held] of this.held) {
      if (this.held.size <= this.profilesMax) break
      if (!held.changed) this.held.delete(key)
    }
  }

  /** Forgets what belongs to partitions that another instance holds now. */
  forget(partitions: ReadonlySet<number>): void {
    for (const [key, held] of this.held) if (partitions.has(held.partition)) this.held.delete(key)
  }

  /** Bytes of the counts held, for the metrics. */
  bytes(): number {
    let bytes = 0
    for (const { profile } of this.held.values()) bytes += profile.table.bytes
    return bytes
  }
}
