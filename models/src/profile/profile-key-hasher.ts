import { StepKeys } from '../event/step-keys.ts'
import type { AmountBins } from '../features/amount-tails.ts'
import { HashedContext, HashedFamily, HashedKey, type KeyHashes } from './hashed-key.ts'
import { contextText, type Family, familyNames, under } from './profile-key.ts'
import { fingerprintOf } from './profile-table.ts'
import { sipHash53 } from './sip-hash.ts'

const familyIndex = new Map(familyNames.map((name, index) => [name, index]))
const noFamilies = (): Record<Family, HashedFamily> =>
  Object.fromEntries(familyNames.map((name, index) => [name, new HashedFamily(index)])) as Record<Family, HashedFamily>

/** Contexts that hold for all of an agent's steps. */
interface AgentWide {
  readonly system: HashedContext
  readonly sessionSent: HashedContext
  readonly sessionReceived: HashedContext
  readonly timeOfWeek: HashedContext
}

/** Hashes kept, contexts and keys of them all, and what else is kept of steps. */
const keptMax = 200_000
/** Contexts whose bins are kept: 2.4 kB each. */
const binsKeptMax = 5_000

/**
 * Hashes profile keys under the deployment's key: nobody without it can make a name that collides with a known one.
 * What was hashed is kept by family, context and name, as they come: joining texts and looking them up whole cost more than
 * all the rest of a comparison.
 */
export class ProfileKeyHasher implements KeyHashes {
  private readonly key: Uint32Array
  private families = noFamilies()
  private steps = new Map<string, StepKeys>()
  private wide: AgentWide | undefined
  private kept = 0
  private binsKept = 0

  /** `profileKey`: 32 hex digits, the two 64-bit words of SipHash in the order of ClickHouse's sipHash64Keyed. */
  constructor(profileKey: string) {
    this.key = sipHash53.keyOf(profileKey)
  }

  hash(text: string): number {
    return sipHash53(this.key, text)
  }

  keyOf(family: Family, context: string, x: string): HashedKey {
    return this.keyIn(this.contextOf(family, context), x)
  }

  contextOf(family: Family, context: string): HashedContext {
    const of = this.families[family]
    const { last } = of
    if (last !== undefined && last.context === context) return last
    let known = of.contexts.get(context)
    if (known === undefined) {
      this.makeRoom()
      const text = contextText(family, context)
      known = new HashedContext(familyIndex.get(family) as number, context, text, this.hash(text))
      this.families[family].contexts.set(context, known)
    }
    this.families[family].last = known
    return known
  }

  keyIn(of: HashedContext, x: string): HashedKey {
    const { last } = of
    if (last !== undefined && last.x === x) return last
    let key = of.keys.get(x)
    if (key === undefined) {
      this.makeRoom()
      key = new HashedKey(of, x, this.hash(of.text + under + x))
      of.keys.set(x, key)
    }
    of.last = key
    return key
  }

  /** The key of a whole number, 0 to 203: a bin. */
  numberIn(of: HashedContext, number: number): HashedKey {
    const known = of.numbered[number]
    if (known !== undefined) return known
    const key = this.keyIn(of, String(number))
    of.numbered[number] = key
    return key
  }

  /** Hashes of the first `count` amount bins of a context: tails read many, so they are kept together. */
  bins(of: HashedContext, count: number): AmountBins {
    if (of.bins?.keys.length === count) return of.bins
    if (this.binsKept >= binsKeptMax) this.forgetAll()
    this.binsKept++
    const keys = Float64Array.from({ length: count }, (_, bin) => this.hash(of.text + under + bin))
    of.bins = { context: of.hash, contextPrint: of.print, keys, fingerprints: Int32Array.from(keys, fingerprintOf) }
    return of.bins
  }

  get agentWide(): AgentWide {
    this.wide ??= {
      system: this.contextOf('system', ''),
      sessionSent: this.contextOf('sessionSent', ''),
      sessionReceived: this.contextOf('sessionReceived', ''),
      timeOfWeek: this.contextOf('timeOfWeek', ''),
    }
    return this.wide
  }

  /** What is kept of a step: an event asks for a dozen keys of the same one. */
  step(name: string): StepKeys {
    const known = this.steps.get(name)
    if (known !== undefined) return known
    this.makeRoom()
    const made = new StepKeys(this, name)
    this.steps.set(name, made)
    return made
  }

  /** Bounded and cheap: when full, start again; names in use come back within a few events. */
  makeRoom(): void {
    if (this.kept >= keptMax) this.forgetAll()
    this.kept++
  }

  private forgetAll(): void {
    this.families = noFamilies()
    this.steps = new Map()
    this.wide = undefined
    this.kept = 0
    this.binsKept = 0
  }
}

/** Keys of which hashers are kept: a process has one deployment, a test some. */
const sharedMax = 4
const shared = new Map<string, ProfileKeyHasher>()

/** The one hasher of a key in this process: what one stage or knowledge version has hashed, the next need not hash again. */
export function sharedHasher(profileKey: string): ProfileKeyHasher {
  const known = shared.get(profileKey)
  if (known !== undefined) return known
  const made = new ProfileKeyHasher(profileKey)
  if (shared.size >= sharedMax) shared.clear()
  shared.set(profileKey, made)
  return made
}
