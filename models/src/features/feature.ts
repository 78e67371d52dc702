/**
 * How a feature may move the score: a surprise (nats) or a switch (0 to 1: off, on, or on in part where the history behind
 * it is thin or what is new is ordinary) can only raise it, a circumstance may do either.
 */
export type FeatureKind = 'surprise' | 'switch' | 'circumstance'

export interface Feature {
  readonly name: string
  readonly kind: FeatureKind
  /** Value that counts as 1 for the network: nats for a surprise. */
  readonly unit: number
}

const surpriseOf = (name: string, unit = 8): Feature => ({ name, kind: 'surprise', unit })
const switchOf = (name: string): Feature => ({ name, kind: 'switch', unit: 1 })
const circumstanceOf = (name: string, unit = 1): Feature => ({ name, kind: 'circumstance', unit })

/**
 * Every deviation feature, in the order of the vector. A feature whose field is missing stays 0: switched off.
 * Formulas and sources stand in the file of each family (`*-deviation.ts`).
 */
export const features: readonly Feature[] = [
  surpriseOf('system_surprise'),
  switchOf('system_new'),
  surpriseOf('step_surprise'),
  switchOf('step_new_agent'),
  switchOf('step_new_peers'),
  surpriseOf('bigram_surprise'),
  surpriseOf('order_surprise'),
  switchOf('bigram_new_agent'),
  switchOf('bigram_new_peers'),
  circumstanceOf('session_first'),
  circumstanceOf('destination_present'),
  surpriseOf('destination_surprise', 16),
  surpriseOf('kind_surprise'),
  switchOf('destination_new_agent'),
  switchOf('destination_new_peers'),
  switchOf('destination_new_step'),
  switchOf('kind_new_agent'),
  switchOf('kind_new_peers'),
  switchOf('external_new'),
  surpriseOf('external_surprise'),
  surpriseOf('destination_rate_surprise'),
  surpriseOf('arguments_surprise'),
  switchOf('arguments_new_agent'),
  switchOf('arguments_new_peers'),
  surpriseOf('sent_surprise'),
  surpriseOf('sent_tail'),
  surpriseOf('received_surprise'),
  surpriseOf('received_tail'),
  surpriseOf('records_tail'),
  surpriseOf('amount_excess'),
  surpriseOf('session_sent_tail'),
  surpriseOf('session_received_tail'),
  surpriseOf('session_excess'),
  surpriseOf('misplaced_surprise'),
  surpriseOf('misplaced_excess', 6),
  surpriseOf('misplaced_size_excess', 3),
  circumstanceOf('nothing_read'),
  switchOf('write_after_reading'),
  surpriseOf('outcome_surprise'),
  circumstanceOf('failed'),
  surpriseOf('privilege_surprise'),
  switchOf('privilege_new'),
  switchOf('privilege_step_up'),
  surpriseOf('window_tail'),
  surpriseOf('window_excess'),
  surpriseOf('rate_excess'),
  surpriseOf('destructive_excess'),
  surpriseOf('refused_excess'),
  surpriseOf('fan_out_excess'),
  surpriseOf('time_surprise'),
  switchOf('credential_expired'),
  switchOf('credential_overdue'),
  surpriseOf('credential_age_excess'),
  switchOf('delegation_new'),
  switchOf('source_new'),
  switchOf('outside_boundary'),
  surpriseOf('signal_tail'),
  circumstanceOf('maturity'),
  circumstanceOf('values_known'),
  circumstanceOf('values_requested'),
  circumstanceOf('value_tainted'),
  circumstanceOf('value_invented'),
  surpriseOf('flow_surprise'),
  surpriseOf('flow_root_surprise'),
  surpriseOf('flow_date_surprise'),
  switchOf('flow_new_agent'),
  switchOf('flow_new_peers'),
  surpriseOf('obeyed_surprise'),
  surpriseOf('value_surprise'),
  switchOf('value_new_peers'),
  surpriseOf('value_novelty'),
  surpriseOf('tainted_value_novelty'),
  switchOf('tainted_value_new'),
  switchOf('request_overridden'),
  switchOf('request_passed_over'),
  switchOf('tainted_value_written'),
  surpriseOf('field_missing'),
]

export const featureNames: readonly string[] = features.map((feature) => feature.name)
const index = new Map(featureNames.map((name, at) => [name, at]))

/** Place of a feature in the vector. */
export function featureIndex(name: string): number {
  const at = index.get(name)
  if (at === undefined) throw new RangeError(`no feature is named ${name}`)
  return at
}
