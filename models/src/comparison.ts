import type { Agent } from '@straylight/schemas/agent'
import { octaveOf } from './activity-windows.ts'
import { amountBin } from './amount-bin.ts'
import { type AmountBins, amountsAbove, largestBin } from './amount-tails.ts'
import type { CountTable } from './count-table.ts'
import type { EventShape } from './event-shape.ts'
import type { HashedKey } from './hashed-key.ts'
import type { Profile } from './profile.ts'
import type { Family, ProfileKeyHasher } from './profile-key.ts'
import type { ProfileTable } from './profile-table.ts'
import type { SharedCounts } from './shared-level.ts'

/** Pitman–Yor discount and strength: one half and one, as the study had them (research of this project; Teh, 2006). */
const discount = 0.5
const strength = 1
/** Octaves go up to 2^50 bytes. */
const binsMax = 51

/** −ln p, in nats; p below 1e-12 counts as that. */
export const surprise = (p: number): number => -Math.log(Math.max(p, 1e-12))

function sharedBackOff(table: CountTable, scale: number, { context, key }: HashedKey, base: number): number {
  const slot = table.find(context)
  if (slot < 0) return base
  return pitmanYor(table.count(key) * scale, table.countAt(slot) * scale, table.auxiliaryAt(slot) * scale, scale, base)
}

function ownBackOff(table: ProfileTable, scale: number, { contextPrint, print }: HashedKey, base: number): number {
  const slot = table.findFingerprint(contextPrint)
  if (slot < 0) return base
  return pitmanYor(
    table.countOf(print) * scale,
    table.countAt(slot) * scale,
    table.auxiliaryAt(slot) * scale,
    scale,
    base,
  )
}

const pitmanYor = (count: number, total: number, types: number, scale: number, base: number): number =>
  (Math.max(count - discount * scale, 0) + (strength + discount * types) * base) / (total + strength)

/** What the registry expects of an agent, as far as features ask. */
export type Registered = Pick<Agent, 'boundary' | 'credential_lifetime_hours'>

/** How often an amount at least as large was seen, and by how much it passes the largest one seen. */
export interface Tail {
  /** Upper-tail probability, smoothed from tenant to peers to agent. */
  readonly p: number
  /** Octaves (factors of two) above the largest amount known to agent and peers; 0 when it was reached before. */
  readonly excess: number
  /** Amounts known to the agent, and to its peers. */
  readonly own: number
  readonly peers: number
}

/**
 * One event held against the three levels that know its agent: the agent itself, its peers, its tenant.
 * `scale` turns weighted counts into effective ones (1 over the weight of the event's own day).
 */
export class Comparison {
  readonly shape: EventShape
  readonly profile: Profile
  readonly peers: SharedCounts
  readonly tenant: SharedCounts
  readonly scale: number
  /** What the registry says the agent may do; nothing where it does not know it. */
  readonly registered: Registered | undefined
  private readonly hasher: ProfileKeyHasher

  constructor(input: {
    shape: EventShape
    profile: Profile
    peers: SharedCounts
    tenant: SharedCounts
    scale: number
    hasher: ProfileKeyHasher
    registered?: Registered | undefined
  }) {
    this.shape = input.shape
    this.profile = input.profile
    this.peers = input.peers
    this.tenant = input.tenant
    this.scale = input.scale
    this.hasher = input.hasher
    this.registered = input.registered
  }

  /** The same levels held against another event: for splicing. */
  with(shape: EventShape): Comparison {
    const { profile, peers, tenant, scale, hasher, registered } = this
    return new Comparison({ shape, profile, peers, tenant, scale, hasher, registered })
  }

  contextHash(family: Family, context: string): number {
    return this.hasher.contextHash(family, context)
  }

  keyHash(family: Family, context: string, x: string): number {
    return this.hasher.keyOf(family, context, x).key
  }

  /** P(x | context), agent backing off to peers, peers to tenant, tenant to `base`. */
  probability(family: Family, context: string, x: string, base: number): number {
    const key = this.hasher.keyOf(family, context, x)
    const tenant = sharedBackOff(this.tenant.table, this.scale, key, base)
    const peers = sharedBackOff(this.peers.table, this.scale, key, tenant)
    return ownBackOff(this.profile.table, this.scale, key, peers)
  }

  /** The same without the tenant: for order, which other roles say nothing about. */
  probabilityAmongPeers(family: Family, context: string, x: string, base: number): number {
    const key = this.hasher.keyOf(family, context, x)
    return ownBackOff(this.profile.table, this.scale, key, sharedBackOff(this.peers.table, this.scale, key, base))
  }

  /** Effective count of a key at the agent. */
  ownCount(family: Family, context: string, x: string): number {
    return this.profile.table.countOf(this.hasher.keyOf(family, context, x).print) * this.scale
  }

  newToAgent(family: Family, context: string, x: string): boolean {
    return this.profile.table.findFingerprint(this.hasher.keyOf(family, context, x).print) < 0
  }

  /** Other agents of the peer group that have the key. */
  otherPeersWith(family: Family, context: string, x: string): number {
    const { key, print } = this.hasher.keyOf(family, context, x)
    const slot = this.peers.table.find(key)
    return slot < 0 ? 0 : this.peers.table.auxiliaryAt(slot) - (this.profile.table.findFingerprint(print) < 0 ? 0 : 1)
  }

  newToTenant(family: Family, context: string, x: string): boolean {
    return !this.tenant.table.has(this.keyHash(family, context, x))
  }

  /** Events counted in a context at the agent. */
  ownTotal(family: Family, context: string): number {
    return this.profile.table.countOf(this.hasher.contextPrint(family, context)) * this.scale
  }

  /** Events counted in a context at the agent's peers. */
  peersTotal(family: Family, context: string): number {
    return this.peers.table.count(this.contextHash(family, context)) * this.scale
  }

  /** Events counted in a context at each level. */
  totals(family: Family, context: string): { own: number; peers: number; tenant: number } {
    const key = this.contextHash(family, context)
    return {
      own: this.profile.table.count(key) * this.scale,
      peers: this.peers.table.count(key) * this.scale,
      tenant: this.tenant.table.count(key) * this.scale,
    }
  }

  /** Share of a context's events that brought a new key, smoothed from tenant to peers to agent with `weight` pseudo-events. */
  newRate(family: Family, context: string, prior: number, weight: number): number {
    const key = this.contextHash(family, context)
    const tenant = this.levelNewRate(this.tenant.table, key, prior, weight)
    const peers = this.levelNewRate(this.peers.table, key, tenant, weight)
    return Math.min(1, this.levelNewRate(this.profile.table, key, peers, weight))
  }

  private levelNewRate(table: CountTable | ProfileTable, context: number, rate: number, weight: number): number {
    const slot = table.find(context)
    if (slot < 0) return rate
    const total = table.countAt(slot) * this.scale
    return (weight * rate + discount * table.auxiliaryAt(slot) * this.scale) / (total + weight)
  }

  /**
   * Upper tail of an amount in a family of quarter-octave bins (`sent`, `received`, `records`, `sessionSent`,
   * `sessionReceived`). `into`: an answer to write over, for who asks again and again.
   */
  tail(family: Family, context: string, amount: number, into = newTail()): Tail {
    return this.tailFrom(this.hasher.bins(family, context, binsMax * 4), amountBin(amount), 4, 0.5, into)
  }

  /** The same in a family of whole octaves (`window`, `credentialAge`). */
  octaveTail(family: Family, context: string, amount: number, into = newTail()): Tail {
    return this.tailFrom(this.hasher.bins(family, context, binsMax), octaveOf(amount), 1, 0.5, into)
  }

  /** Upper tail of bin `from` in a family of whole steps; `base` is what is believed where nobody has an amount. */
  binTail(of: { family: Family; context: string; from: number; base: number }): Tail {
    return this.tailFrom(this.hasher.bins(of.family, of.context, binsMax), of.from, 1, of.base, newTail())
  }

  private tailFrom(bins: AmountBins, from: number, perOctave: number, base: number, into: MutableTail): Tail {
    const pTenant = sharedTail(this.tenant, bins, from, this.scale, base)
    const pPeers = sharedTail(this.peers, bins, from, this.scale, pTenant)
    const peersTotal = told[knownTotal] as number
    const peersLargest = told[largestBin] as number
    into.p = ownTail(this.profile.table, bins, from, this.scale, pPeers)
    const ownTotal = told[knownTotal] as number
    const largest = Math.max(told[largestBin] as number, peersLargest)
    into.excess = ownTotal + peersTotal > 0 && largest >= 0 ? Math.max(0, from - largest) / perOctave : 0
    into.own = ownTotal
    into.peers = peersTotal
    return into
  }
}

type MutableTail = { -readonly [Field in keyof Tail]: Tail[Field] }

/** Numbers that are not whole from the start keep their room in the object when they change. */
export const newTail = (): MutableTail => ({ p: Number.NaN, excess: Number.NaN, own: Number.NaN, peers: Number.NaN })

/** What a level told of the last tail, and of how many amounts: kept in one place, for an event asks for a dozen. */
const told = new Float64Array(3)
const knownTotal = 2

/** A shared level's word on a tail, from what the level above it believes. */
function sharedTail(level: SharedCounts, bins: AmountBins, from: number, scale: number, p: number): number {
  const { table } = level
  const slot = table.find(bins.context)
  if (slot < 0) return unknownTail(p)
  told[knownTotal] = table.countAt(slot) * scale
  level.tails.around(table, bins, slot, from, told)
  return tailOf(scale, p)
}

/** The agent's own. */
function ownTail(table: ProfileTable, bins: AmountBins, from: number, scale: number, p: number): number {
  const slot = table.findFingerprint(bins.contextPrint)
  if (slot < 0) return unknownTail(p)
  told[knownTotal] = table.countAt(slot) * scale
  table.amountsAround(bins, table.auxiliaryAt(slot), from, told)
  return tailOf(scale, p)
}

function unknownTail(p: number): number {
  told[knownTotal] = 0
  told[largestBin] = -1
  return p
}

/** Two pseudo-events from the level above. */
const tailOf = (scale: number, p: number): number =>
  ((told[amountsAbove] as number) * scale + 2 * p) / ((told[knownTotal] as number) + 2)
