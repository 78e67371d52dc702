import {
  type Feature,
  type FeatureName,
  featureIndex,
  featureNamed,
  featureNames,
  features,
  networkFeatures,
} from '../features/feature.ts'
import type { SumWeights } from '../features/feature-family.ts'

/** One term of the sum: weight × min(feature, cap). */
export interface SumTerm {
  readonly feature: string
  readonly weight: number
  readonly cap: number
  /** What is left of it (0 to 1) where the origin of every value is known and none came out of an output or memory. */
  readonly when_not_tainted?: number | undefined
  /** What is left of it (0 to 1) where the session had read nothing before (`nothing_read` 1); in part where it had read little. */
  readonly when_nothing_read?: number | undefined
}

/**
 * The order in which terms are added, which is part of a model: sums of doubles depend on it to the last bit. A term that does
 * not stand here comes after those that do, in the order of the vector: a new feature needs no line.
 */
const added: Readonly<Record<keyof SumWeights, readonly FeatureName[]>> = {
  with_provenance: [
    ...(['order_surprise', 'misplaced_excess', 'destination_surprise'] as const),
    ...(['destination_new_peers', 'external_new', 'sent_surprise', 'flow_root_surprise', 'flow_new_agent'] as const),
    ...(['flow_new_peers', 'obeyed_surprise', 'value_surprise', 'value_new_peers', 'tainted_value_new'] as const),
    ...(['request_overridden', 'request_passed_over', 'write_after_reading', 'tainted_value_written'] as const),
    ...(['amount_excess', 'session_excess', 'records_tail', 'window_excess', 'rate_excess'] as const),
    ...(['destructive_excess', 'refused_excess', 'fan_out_excess', 'system_new', 'privilege_new'] as const),
  ],
  without_provenance: [
    ...(['step_new_peers', 'misplaced_excess', 'misplaced_size_excess', 'order_surprise'] as const),
    ...(['destination_surprise', 'destination_new_peers', 'external_new', 'arguments_surprise'] as const),
    ...(['sent_surprise', 'received_surprise', 'write_after_reading'] as const),
    ...(['amount_excess', 'session_excess', 'records_tail', 'window_excess', 'rate_excess'] as const),
    ...(['destructive_excess', 'refused_excess', 'fan_out_excess', 'system_new', 'privilege_new'] as const),
  ],
}

function sumOf(sum: keyof SumWeights): readonly SumTerm[] {
  const order = new Set<FeatureName>([...added[sum], ...featureNames])
  return [...order].flatMap((name) => {
    const feature = features[featureIndex(name)] as Feature
    const weight = 'weights' in feature ? feature.weights[sum] : undefined
    return weight === undefined ? [] : [{ feature: name, ...weight }]
  })
}

/**
 * The sum where history tells where values came from, in nats. A new outside place, a value that neither agent nor peers
 * used, out of an output and into a call that writes, and an output that has its way against the request say most; order,
 * size and the mere surprise of a place say little beside them. Terms are capped so that none carries an
 * alert alone. Weights were chosen as those that raise recall on two public streams at once, as given, with renamed values
 * and with thin history, and rounded where half or twice as much made no difference; terms for fields those streams lack are
 * set to the same scale. Each stands in its feature's definition.
 */
export const defaultSum = sumOf('with_provenance')

/**
 * The sum that needs no provenance: the only one where history has none, and beside the other one where it has, since a stolen
 * key or a straying agent must not be excused by where its values came from. The surprise of a place counts four times as
 * much here, what the session had read before its call stands for what cannot be seen (whether an output fed it), and a
 * step where it never stood, with a size that it hardly ever had, says as much as a new place.
 */
export const sumWithoutProvenance = sumOf('without_provenance')

const failed = featureIndex('failed')
const known = featureIndex('values_known')
const tainted = featureIndex('value_tainted')
const nothing = featureIndex('nothing_read')

/** A failed call moved nothing yet: its surprise counts half. */
export const outcomeFactor = (deviation: Float64Array): number => 1 - 0.5 * (deviation[failed] as number)

/** A model's file may name anything. Throws RangeError where it names no feature. */
function placeOf(name: string): number {
  const feature = featureNamed(name)
  if (feature === undefined) throw new RangeError(`no feature is named ${name}`)
  return featureIndex(feature.name)
}

/** Compiles terms to places in the vector. */
export class TransparentSum {
  readonly terms: readonly SumTerm[]
  private readonly places: Int32Array
  private readonly caps: Float64Array
  private readonly weights: Float64Array
  /** Weights where no value was tainted by an output or memory. */
  private readonly discounted: Float64Array
  /** What is taken off each weight where nothing was read, as a share; null where no term has such a discount. */
  private readonly unreported: Float64Array | null
  private readonly lessened: Float64Array

  constructor(terms: readonly SumTerm[] = defaultSum) {
    this.terms = terms
    this.places = Int32Array.from(terms, ({ feature }) => placeOf(feature))
    this.caps = Float64Array.from(terms, ({ cap }) => cap)
    this.weights = Float64Array.from(terms, ({ weight }) => weight)
    this.discounted = Float64Array.from(terms, ({ weight, when_not_tainted: left }) => (left ?? 1) * weight)
    const unreported = Float64Array.from(terms, ({ when_nothing_read: left }) => 1 - (left ?? 1))
    this.unreported = unreported.some((share) => share > 0) ? unreported : null
    this.lessened = new Float64Array(terms.length)
  }

  /** The closed-form surprise of an event, in nats, 0 and above. */
  of(deviation: Float64Array): number {
    return this.added(deviation, 1) * outcomeFactor(deviation)
  }

  /** What `contributions` sum to, to the last bit: in their order. */
  total(deviation: Float64Array): number {
    return this.added(deviation, outcomeFactor(deviation))
  }

  private added(deviation: Float64Array, factor: number): number {
    const { places, caps } = this
    const weights = this.weightsFor(deviation)
    let sum = 0
    for (let index = 0; index < places.length; index++) {
      const value = deviation[places[index] as number] as number
      // Most features of most events are 0.
      if (value !== 0) sum += (weights[index] as number) * Math.min(value, caps[index] as number) * factor
    }
    return sum
  }

  private weightsFor(deviation: Float64Array): Float64Array {
    const weights = deviation[known] === 1 && deviation[tainted] === 0 ? this.discounted : this.weights
    const { unreported, lessened } = this
    const unread = deviation[nothing] as number
    if (unreported === null || unread === 0) return weights
    for (let index = 0; index < weights.length; index++)
      lessened[index] = (weights[index] as number) * (1 - unread * (unreported[index] as number))
    return lessened
  }

  /** Adds the features of the terms that are not 0. */
  addFeaturesSet(deviation: Float64Array, features: Set<string>): void {
    for (let index = 0; index < this.places.length; index++)
      if (deviation[this.places[index] as number] !== 0) features.add((this.terms[index] as SumTerm).feature)
  }

  /** What each term adds, in the order of `terms`; they sum to `of`. */
  contributions(deviation: Float64Array): { feature: string; value: number; contribution: number }[] {
    const factor = outcomeFactor(deviation)
    const weights = this.weightsFor(deviation)
    return this.terms.map(({ feature, cap }, index) => {
      const value = deviation[this.places[index] as number] as number
      return { feature, value, contribution: (weights[index] as number) * Math.min(value, cap) * factor }
    })
  }
}

const units = Float64Array.from(networkFeatures, ({ unit }) => unit)

/** Features as the network takes them: surprises by their unit, cut to [-1, 1]; single precision, so that every backend gets the same bits. */
export function networkInput(deviation: Float64Array, out: Float32Array, row: number): void {
  const at = row * units.length
  for (let index = 0; index < units.length; index++) {
    const value = deviation[index] as number
    // Most are 0.
    out[at + index] = value === 0 ? 0 : Math.max(-1, Math.min(1, value / (units[index] as number)))
  }
}
