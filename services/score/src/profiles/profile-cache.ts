import { Profile } from '@straylight/models/profile/profile'
import { agentKeyOf } from '@straylight/models/training/learn-history'
import type { CallOptions, Store } from '@straylight/runtime/store/store'
import type { AgentName } from '@straylight/schemas/partition-key'
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

/** A profile as the store had it. */
export interface FetchedProfile extends AgentName {
  readonly as_of_offset: number
  readonly profile: Profile
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
export class ProfileCache {
  private readonly store: Store
  readonly profilesMax: number
  /** Least recently used first. */
  private readonly held = new Map<string, HeldProfile>()
  private readonly storedMax: number
  /** Agents with a stored profile; empty when they are more than fit. */
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

  /** Those that have a stored profile which is not in memory, each once. */
  missing(agents: Iterable<AgentName>): AgentName[] {
    const wanted = new Map<string, AgentName>()
    for (const { tenant, agent } of agents) {
      const key = agentKeyOf({ tenant, agent })
      if (!this.held.has(key) && (this.tooMany || this.stored.has(key))) wanted.set(key, { tenant, agent })
    }
    return [...wanted.values()]
  }

  /** What the store has of them, in one query a thousand agents. `put` takes it into memory. */
  async fetch(agents: readonly AgentName[], options?: CallOptions): Promise<FetchedProfile[]> {
    const fetched = new Map<string, FetchedProfile>()
    for (let from = 0; from < agents.length; from += agentsPerQuery) {
      const part = agents.slice(from, from + agentsPerQuery)
      // Whom the store knows no more (its rows have an end) begins anew.
      for (const { tenant, agent } of part)
        fetched.set(agentKeyOf({ tenant, agent }), { tenant, agent, as_of_offset: -1, profile: new Profile() })
      const names = { tenants: part.map(({ tenant }) => tenant), agents: part.map(({ agent }) => agent) }
      for (const { tenant, agent, as_of_offset, state } of await this.store.query(profilesOfAgents, names, options))
        fetched.set(agentKeyOf({ tenant, agent }), { tenant, agent, as_of_offset, profile: Profile.fromState(state) })
    }
    return [...fetched.values()]
  }

  put(fetched: readonly FetchedProfile[], partition: number): void {
    for (const { tenant, agent, as_of_offset, profile } of fetched)
      this.held.set(agentKeyOf({ tenant, agent }), { tenant, agent, partition, profile, as_of_offset, changed: false })
  }

  /** Loads what is stored and not held; a store that is away is tried for a minute. */
  async load(agents: Iterable<AgentName>, partition: number, options?: CallOptions): Promise<void> {
    const missing = this.missing(agents)
    if (missing.length > 0) this.put(await this.fetch(missing, options), partition)
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

  /** Held profiles that changed since they were last written; of one partition or of all. */
  changed(partition?: number): HeldProfile[] {
    const changed: HeldProfile[] = []
    // Of a hundred thousand mostly few have: no list is made of all.
    for (const held of this.held.values())
      if (held.changed && (partition === undefined || held.partition === partition)) changed.push(held)
    return changed
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
