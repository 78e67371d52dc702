import type { AgentEvent } from '@straylight/schemas/agent-event'
import type { Cause } from '@straylight/schemas/finding'
import type { Comparison } from './comparison.ts'
import type { Explanation } from './explanation.ts'

/**
 * How a feature may move the score: a surprise (nats) or a switch (0 to 1: off, on, or on in part where the history behind
 * it is thin or what is new is ordinary) can only raise it, a circumstance may do either.
 */
export type FeatureKind = 'surprise' | 'switch' | 'circumstance'

/** What an event or the registry must tell, beyond time, system and action. A feature whose field is missing stays 0: switched off. */
export type NeededField =
  | keyof AgentEvent
  | 'credential.expires_at'
  | 'credential.issued_at'
  | 'credential.scopes'
  | 'source.ip or source.host'
  | 'registry: boundary'
  | 'registry: credential_lifetime_hours'

/** What a feature speaks for, with its techniques: OWASP Agentic Top 10 (2026) and LLM Top 10 (2025), MITRE ATLAS 5.6. */
export interface FeatureCause {
  readonly name: Cause
  readonly techniques: readonly string[]
}

/** A feature's term in one sum: weight × min(feature, cap), in nats. */
export interface SumWeight {
  readonly weight: number
  readonly cap: number
  /** What is left of it (0 to 1) where the origin of every value is known and none came out of an output or memory. */
  readonly when_not_tainted?: number
  /** What is left of it (0 to 1) where the session had read nothing before (`nothing_read` 1); in part where it had read little. */
  readonly when_nothing_read?: number
}

/** The sums that a feature stands in: where history tells where values came from, and where it does not. */
export interface SumWeights {
  readonly with_provenance?: SumWeight
  readonly without_provenance?: SumWeight
}

/** Puts into words what a feature found: what was usual and what was seen. */
export type Sentence = (comparison: Comparison) => Explanation

interface Measured {
  readonly kind: FeatureKind
  /** Value that counts as 1 for the network: nats for a surprise. */
  readonly unit: number
  /** Values it can take, for the documentation. */
  readonly range: string
  /** How it is computed, for the documentation. */
  readonly formula: string
  readonly needs: readonly NeededField[]
  /** A rule that no history teaches: its weight is all it says, and the network has no input for it. */
  readonly rule?: true
}

/** A feature that stands in a sum: a person reads its title and sentence. */
interface SummedFeature extends Measured {
  readonly cause: FeatureCause
  readonly title: string
  readonly sentence: Sentence
  readonly weights: SumWeights
}

/** A feature that only the network, a factor of the sums or another feature reads: nobody reads it. */
interface UnsummedFeature extends Measured {
  /** Null for a circumstance. An announced change excuses features by their cause. */
  readonly cause: FeatureCause | null
  /** What would be lost without it. */
  readonly kept_because: string
}

export type FeatureDefinition = SummedFeature | UnsummedFeature

/** Places in the vector, by name. */
export type Slots<Name extends string> = Readonly<Record<Name, number>>

/** Features that are measured together. All that is to be known of a feature stands in its family's file. */
export interface FeatureFamily<Own extends string, Read extends string> {
  readonly name: string
  /** The question that its features answer. */
  readonly question: string
  readonly features: Readonly<Record<Own, FeatureDefinition>>
  /** Features of earlier families whose values `measure` reads. */
  readonly reads: readonly Read[]
  measure(comparison: Comparison, out: Float64Array, at: Slots<Own | Read>): void
}

/** Any family, where its names do not matter. */
export type AnyFeatureFamily = Omit<FeatureFamily<string, string>, 'measure'> & {
  measure(comparison: Comparison, out: Float64Array, at: Slots<string>): void
}

/** Keeps the names of features as a union of literals: a mistyped one does not compile. */
export const featureFamily = <Own extends string, const Read extends string = never>(
  family: FeatureFamily<Own, Read>,
): FeatureFamily<Own, Read> => family

/** What most features of a kind have in common. */
export const inNats = { kind: 'surprise', unit: 8, range: '0 to 28 nats' } as const
export const octavesAbove = { kind: 'surprise', unit: 8, range: '0 to 100 nats' } as const
export const onOff = { kind: 'switch', unit: 1, range: '0 or 1' } as const
export const inPart = { kind: 'switch', unit: 1, range: '0 to 1' } as const
export const yesNo = { kind: 'circumstance', unit: 1, range: '0 or 1' } as const

/**
 * Why a feature stays that stands in no sum: the most that the network's part of a score moves by without it (nats), in the test
 * parts of two public streams. Without all of them at once, and trained anew, scores find as many attacks in both streams, as given and
 * without provenance, though the network alone finds fewer as given (`bench:detection --ablate`): they may go together when models are trained anew for
 * another reason.
 */
export const networkReads = (nats: number): string => `The network reads it: a score moves by up to ${nats} nats.`
