import { featureIndex, features } from './feature.ts'

/** One term of the sum: weight × min(feature, cap). */
export interface SumTerm {
  readonly feature: string
  readonly weight: number
  readonly cap: number
  /** What is left of it (0 to 1) where the origin of every value is known and none came out of an output or memory. */
  readonly when_not_borne?: number | undefined
}

/** A value that the agent made up or was asked to use is no injection; it may still be a straying agent, so a part stays. */
const notBorne = 0.2

/** What counts the same whether or not it is known where values came from: amounts, systems, privileges, windows, credentials. */
const circumstances: readonly SumTerm[] = [
  { feature: 'amount_excess', weight: 6, cap: 16 },
  { feature: 'session_excess', weight: 0.5, cap: 8 },
  { feature: 'records_tail', weight: 0.5, cap: 8 },
  { feature: 'system_new', weight: 45, cap: 1 },
  { feature: 'privilege_new', weight: 24, cap: 1 },
  { feature: 'privilege_surprise', weight: 0.5, cap: 8 },
  { feature: 'privilege_step_up', weight: 12, cap: 1 },
  { feature: 'window_excess', weight: 2.5, cap: 12 },
  { feature: 'rate_excess', weight: 1, cap: 8 },
  { feature: 'destructive_excess', weight: 7, cap: 8 },
  { feature: 'refused_excess', weight: 1, cap: 8 },
  { feature: 'fan_out_excess', weight: 1, cap: 8 },
  { feature: 'time_surprise', weight: 0.5, cap: 8 },
  { feature: 'credential_expired', weight: 45, cap: 1 },
  { feature: 'credential_overdue', weight: 45, cap: 1 },
  { feature: 'credential_age_excess', weight: 2, cap: 8 },
  { feature: 'delegation_new', weight: 16, cap: 1 },
  { feature: 'source_new', weight: 8, cap: 1 },
  { feature: 'outside_boundary', weight: 45, cap: 1 },
  { feature: 'signal_tail', weight: 1, cap: 8 },
]

/**
 * The sum where history tells where values came from, in nats. A place or a value that neither agent nor peers used, out of
 * an output, says most; order, size and the mere surprise of a place say little beside it and count half. Terms are capped
 * so that none carries an alert alone. Weights were chosen as those that raise recall on two public streams at once, as
 * given, with renamed values and with thin history, and rounded where half or twice as much made no difference; terms for
 * fields those streams lack are set to the same scale.
 */
export const defaultSum: readonly SumTerm[] = [
  { feature: 'order_surprise', weight: 0.5, cap: 8 },
  { feature: 'destination_surprise', weight: 0.5, cap: 6, when_not_borne: notBorne },
  { feature: 'destination_new_peers', weight: 12, cap: 1, when_not_borne: notBorne },
  { feature: 'external_new', weight: 12, cap: 1, when_not_borne: notBorne },
  { feature: 'arguments_surprise', weight: 0.25, cap: 8 },
  { feature: 'sent_surprise', weight: 0.5, cap: 6 },
  { feature: 'flow_root_surprise', weight: 1, cap: 10, when_not_borne: notBorne },
  { feature: 'flow_new_peers', weight: 4, cap: 1 },
  { feature: 'obeyed_surprise', weight: 0.5, cap: 8 },
  { feature: 'value_surprise', weight: 2, cap: 12, when_not_borne: notBorne },
  { feature: 'value_new_peers', weight: 4, cap: 1, when_not_borne: notBorne },
  ...circumstances,
]

/**
 * The sum that needs no provenance: the only one where history has none, and beside the other one where it has, since a stolen
 * key or a straying agent must not be excused by where its values came from. Order, size and the surprise of a
 * place count whole here.
 */
export const plainSum: readonly SumTerm[] = [
  { feature: 'order_surprise', weight: 1, cap: 11 },
  { feature: 'destination_surprise', weight: 1, cap: 8 },
  { feature: 'destination_new_peers', weight: 8, cap: 1 },
  { feature: 'external_new', weight: 12, cap: 1 },
  { feature: 'arguments_surprise', weight: 0.5, cap: 8 },
  { feature: 'sent_surprise', weight: 1, cap: 8 },
  ...circumstances,
]

const failed = featureIndex('failed')
const known = featureIndex('values_known')
const borne = featureIndex('value_output_borne')

/** A failed call moved nothing yet: its surprise counts half. */
export const outcomeFactor = (deviation: Float64Array): number => 1 - 0.5 * (deviation[failed] as number)

/** Compiles terms to places in the vector. */
export class TransparentSum {
  readonly terms: readonly SumTerm[]
  private readonly places: Int32Array
  private readonly caps: Float64Array
  private readonly weights: Float64Array
  /** Weights where no value was borne by an output or memory. */
  private readonly discounted: Float64Array

  constructor(terms: readonly SumTerm[] = defaultSum) {
    this.terms = terms
    this.places = Int32Array.from(terms, (term) => featureIndex(term.feature))
    this.caps = Float64Array.from(terms, ({ cap }) => cap)
    this.weights = Float64Array.from(terms, ({ weight }) => weight)
    this.discounted = Float64Array.from(terms, ({ weight, when_not_borne: left }) => (left ?? 1) * weight)
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
    return deviation[known] === 1 && deviation[borne] === 0 ? this.discounted : this.weights
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

const units = Float64Array.from(features, ({ unit }) => unit)

/** Features as the network takes them: surprises by their unit, cut to [-1, 1]; single precision, so that every backend gets the same bits. */
export function networkInput(deviation: Float64Array, out: Float32Array, row: number): void {
  const at = row * units.length
  for (let index = 0; index < units.length; index++) {
    const value = deviation[index] as number
    // Most are 0.
    out[at + index] = value === 0 ? 0 : Math.max(-1, Math.min(1, value / (units[index] as number)))
  }
}
