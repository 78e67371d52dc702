import { amountBin } from './amount-bin.ts'
import { circumstanceKeys } from './circumstance-keys.ts'
import type { EventShape } from './event-shape.ts'
import type { Flow } from './flow.ts'
import { sipHash53 } from './sip-hash.ts'

/**
 * The families of counts that a profile is made of. `letter` starts each key; `cap`: distinct keys an agent may have
 * (an agent that invents names fills its cap and no more); `in order`: off for late events.
 * `services/baseline` builds the very same keys in SQL: change both, the fold-equals-aggregate test tells.
 */
export const families = {
  system: { letter: 's', cap: 64 },
  step: { letter: 'a', cap: 192 },
  bigram: { letter: 'b', cap: 256 },
  trigram: { letter: 't', cap: 320 },
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
  obeyed: { letter: 'y', cap: 160 },
  returning: { letter: 'Y', cap: 96 },
  value: { letter: 'v', cap: 224 },
} as const
export type Family = keyof typeof families
export const familyNames = Object.keys(families) as Family[]

/** Separates the parts of a context, and the context from the key; neither may stand in a name. */
export const part = '\u001f'
const of = '\u001e'

/** What is counted: `x` in the context `context` of a family, as text. */
export interface ProfileKey {
  readonly family: Family
  readonly context: string
  readonly x: string
}

/** Every key that an event counts under, in a fixed order. Unknown fields give none. */
export function profileKeys(shape: EventShape): ProfileKey[] {
  const keys: ProfileKey[] = [
    { family: 'system', context: '', x: shape.system },
    { family: 'step', context: '', x: shape.step },
  ]
  if (!shape.late) {
    keys.push({ family: 'bigram', context: shape.previous_step, x: shape.step })
    keys.push({ family: 'trigram', context: shape.previous_step_2 + part + shape.previous_step, x: shape.step })
  }
  if (shape.argument_set !== null) keys.push({ family: 'arguments', context: shape.step, x: shape.argument_set })
  for (const destination of shape.destinations) {
    keys.push({ family: 'destination', context: shape.step, x: destination.key })
    keys.push({ family: 'anyDestination', context: '', x: destination.key })
    keys.push({ family: 'kind', context: shape.step, x: destination.kind })
    keys.push({ family: 'anyKind', context: '', x: destination.kind })
    if (destination.external) keys.push({ family: 'external', context: '', x: destination.key })
  }
  if (shape.bytes_sent !== null)
    keys.push({ family: 'sent', context: shape.step, x: String(amountBin(shape.bytes_sent)) })
  if (shape.bytes_received !== null) {
    keys.push({ family: 'received', context: shape.step, x: String(amountBin(shape.bytes_received)) })
  }
  if (shape.records !== null) keys.push({ family: 'records', context: shape.step, x: String(amountBin(shape.records)) })
  if (!shape.late) {
    keys.push({ family: 'sessionSent', context: '', x: String(amountBin(shape.session_bytes_sent)) })
    keys.push({ family: 'sessionReceived', context: '', x: String(amountBin(shape.session_bytes_received)) })
  }
  if (shape.outcome !== null) keys.push({ family: 'outcome', context: shape.step, x: shape.outcome })
  for (const privilege of shape.privileges) keys.push({ family: 'privilege', context: '', x: privilege })
  keys.push(...circumstanceKeys(shape))
  if (shape.flows !== null) keys.push(...flowKeys(shape, shape.flows))
  if (shape.returns) keys.push({ family: 'returning', context: '', x: shape.step })
  return keys
}

/** Step and argument: where a flow ends. */
export const sinkOf = (step: string, argument: string): string => step + part + argument
/** The system of a source's step; 'request', 'context' and 'self' are their own. */
export const systemOfSource = (source: string): string => source.split('/', 1)[0] as string
export const flowRootKey = (source: string, root: string): string => source + part + root
export const feedingKey = (source: string, step: string): string => source + part + step
export const obeyedKey = (step: string, kind: string): string => step + part + kind

/** The keys of an event's flows and values, each once however many of its values took the same way. */
function flowKeys({ step, values }: EventShape, flows: readonly Flow[]): ProfileKey[] {
  const keys = new Map<string, ProfileKey>()
  const count = (family: Family, context: string, x: string) =>
    keys.set(keyText(family, context, x), { family, context, x })
  for (const { argument, kind, source, root } of flows) {
    const sink = sinkOf(step, argument)
    count('flow', sink, source)
    count('flowRoot', sink, flowRootKey(source, root))
    count('flowKind', kind, systemOfSource(source))
    if (!source.includes('/')) continue
    count('feeding', kind, feedingKey(source, step))
    count('obeyed', source, obeyedKey(step, kind))
  }
  for (const { argument, value } of values) count('value', sinkOf(step, argument), value)
  return [...keys.values()]
}

/** The text hashed for a context: family letter, US, context. */
export const contextText = (family: Family, context: string): string => families[family].letter + part + context
/** The text hashed for a key: its context's text, RS, x. */
export const keyText = (family: Family, context: string, x: string): string => contextText(family, context) + of + x

/** Hashes profile keys under the deployment's key: nobody without it can make a name that collides with a known one. */
export class ProfileKeyHasher {
  private readonly key: Uint32Array
  private cache = new Map<string, number>()
  private binCache = new Map<string, Float64Array>()

  /** `profileKey`: 32 hex digits, the two 64-bit words of SipHash in the order of ClickHouse's sipHash64Keyed. */
  constructor(profileKey: string) {
    this.key = sipHash53.keyOf(profileKey)
  }

  hash(text: string): number {
    const known = this.cache.get(text)
    if (known !== undefined) return known
    // Bounded and cheap: when full, start again; names in use come back within a few events.
    if (this.cache.size >= 200_000) this.cache = new Map()
    const value = sipHash53(this.key, text)
    this.cache.set(text, value)
    return value
  }

  /** Hashes of the first `count` amount bins of a context: tails read many, so they are kept together. */
  bins(family: Family, context: string, count: number): Float64Array {
    const text = contextText(family, context)
    const known = this.binCache.get(text)
    if (known !== undefined) return known
    if (this.binCache.size >= 5_000) this.binCache = new Map()
    const bins = Float64Array.from({ length: count }, (_, bin) => sipHash53(this.key, text + of + bin))
    this.binCache.set(text, bins)
    return bins
  }
}
