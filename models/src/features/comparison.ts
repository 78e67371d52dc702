import type { Agent } from '@straylight/schemas/agent'
import { amountBin } from '../event/amount-bin.ts'
import { type EventKeys, eventKeys } from '../event/event-keys.ts'
import type { EventShape } from '../event/event-shape.ts'
import type { SharedCounts } from '../peers/shared-level.ts'
import type { CountTable } from '../profile/count-table.ts'
import type { HashedContext, HashedKey } from '../profile/hashed-key.ts'
import type { Profile } from '../profile/profile.ts'
import type { Family } from '../profile/profile-key.ts'
import type { ProfileKeyHasher } from '../profile/profile-key-hasher.ts'
import type { ProfileTable } from '../profile/profile-table.ts'
import type { Flow } from '../provenance/flow.ts'
import { octaveOf } from '../session/activity-windows.ts'
import { type AmountBins, amountsAbove, largestBin } from './amount-tails.ts'
import { tailPseudoEvents, unseenAmountTail, unseenStep } from './priors.ts'
import { writeShareOf } from './write-shares.ts'

/** Pitman–Yor discount and strength: one half and one (Teh, 2006). */
const discount = 0.5
const strength = 1
/** Octaves go up to 2^50 bytes. */
const binsMax = 51

/** −ln p, in nats; p below 1e-12 counts as that. */
export const surprise = (p: number): number => -Math.log(Math.max(p, 1e-12))

function sharedBackOff(table: CountTable, scale: number, { of, key }: HashedKey, base: number): number {
  const slot = table.find(of.hash)
  if (slot < 0) return base
  return pitmanYor(table.count(key) * scale, table.countAt(slot) * scale, table.auxiliaryAt(slot), base)
}

function ownBackOff(table: ProfileTable, scale: number, { of, print }: HashedKey, base: number): number {
  const slot = table.findFingerprint(of.print)
  if (slot < 0) return base
  return pitmanYor(table.countOf(print) * scale, table.countAt(slot) * scale, table.auxiliaryAt(slot), base)
}

/** `count` and `total` are effective ones, after decay; old keys beside few new events may come to more than one. */
const pitmanYor = (count: number, total: number, types: number, base: number): number =>
  Math.min(
    1,
    (count - discount * Math.min(count, 1) + (strength + discount * typesWithin(types, total)) * base) /
      (total + strength),
  )

/**
 * Distinct keys among so many effective events. A key counts as one however old it is, and in whatever month its agent began: else
 * what is met anew each day would seem to come ever less often as months go by. Never as more than an event each.
 */
const typesWithin = (types: number, total: number): number => Math.min(types, total)

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
  /** The event's own keys, looked up once for all features. */
  readonly keys: EventKeys
  /** What `strangestFlow` found, for half a dozen sentences speak of it; undefined: not asked yet. */
  strangest: readonly Flow[] | null | undefined
  private readonly hasher: ProfileKeyHasher
  /** What one level answered of a tail, refilled level by level: an event asks for a dozen tails. */
  private readonly found = new Float64Array(3)
  private pStep = Number.NaN
  private pBigram = Number.NaN

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
    this.keys = eventKeys(input.hasher, input.shape)
  }

  /** The same levels held against another event: for splicing. */
  with(shape: EventShape): Comparison {
    const { profile, peers, tenant, scale, hasher, registered } = this
    return new Comparison({ shape, profile, peers, tenant, scale, hasher, registered })
  }

  /** A key that is none of the event's own, or asked for too seldom to be among them. */
  keyOf(family: Family, context: string, x: string): HashedKey {
    return this.hasher.keyOf(family, context, x)
  }

  /** The same in a context at hand. */
  keyIn(of: HashedContext, x: string): HashedKey {
    return this.hasher.keyIn(of, x)
  }

  contextOf(family: Family, context: string): HashedContext {
    return this.hasher.contextOf(family, context)
  }

  /** P(x | context), agent backing off to peers, peers to tenant, tenant to `base`. */
  probability(key: HashedKey, base: number): number {
    const tenant = sharedBackOff(this.tenant.table, this.scale, key, base)
    const peers = sharedBackOff(this.peers.table, this.scale, key, tenant)
    return ownBackOff(this.profile.table, this.scale, key, peers)
  }

  /** The same without the tenant: for order, which other roles say nothing about. */
  probabilityAmongPeers(key: HashedKey, base: number): number {
    return ownBackOff(this.profile.table, this.scale, key, sharedBackOff(this.peers.table, this.scale, key, base))
  }

  /** P(step), found once: several families ask. */
  stepProbability(): number {
    if (Number.isNaN(this.pStep)) {
      const { own: step } = this.keys.step
      this.pStep = this.probability(step, unseenStep(this.tenant.table.auxiliary(step.of.hash)))
    }
    return this.pStep
  }

  /** P(step | the one before), found once; `bigram`: the event's own. */
  bigramProbability(bigram: HashedKey): number {
    if (Number.isNaN(this.pBigram)) this.pBigram = this.probabilityAmongPeers(bigram, this.stepProbability())
    return this.pBigram
  }

  /** Effective count of a key at the agent. */
  ownCount({ print }: HashedKey): number {
    return this.profile.table.countOf(print) * this.scale
  }

  newToAgent({ print }: HashedKey): boolean {
    return this.profile.table.findFingerprint(print) < 0
  }

  /** Other agents of the peer group that have the key. */
  otherPeersWith({ key, print }: HashedKey): number {
    const slot = this.peers.table.find(key)
    return slot < 0 ? 0 : this.peers.table.auxiliaryAt(slot) - (this.profile.table.findFingerprint(print) < 0 ? 0 : 1)
  }

  newToTenant({ key }: HashedKey): boolean {
    return !this.tenant.table.has(key)
  }

  /** Events counted in a context at the agent. */
  ownTotal({ print }: HashedContext): number {
    return this.profile.table.countOf(print) * this.scale
  }

  /** Events counted in a context at the agent's peers. */
  peersTotal({ hash }: HashedContext): number {
    return this.peers.table.count(hash) * this.scale
  }

  /** Events known of the agent or of its peers, whichever are more. */
  get knownEvents(): number {
    const all = this.keys.step.own.of
    return Math.max(this.ownTotal(all), this.peersTotal(all))
  }

  /** Share of a context's events that brought a new key, smoothed from tenant to peers to agent with `weight` pseudo-events. */
  newRate({ hash, print }: HashedContext, prior: number, weight: number): number {
    const tenant = this.levelNewRate(this.tenant.table, this.tenant.table.find(hash), prior, weight)
    const peers = this.levelNewRate(this.peers.table, this.peers.table.find(hash), tenant, weight)
    const { table } = this.profile
    return Math.min(1, this.levelNewRate(table, table.findFingerprint(print), peers, weight))
  }

  private levelNewRate(table: CountTable | ProfileTable, slot: number, rate: number, weight: number): number {
    if (slot < 0) return rate
    const total = table.countAt(slot) * this.scale
    return (weight * rate + discount * typesWithin(table.auxiliaryAt(slot), total)) / (total + weight)
  }

  /**
   * Upper tail of an amount in a context of quarter-octave bins (`sent`, `received`, `records`, `sessionSent`,
   * `sessionReceived`). `into`: an answer to write over, for who asks again and again.
   */
  tail(context: HashedContext, amount: number, into = newTail()): Tail {
    return this.tailFrom(this.hasher.bins(context, binsMax * 4), amountBin(amount), 4, unseenAmountTail, into)
  }

  /** The same in a context of whole octaves (`window`, `credentialAge`). */
  octaveTail(context: HashedContext, amount: number, into = newTail()): Tail {
    return this.tailFrom(this.hasher.bins(context, binsMax), octaveOf(amount), 1, unseenAmountTail, into)
  }

  /** Upper tail of bin `from` in a context of whole steps; `base` is what is believed where nobody has an amount. */
  binTail(context: HashedContext, from: number, base: number): Tail {
    return this.tailFrom(this.hasher.bins(context, binsMax), from, 1, base, newTail())
  }

  /** Share of the step's calls in the tenant that send more than they get back (`WriteShares`). */
  writeShare(): number {
    const { tenant, hasher, scale } = this
    const { step, sent, received } = this.keys.step
    const known = tenant.writeShares.get(step)
    if (known !== undefined) return known
    const bins = [hasher.bins(sent, binsMax * 4), hasher.bins(received, binsMax * 4)] as const
    return tenant.writeShares.keep(step, writeShareOf(tenant.table, ...bins, scale))
  }

  private tailFrom(bins: AmountBins, from: number, perOctave: number, base: number, into: MutableTail): Tail {
    const { found, scale } = this
    const pTenant = sharedTail(this.tenant, { bins, from, scale, p: base }, found)
    const pPeers = sharedTail(this.peers, { bins, from, scale, p: pTenant }, found)
    const peersTotal = found[knownTotal] as number
    const peersLargest = found[largestBin] as number
    into.p = ownTail(this.profile.table, { bins, from, scale, p: pPeers }, found)
    const ownTotal = found[knownTotal] as number
    const largest = Math.max(found[largestBin] as number, peersLargest)
    into.excess = ownTotal + peersTotal > 0 && largest >= 0 ? Math.max(0, from - largest) / perOctave : 0
    into.own = ownTotal
    into.peers = peersTotal
    return into
  }
}

type MutableTail = { -readonly [Field in keyof Tail]: Tail[Field] }

/** Numbers that are not whole from the start keep their room in the object when they change. */
export const newTail = (): MutableTail => ({ p: Number.NaN, excess: Number.NaN, own: Number.NaN, peers: Number.NaN })

/** Behind the two places of `amountsAround`: how many amounts the level knows. */
const knownTotal = 2

/** One tail as a level is asked for it; `p`: what the level above believes. */
interface TailQuestion {
  readonly bins: AmountBins
  readonly from: number
  readonly scale: number
  readonly p: number
}

/** A shared level's word on a tail, from what the level above it believes. */
function sharedTail(level: SharedCounts, { bins, from, scale, p }: TailQuestion, found: Float64Array): number {
  const { table } = level
  const slot = table.find(bins.context)
  if (slot < 0) return unknownTail(p, found)
  found[knownTotal] = table.countAt(slot) * scale
  level.tails.around(table, bins, slot, from, found)
  return tailOf(scale, p, found)
}

/** The agent's own. */
function ownTail(table: ProfileTable, { bins, from, scale, p }: TailQuestion, found: Float64Array): number {
  const slot = table.findFingerprint(bins.contextPrint)
  if (slot < 0) return unknownTail(p, found)
  found[knownTotal] = table.countAt(slot) * scale
  table.amountsAround(bins, table.auxiliaryAt(slot), from, found)
  return tailOf(scale, p, found)
}

function unknownTail(p: number, found: Float64Array): number {
  found[knownTotal] = 0
  found[largestBin] = -1
  return p
}

const tailOf = (scale: number, p: number, found: Float64Array): number =>
  ((found[amountsAbove] as number) * scale + tailPseudoEvents * p) / ((found[knownTotal] as number) + tailPseudoEvents)
