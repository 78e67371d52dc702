import type { Cause } from '@straylight/schemas/finding'

/** Which kind of straying each term of the score speaks for. */
const causes: Readonly<Record<string, Cause>> = {
  system_surprise: 'new_system',
  system_new: 'new_system',
  step_surprise: 'new_action',
  step_new_agent: 'new_action',
  step_new_peers: 'new_action',
  bigram_surprise: 'order',
  order_surprise: 'order',
  bigram_new_agent: 'order',
  bigram_new_peers: 'order',
  misplaced_surprise: 'order',
  misplaced_excess: 'order',
  misplaced_size_excess: 'order',
  destination_surprise: 'new_destination',
  kind_surprise: 'new_destination',
  destination_new_agent: 'new_destination',
  destination_new_peers: 'new_destination',
  destination_new_step: 'new_destination',
  kind_new_agent: 'new_destination',
  kind_new_peers: 'new_destination',
  external_new: 'new_destination',
  external_surprise: 'new_destination',
  destination_rate_surprise: 'new_destination',
  arguments_surprise: 'arguments',
  arguments_new_agent: 'arguments',
  arguments_new_peers: 'arguments',
  sent_surprise: 'volume',
  sent_tail: 'volume',
  received_surprise: 'volume',
  received_tail: 'volume',
  records_tail: 'volume',
  amount_excess: 'volume',
  session_sent_tail: 'session_volume',
  session_received_tail: 'session_volume',
  session_excess: 'session_volume',
  outcome_surprise: 'outcome',
  privilege_surprise: 'privilege',
  privilege_new: 'privilege',
  privilege_step_up: 'privilege',
  window_tail: 'window_volume',
  window_excess: 'window_volume',
  rate_excess: 'rate',
  destructive_excess: 'destructive_burst',
  refused_excess: 'refused_burst',
  fan_out_excess: 'fan_out',
  time_surprise: 'unusual_time',
  credential_expired: 'credential_expired',
  credential_overdue: 'credential_age',
  credential_age_excess: 'credential_age',
  delegation_new: 'new_delegation',
  source_new: 'new_source',
  outside_boundary: 'outside_boundary',
  signal_tail: 'guard_signal',
  field_missing: 'field_missing',
  flow_surprise: 'data_flow',
  flow_root_surprise: 'data_flow',
  flow_date_surprise: 'data_flow',
  flow_new_agent: 'data_flow',
  flow_new_peers: 'data_flow',
  obeyed_surprise: 'data_flow',
  value_surprise: 'data_flow',
  value_new_peers: 'data_flow',
  value_novelty: 'data_flow',
  tainted_value_novelty: 'data_flow',
  tainted_value_new: 'data_flow',
  request_overridden: 'data_flow',
  request_passed_over: 'data_flow',
  write_after_reading: 'data_flow',
  tainted_value_written: 'data_flow',
  network: 'behaviour',
}

export const causeOf = (feature: string): Cause => causes[feature] ?? 'behaviour'

/** Totals that one call of an amount never seen fills by itself. */
const filled: ReadonlySet<Cause> = new Set(['window_volume', 'session_volume'])

/**
 * The cause whose terms add most; a tie goes to the term named first. Where a call's own amount is far more than ever, the
 * totals of its session and windows are so because of it, and speak for the same cause; and so does the order of an action
 * that nobody took before.
 */
export function leadingCause(contributions: readonly { feature: string; contribution: number }[]): Cause {
  const sums = new Map<Cause, number>()
  const counts = (name: string) => contributions.some((term) => term.feature === name && term.contribution > 0)
  const [isLarge, isNewAction] = [counts('amount_excess'), counts('step_new_peers')]
  for (const { feature, contribution } of contributions) {
    const own = causeOf(feature)
    const cause = isLarge && filled.has(own) ? 'volume' : isNewAction && own === 'order' ? 'new_action' : own
    if (cause !== 'behaviour') sums.set(cause, (sums.get(cause) ?? 0) + contribution)
  }
  let best: Cause = 'behaviour'
  let most = 0
  for (const [cause, sum] of sums) {
    if (sum > most) {
      best = cause
      most = sum
    }
  }
  return best
}

/** OWASP Agentic Top 10 (2026) and LLM Top 10 (2025), MITRE ATLAS 5.6, by what was found. */
const techniques: Readonly<Record<Cause, readonly string[]>> = {
  new_system: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053', 'ATLAS:AML.T0012'],
  new_action: ['OWASP:ASI01', 'OWASP:ASI02', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053'],
  new_destination: ['OWASP:ASI01', 'OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  data_flow: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051.001'],
  order: ['OWASP:ASI01', 'OWASP:ASI10', 'ATLAS:AML.T0053'],
  arguments: ['OWASP:ASI02', 'ATLAS:AML.T0053'],
  volume: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  session_volume: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  privilege: ['OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.TA0012'],
  credential_shared: ['OWASP:ASI03', 'ATLAS:AML.T0012', 'ATLAS:AML.T0098'],
  outcome: ['OWASP:ASI03', 'ATLAS:AML.TA0008'],
  window_volume: ['OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
  rate: ['OWASP:ASI02', 'OWASP:ASI10', 'OWASP:LLM10:2025', 'ATLAS:AML.T0034'],
  destructive_burst: ['OWASP:ASI02', 'OWASP:ASI10', 'OWASP:LLM06:2025', 'ATLAS:AML.TA0011'],
  refused_burst: ['OWASP:ASI03', 'ATLAS:AML.TA0008'],
  fan_out: ['OWASP:ASI02', 'OWASP:ASI10', 'ATLAS:AML.TA0008'],
  unusual_time: ['OWASP:ASI10', 'ATLAS:AML.T0012'],
  credential_expired: ['OWASP:ASI03', 'ATLAS:AML.T0012'],
  credential_age: ['OWASP:ASI03', 'ATLAS:AML.T0012'],
  new_delegation: ['OWASP:ASI07', 'OWASP:ASI03', 'ATLAS:AML.T0012'],
  new_source: ['OWASP:ASI03', 'ATLAS:AML.T0012'],
  outside_boundary: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053'],
  guard_signal: ['OWASP:ASI01', 'OWASP:LLM01:2025', 'ATLAS:AML.T0051'],
  field_missing: ['OWASP:ASI10', 'ATLAS:AML.TA0007'],
  silent_agent: ['OWASP:ASI08', 'OWASP:ASI10', 'ATLAS:AML.TA0011'],
  unowned_agent: ['OWASP:ASI03', 'OWASP:ASI10', 'ATLAS:AML.T0103'],
  name_confusable: ['OWASP:ASI03', 'OWASP:ASI10', 'ATLAS:AML.T0074'],
  changed_repeat: ['OWASP:ASI10'],
  behaviour: ['OWASP:ASI10'],
}

export const techniquesOf = (cause: Cause): string[] => [...techniques[cause]]
