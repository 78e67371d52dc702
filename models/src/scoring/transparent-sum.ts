import { featureIndex, features } from '../features/feature.ts'

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

/** A value that the agent made up or was asked to use is no injection; it may still be a straying agent, so a part stays. */
const notTainted = 0.2
/** The same where it is not told what arguments held: nobody can have told an agent what to do that had read nothing. */
const nothingRead = 0.4

/** What counts whether or not it is known where values came from: how much, and how often. */
const amounts: readonly SumTerm[] = [
  { feature: 'amount_excess', weight: 6, cap: 16 },
  { feature: 'session_excess', weight: 0.5, cap: 8 },
  { feature: 'records_tail', weight: 0.5, cap: 8 },
  { feature: 'window_excess', weight: 2.5, cap: 12 },
  { feature: 'rate_excess', weight: 1, cap: 8 },
  { feature: 'destructive_excess', weight: 7, cap: 8 },
  { feature: 'refused_excess', weight: 1, cap: 8 },
  { feature: 'fan_out_excess', weight: 1, cap: 8 },
]

/** What stands above the rest of the sum: systems, privileges, credentials, what the registry rules out. */
const circumstances: readonly SumTerm[] = [
  { feature: 'system_new', weight: 45, cap: 1 },
  { feature: 'privilege_new', weight: 28, cap: 1 },
  { feature: 'privilege_surprise', weight: 0.5, cap: 8 },
  { feature: 'privilege_step_up', weight: 12, cap: 1 },
  { feature: 'time_surprise', weight: 0.5, cap: 8 },
  { feature: 'credential_expired', weight: 45, cap: 1 },
  { feature: 'credential_overdue', weight: 45, cap: 1 },
  { feature: 'credential_age_excess', weight: 2, cap: 8 },
  { feature: 'delegation_new', weight: 16, cap: 1 },
  { feature: 'source_new', weight: 8, cap: 1 },
  { feature: 'outside_boundary', weight: 45, cap: 1 },
  { feature: 'signal_tail', weight: 1, cap: 8 },
  // Softly: when a shipper stops sending a field, all its agents leave it out at once.
  { feature: 'field_missing', weight: 0.5, cap: 10 },
]

/**
 * The sum where history tells where values came from, in nats. A new outside place, a value that neither agent nor peers
 * used, out of an output and into a call that writes, and an output that has its way against the request say most; order,
 * size and the mere surprise of a place say little beside them. Terms are capped so that none carries an
 * alert alone. Weights were chosen as those that raise recall on two public streams at once, as given, with renamed values
 * and with thin history, and rounded where half or twice as much made no difference; terms for fields those streams lack are
 * set to the same scale.
 */
export const defaultSum: readonly SumTerm[] = [
  { feature: 'order_surprise', weight: 0.5, cap: 8 },
  { feature: 'misplaced_excess', weight: 2, cap: 6 },
  { feature: 'destination_surprise', weight: 0.5, cap: 6, when_not_tainted: notTainted },
  { feature: 'destination_new_peers', weight: 2, cap: 1, when_not_tainted: notTainted },
  { feature: 'external_new', weight: 14, cap: 1, when_not_tainted: notTainted },
  { feature: 'sent_surprise', weight: 0.5, cap: 6 },
  { feature: 'flow_root_surprise', weight: 1, cap: 10, when_not_tainted: notTainted },
  { feature: 'flow_new_agent', weight: 1, cap: 1 },
  { feature: 'flow_new_peers', weight: 4, cap: 1 },
  { feature: 'obeyed_surprise', weight: 0.75, cap: 8 },
  { feature: 'value_surprise', weight: 2, cap: 12, when_not_tainted: notTainted },
  { feature: 'value_new_peers', weight: 4, cap: 1, when_not_tainted: notTainted },
  { feature: 'tainted_value_new', weight: 4, cap: 1 },
  { feature: 'request_overridden', weight: 6, cap: 1 },
  { feature: 'request_passed_over', weight: 4, cap: 1 },
  { feature: 'write_after_reading', weight: 4, cap: 1 },
  { feature: 'tainted_value_written', weight: 8, cap: 1 },
  ...amounts,
  ...circumstances,
]

/** Places and what is out of its place say more in the plain sum: what stands above them rises with them. */
const besidePlaces = 1.6

/**
 * The sum that needs no provenance: the only one where history has none, and beside the other one where it has, since a stolen
 * key or a straying agent must not be excused by where its values came from. The surprise of a place counts four times as
 * much here, what the session had read before its call stands for what cannot be seen (whether an output fed it), and a
 * step where it never stood, with a size that it hardly ever had, says as much as a new place.
 */
export const sumWithoutProvenance: readonly SumTerm[] = [
  { feature: 'step_new_peers', weight: 4, cap: 1 },
  { feature: 'misplaced_excess', weight: 2, cap: 6 },
  { feature: 'misplaced_size_excess', weight: 12, cap: 3 },
  { feature: 'order_surprise', weight: 0.25, cap: 11 },
  { feature: 'destination_surprise', weight: 2, cap: 8, when_nothing_read: nothingRead },
  { feature: 'destination_new_peers', weight: 12, cap: 1, when_nothing_read: nothingRead },
  { feature: 'external_new', weight: 8, cap: 1 },
  { feature: 'arguments_surprise', weight: 0.5, cap: 8 },
  { feature: 'sent_surprise', weight: 0.25, cap: 8 },
  { feature: 'received_surprise', weight: 0.25, cap: 8 },
  { feature: 'write_after_reading', weight: 12, cap: 1 },
  ...[...amounts, ...circumstances].map((term) => ({ ...term, weight: term.weight * besidePlaces })),
]

const failed = featureIndex('failed')
const known = featureIndex('values_known')
const borne = featureIndex('value_tainted')
const nothing = featureIndex('nothing_read')

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
  /** What is taken off each weight where nothing was read, as a share; null where no term has such a discount. */
  private readonly untold: Float64Array | null
  private readonly lessened: Float64Array

  constructor(terms: readonly SumTerm[] = defaultSum) {
    this.terms = terms
    this.places = Int32Array.from(terms, (term) => featureIndex(term.feature))
    this.caps = Float64Array.from(terms, ({ cap }) => cap)
    this.weights = Float64Array.from(terms, ({ weight }) => weight)
    this.discounted = Float64Array.from(terms, ({ weight, when_not_tainted: left }) => (left ?? 1) * weight)
    const untold = Float64Array.from(terms, ({ when_nothing_read: left }) => 1 - (left ?? 1))
    this.untold = untold.some((share) => share > 0) ? untold : null
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
    const weights = deviation[known] === 1 && deviation[borne] === 0 ? this.discounted : this.weights
    const { untold, lessened } = this
    const unread = deviation[nothing] as number
    if (untold === null || unread === 0) return weights
    for (let index = 0; index < weights.length; index++)
      lessened[index] = (weights[index] as number) * (1 - unread * (untold[index] as number))
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
