import { amountBin } from './amount-bin.ts'
import type { AmountBins } from './amount-tails.ts'
import { circumstanceKeys } from './circumstance-keys.ts'
import type { EventShape } from './event-shape.ts'
import type { Flow } from './flow.ts'
import { HashedContext, HashedFamily, HashedKey } from './hashed-key.ts'
import { fingerprintOf } from './profile-table.ts'
import { sipHash53 } from './sip-hash.ts'

/**
 * The families of counts that a profile is made of. `letter` starts each key; `cap`: distinct keys an agent may have
 * (an agent that invents names fills its cap and no more; `trigram` and `value` were full at three quarters of the agents of a
 * public stream, and recall was the same with 64 and 96 as with 320 and 224); `in order`: off for late events.
 * `services/baseline` builds the very same keys in SQL: change both, the fold-equals-aggregate test tells.
 */
export const families = {
  system: { letter: 's', cap: 64 },
  step: { letter: 'a', cap: 192 },
  bigram: { letter: 'b', cap: 256 },
  trigram: { letter: 't', cap: 64 },
  arguments: { letter: 'k', cap: 160 },
  destination: { letter: 'd', cap: 320 },
  anyDestination: { letter: 'D', cap: 320 },
  kind: { letter: 'e', cap: 160 },
  anyKind: { letter: 'E', cap: 96 },
  external: { letter: 'x', cap: 160 },
  sent: { letter: 'o', cap: 192 },
  received: { letter: 'i', cap: 192 },
  records: { letter: 'r', cap: 96 },
  sessionSent: { letter: 'O', cap: 48 },
  sessionReceived: { letter: 'I', cap: 48 },
  outcome: { letter: 'u', cap: 160 },
  privilege: { letter: 'p', cap: 64 },
  privilegeRank: { letter: 'P', cap: 4 },
  window: { letter: 'w', cap: 112 },
  timeOfWeek: { letter: 'h', cap: 16 },
  credentialAge: { letter: 'c', cap: 16 },
  delegation: { letter: 'g', cap: 16 },
  source: { letter: 'n', cap: 16 },
  signal: { letter: 'z', cap: 48 },
  flow: { letter: 'f', cap: 160 },
  flowRoot: { letter: 'R', cap: 160 },
  flowKind: { letter: 'G', cap: 48 },
  feeding: { letter: 'F', cap: 160 },
  returning: { letter: 'Y', cap: 96 },
  value: { letter: 'v', cap: 96 },
} as const
export type Family = keyof typeof families
export const familyNames = Object.keys(families) as Family[]

/** Separates the parts of a context, and the context from the key; neither may stand in a name. */
export const part = '\u001f'
const under = '\u001e'

/** What is counted: `x` in the context `context` of a family, as text. */
export interface ProfileKey {
  readonly family: Family
  readonly context: string
  readonly x: string
}

/** Takes one key. `once`: an event counts it once, however often it comes. */
type TakeKey = (family: Family, context: string, x: string, once: boolean) => void

/** Every key that an event counts under, in a fixed order. Unknown fields give none. */
export function profileKeys(shape: EventShape): ProfileKey[] {
  const keys: ProfileKey[] = []
  const taken = new Set<string>()
  forEachKey(shape, (family, context, x, once) => {
    const text = once ? keyText(family, context, x) : ''
    if (once && taken.has(text)) return
    if (once) taken.add(text)
    keys.push({ family, context, x })
  })
  return keys
}

/** The same, hashed: what tables are asked and taught. */
export function hashedKeys(hasher: ProfileKeyHasher, shape: EventShape): HashedKey[] {
  const keys: HashedKey[] = []
  let from = -1
  forEachKey(shape, (family, context, x, once) => {
    const key = hasher.keyOf(family, context, x)
    if (once && from < 0) from = keys.length
    // Those that count once come one after the other.
    if (once && hasKey(keys, key, from)) return
    keys.push(key)
  })
  return keys
}

function hasKey(keys: readonly HashedKey[], { key }: HashedKey, from: number): boolean {
  for (let at = from; at < keys.length; at++) if ((keys[at] as HashedKey).key === key) return true
  return false
}

function forEachKey(shape: EventShape, take: TakeKey): void {
  const { step } = shape
  take('system', '', shape.system, false)
  take('step', '', step, false)
  if (!shape.late) {
    take('bigram', shape.previous_step, step, false)
    take('trigram', trigramContext(shape), step, false)
  }
  if (shape.argument_set !== null) take('arguments', step, shape.argument_set, false)
  for (const destination of shape.destinations) {
    take('destination', step, destination.key, false)
    take('anyDestination', '', destination.key, false)
    take('kind', step, destination.kind, false)
    take('anyKind', '', destination.kind, false)
    if (destination.external) take('external', '', destination.key, false)
  }
  amountKeys(shape, take)
  if (shape.outcome !== null) take('outcome', step, shape.outcome, false)
  for (const privilege of shape.privileges) take('privilege', '', privilege, false)
  circumstanceKeys(shape, take)
  if (shape.flows !== null) flowKeys(shape, shape.flows, take)
  if (shape.returns) take('returning', '', step, false)
}

/** The two steps before. */
export const trigramContext = ({ previous_step_2, previous_step }: EventShape): string =>
  joined(previous_step_2, previous_step)

function amountKeys(shape: EventShape, take: TakeKey): void {
  const { step } = shape
  if (shape.bytes_sent !== null) take('sent', step, String(amountBin(shape.bytes_sent)), false)
  if (shape.bytes_received !== null) take('received', step, String(amountBin(shape.bytes_received)), false)
  if (shape.records !== null) take('records', step, String(amountBin(shape.records)), false)
  if (shape.late) return
  take('sessionSent', '', String(amountBin(shape.session_bytes_sent)), false)
  take('sessionReceived', '', String(amountBin(shape.session_bytes_received)), false)
}

/** Pairs of names come again and again: joined once, so that they are looked up without being read through. */
let joinedPairs = new Map<string, Map<string, string>>()
let joinedCount = 0
const joinedMax = 100_000

function joined(one: string, other: string): string {
  const known = joinedPairs.get(one)?.get(other)
  if (known !== undefined) return known
  if (joinedCount >= joinedMax) {
    joinedPairs = new Map()
    joinedCount = 0
  }
  joinedCount++
  const text = one + part + other
  const ofOne = joinedPairs.get(one) ?? new Map<string, string>()
  joinedPairs.set(one, ofOne)
  ofOne.set(other, text)
  return text
}

/** Step and argument: where a flow ends. */
export const sinkOf = (step: string, argument: string): string => joined(step, argument)
/** The system of a source's step; 'request', 'context' and 'self' are their own. */
export function systemOfSource(source: string): string {
  const slash = source.indexOf('/')
  return slash < 0 ? source : source.slice(0, slash)
}
export const flowRootKey = (source: string, root: string): string => joined(source, root)
export const feedingKey = (source: string, step: string): string => joined(source, step)

/** The keys of an event's flows and values, each once however many of its values took the same way. */
function flowKeys({ step, values }: EventShape, flows: readonly Flow[], take: TakeKey): void {
  for (const { argument, kind, source, root } of flows) {
    const sink = sinkOf(step, argument)
    take('flow', sink, source, true)
    take('flowRoot', sink, flowRootKey(source, root), true)
    take('flowKind', kind, systemOfSource(source), true)
    if (source.includes('/')) take('feeding', kind, feedingKey(source, step), true)
  }
  for (const { argument, value } of values) take('value', sinkOf(step, argument), value, true)
}

/** The text hashed for a context: family letter, US, context. */
export const contextText = (family: Family, context: string): string => families[family].letter + part + context
/** The text hashed for a key: its context's text, RS, x. */
export const keyText = (family: Family, context: string, x: string): string => contextText(family, context) + under + x

const familyIndex = new Map(familyNames.map((name, index) => [name, index]))
const noFamilies = (): Record<Family, HashedFamily> =>
  Object.fromEntries(familyNames.map((name, index) => [name, new HashedFamily(index)])) as Record<Family, HashedFamily>

/** Hashes kept: contexts and keys of them all. */
const keptMax = 200_000
/** Contexts whose bins are kept: 2.4 kB each. */
const binsKeptMax = 5_000

/**
 * Hashes profile keys under the deployment's key: nobody without it can make a name that collides with a known one.
 * What was hashed is kept by family, context and name, as they come: joining texts and looking them up whole cost more than
 * all the rest of a comparison.
 */
export class ProfileKeyHasher {
  private readonly key: Uint32Array
  private families = noFamilies()
  /** What was asked last: a feature asks several things of one key. */
  private last: HashedKey | undefined
  private lastFamily: Family = 'system'
  private lastContext = ''
  private lastX = ''
  private kept = 0
  private binsKept = 0

  /** `profileKey`: 32 hex digits, the two 64-bit words of SipHash in the order of ClickHouse's sipHash64Keyed. */
  constructor(profileKey: string) {
    this.key = sipHash53.keyOf(profileKey)
  }

  hash(text: string): number {
    return sipHash53(this.key, text)
  }

  contextHash(family: Family, context: string): number {
    return this.contextOf(family, context).hash
  }

  /** What profile tables keep of a context's hash. */
  contextPrint(family: Family, context: string): number {
    return this.contextOf(family, context).print
  }

  keyOf(family: Family, context: string, x: string): HashedKey {
    const { last } = this
    if (last !== undefined && family === this.lastFamily && x === this.lastX && context === this.lastContext)
      return last
    const key = this.lookUp(family, context, x)
    this.last = key
    this.lastFamily = family
    this.lastContext = context
    this.lastX = x
    return key
  }

  private lookUp(family: Family, context: string, x: string): HashedKey {
    const of = this.contextOf(family, context)
    if (of.lastX === x && of.last !== undefined) return of.last
    let key = of.keys.get(x)
    if (key === undefined) {
      this.makeRoom()
      key = new HashedKey(familyIndex.get(family) as number, of.hash, this.hash(of.text + under + x))
      of.keys.set(x, key)
    }
    of.lastX = x
    of.last = key
    return key
  }

  /** Hashes of the first `count` amount bins of a context: tails read many, so they are kept together. */
  bins(family: Family, context: string, count: number): AmountBins {
    const of = this.contextOf(family, context)
    if (of.bins?.keys.length === count) return of.bins
    if (this.binsKept >= binsKeptMax) this.forgetAll()
    this.binsKept++
    const keys = Float64Array.from({ length: count }, (_, bin) => this.hash(of.text + under + bin))
    of.bins = { context: of.hash, contextPrint: of.print, keys, fingerprints: Uint32Array.from(keys, fingerprintOf) }
    return of.bins
  }

  private contextOf(family: Family, context: string): HashedContext {
    const of = this.families[family]
    const { last } = of
    if (last !== undefined && last.context === context) return last
    let known = of.contexts.get(context)
    if (known === undefined) {
      this.makeRoom()
      const text = contextText(family, context)
      known = new HashedContext(context, text, this.hash(text))
      this.families[family].contexts.set(context, known)
    }
    this.families[family].last = known
    return known
  }

  /** Bounded and cheap: when full, start again; names in use come back within a few events. */
  private makeRoom(): void {
    if (this.kept >= keptMax) this.forgetAll()
    this.kept++
  }

  private forgetAll(): void {
    this.families = noFamilies()
    this.kept = 0
    this.binsKept = 0
  }
}
