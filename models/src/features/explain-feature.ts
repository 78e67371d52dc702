import type { Destination } from '../event/destination.ts'
import { sessionStart } from '../event/event-shape.ts'
import type { Family } from '../profile/profile-key.ts'
import type { Comparison } from './comparison.ts'
import { bytesText, largest, rarity, whole } from './counts-in-words.ts'
import { circumstanceTitles, explainCircumstance } from './explain-circumstance.ts'
import { explainFlow, explainObeyed, explainTaintedValue, explainValue } from './explain-flow.ts'
import { explainTaintedWrite, explainWriteAfterReading } from './explain-reading.ts'
import { explainOverridden, explainPassedOver } from './explain-request.ts'
import type { Explanation } from './explanation.ts'

/** The first of those that are least, not asked of one alone. */
function leastOf<Item>(items: readonly Item[], measure: (item: Item) => number): Item | undefined {
  let least = items[0]
  if (items.length < 2) return least
  let lowest = Number.POSITIVE_INFINITY
  for (const item of items) {
    const value = measure(item)
    if (value >= lowest) continue
    lowest = value
    least = item
  }
  return least
}

/** The destination least known to the agent and its peers: the one the score speaks of. */
export function strangestDestination(comparison: Comparison): Destination | undefined {
  const knownness = (destination: Destination) => {
    const key = comparison.keyOf('anyDestination', '', destination.key)
    return comparison.ownCount(key) + 1000 * Math.max(0, comparison.otherPeersWith(key))
  }
  return leastOf(comparison.shape.destinations, knownness)
}

/** The privilege or scope least known to the agent. */
export function strangestPrivilege(comparison: Comparison): string | undefined {
  const knownness = (privilege: string) => comparison.ownCount(comparison.keyOf('privilege', '', privilege))
  return leastOf(comparison.shape.privileges, knownness)
}

const amountOf = (comparison: Comparison): { family: Family; amount: number; text: string } => {
  const { shape } = comparison
  const candidates: { family: Family; amount: number; text: string }[] = []
  if (shape.bytes_sent !== null)
    candidates.push({ family: 'sent', amount: shape.bytes_sent, text: `${bytesText(shape.bytes_sent)} sent` })
  if (shape.bytes_received !== null)
    candidates.push({
      family: 'received',
      amount: shape.bytes_received,
      text: `${bytesText(shape.bytes_received)} received`,
    })
  if (shape.records !== null)
    candidates.push({ family: 'records', amount: shape.records, text: `${whole(shape.records)} records` })
  const excess = (candidate: { family: Family; amount: number }) =>
    comparison.tail(comparison.contextOf(candidate.family, shape.step), candidate.amount).excess
  return candidates.sort((a, b) => excess(b) - excess(a))[0] ?? { family: 'sent', amount: 0, text: 'no amount' }
}

function destinationText(comparison: Comparison, sentence: (destination: Destination) => string): Explanation {
  const destination = strangestDestination(comparison)
  if (!destination) return { expected: 'no destination', seen: 'no destination' }
  return { expected: sentence(destination), seen: destination.key }
}

type Explain = (comparison: Comparison) => Explanation

const system: Explain = (c) => ({ expected: rarity(c, c.keys.system), seen: `system ${c.shape.system}` })
const step: Explain = (c) => ({ expected: rarity(c, c.keys.step.own), seen: c.shape.step })
const order: Explain = (c) => {
  const before = [c.shape.previous_step_2, c.shape.previous_step].filter((name) => name !== sessionStart && name !== '')
  const path = [...(before.length ? before : ['session start']), c.shape.step].join(' → ')
  return { expected: rarity(c, c.keyOf('bigram', c.shape.previous_step, c.shape.step), 'times after it'), seen: path }
}
const orderAndSize: Explain = (c) => {
  const { seen, expected } = order(c)
  return { seen: `${seen}, ${bytesText(c.shape.bytes_sent ?? 0)} sent`, expected }
}
const destination: Explain = (c) =>
  destinationText(c, ({ key }) => rarity(c, c.keyOf('anyDestination', '', key), 'destinations'))
const external: Explain = (c) =>
  destinationText(
    c,
    ({ key }) =>
      `outside destinations known to agent or peers; ${rarity(c, c.keyOf('external', '', key), 'outside destinations')}`,
  )
const argumentSet: Explain = (c) => ({
  expected: rarity(c, c.keyOf('arguments', c.shape.step, c.shape.argument_set ?? ''), `calls of ${c.shape.step}`),
  seen: `arguments ${c.shape.argument_set || 'none'}`,
})
const amount: Explain = (c) => {
  const { family, amount: value, text } = amountOf(c)
  return { expected: largest(c, family, c.shape.step, value), seen: `${text} by ${c.shape.step}` }
}
const single =
  (family: Family, value: (c: Comparison) => number, text: (c: Comparison) => string): Explain =>
  (c) => ({ expected: largest(c, family, c.shape.step, value(c)), seen: text(c) })
const sent = single(
  'sent',
  (c) => c.shape.bytes_sent ?? 0,
  (c) => `${bytesText(c.shape.bytes_sent ?? 0)} sent by ${c.shape.step}`,
)
const received = single(
  'received',
  (c) => c.shape.bytes_received ?? 0,
  (c) => `${bytesText(c.shape.bytes_received ?? 0)} received by ${c.shape.step}`,
)
const records = single(
  'records',
  (c) => c.shape.records ?? 0,
  (c) => `${whole(c.shape.records ?? 0)} records by ${c.shape.step}`,
)
/** Of the two totals the one that stands out more. */
function largestTotal(c: Comparison): string {
  const { session_bytes_sent: sent, session_bytes_received: received } = c.shape
  const [out, into] = [c.tail(c.keys.sessionSent, sent), c.tail(c.keys.sessionReceived, received)]
  const isSent = out.excess === into.excess ? out.p < into.p : out.excess > into.excess
  return isSent
    ? `sent: ${largest(c, 'sessionSent', '', sent)}`
    : `received: ${largest(c, 'sessionReceived', '', received)}`
}
const session: Explain = (c) => ({
  expected: largestTotal(c),
  seen: `session has received ${bytesText(c.shape.session_bytes_received)} and sent ${bytesText(c.shape.session_bytes_sent)}`,
})
const outcome: Explain = (c) => ({
  expected: rarity(c, c.keyOf('outcome', c.shape.step, 'failure'), `calls of ${c.shape.step}`),
  seen: 'failure',
})
const privilege: Explain = (c) => {
  const name = strangestPrivilege(c)
  return {
    expected: name ? rarity(c, c.keyOf('privilege', '', name), 'uses') : 'no privilege',
    seen: name ?? 'no privilege',
  }
}

/** How each term is explained; a term without an entry speaks for itself. */
const explanations: Readonly<Record<string, Explain>> = {
  system_surprise: system,
  system_new: system,
  step_surprise: step,
  step_new_agent: step,
  step_new_peers: step,
  order_surprise: order,
  bigram_surprise: order,
  misplaced_surprise: order,
  misplaced_excess: order,
  misplaced_size_excess: orderAndSize,
  destination_surprise: destination,
  destination_new_peers: destination,
  destination_new_agent: destination,
  kind_new_peers: destination,
  external_new: external,
  arguments_surprise: argumentSet,
  sent_surprise: sent,
  sent_tail: sent,
  received_surprise: received,
  received_tail: received,
  records_tail: records,
  amount_excess: amount,
  session_excess: session,
  session_sent_tail: session,
  session_received_tail: session,
  write_after_reading: explainWriteAfterReading,
  tainted_value_written: explainTaintedWrite,
  outcome_surprise: outcome,
  privilege_surprise: privilege,
  privilege_new: privilege,
  flow_surprise: explainFlow,
  flow_root_surprise: explainFlow,
  flow_date_surprise: explainFlow,
  flow_new_agent: explainFlow,
  flow_new_peers: explainFlow,
  value_surprise: explainValue,
  value_new_peers: explainValue,
  value_novelty: explainValue,
  tainted_value_novelty: explainTaintedValue,
  tainted_value_new: explainTaintedValue,
  request_overridden: explainOverridden,
  request_passed_over: explainPassedOver,
  obeyed_surprise: explainObeyed,
}

export function explainFeature(feature: string, comparison: Comparison): Explanation {
  return (
    explanations[feature]?.(comparison) ??
    explainCircumstance(feature, comparison) ?? { expected: 'the usual', seen: comparison.shape.step }
  )
}

/** Explains all features of one event: several are told in the same words, which are found once. */
export function explainFeatures(features: Iterable<string>, comparison: Comparison): Map<string, Explanation> {
  const all = new Map<string, Explanation>()
  const told = new Map<Explain, Explanation>()
  for (const feature of features) {
    const explain = explanations[feature]
    let explanation = explain && told.get(explain)
    explanation ??= explainFeature(feature, comparison)
    if (explain) told.set(explain, explanation)
    all.set(feature, explanation)
  }
  return all
}

/** Titles of the reasons that a person reads. */
const titles: Readonly<Record<string, string>> = {
  system_new: 'system never used',
  step_surprise: 'rare action',
  step_new_peers: 'action new to all peers',
  outcome_surprise: 'fails where it does not',
  order_surprise: 'unusual order',
  misplaced_excess: 'action out of its place',
  misplaced_size_excess: 'action out of its place, of an unusual size',
  destination_surprise: 'rare destination',
  destination_new_peers: 'destination new to all peers',
  kind_new_peers: 'kind of destination new to all peers',
  external_new: 'new outside destination',
  arguments_surprise: 'unusual arguments',
  sent_surprise: 'unusual size',
  received_surprise: 'unusual size of what came back',
  write_after_reading: 'writes after reading',
  tainted_value_written: 'new value out of an output, written on',
  amount_excess: 'far more than ever',
  session_excess: 'session moves far more than ever',
  records_tail: 'unusually many records',
  privilege_new: 'privilege never held',
  privilege_surprise: 'rare privilege',
  flow_root_surprise: 'value from an unusual source',
  flow_new_agent: 'value from a source new to the agent',
  flow_new_peers: 'value from a source that never fed it',
  flow_date_surprise: 'date or number from an unusual source',
  obeyed_surprise: 'output followed as if it were an order',
  value_surprise: 'rare value',
  value_new_peers: 'value new to all peers',
  value_novelty: 'new value where new ones are rare',
  tainted_value_novelty: 'new value out of an output',
  tainted_value_new: 'value new to all peers, out of an output',
  request_overridden: 'not the one it was asked for',
  request_passed_over: 'what it was asked for is passed over',
  network: 'unlike itself as a whole',
  ...circumstanceTitles,
}

export const featureTitle = (feature: string): string => titles[feature] ?? feature.replaceAll('_', ' ')
