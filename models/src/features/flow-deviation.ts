import type { FlowKeys } from '../event/step-keys.ts'
import type { CountTable } from '../profile/count-table.ts'
import type { HashedKey } from '../profile/hashed-key.ts'
import { type Flow, isGuessable, kindOf, type UsedValue } from '../provenance/flow.ts'
import { contextSource, requestSource, selfSource } from '../provenance/value-origin.ts'
import { raise } from '../session/raise.ts'
import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { againstRequest } from './request-deviation.ts'

const at = {
  known: featureIndex('values_known'),
  requested: featureIndex('values_requested'),
  tainted: featureIndex('value_tainted'),
  invented: featureIndex('value_invented'),
  surprise: featureIndex('flow_surprise'),
  rootSurprise: featureIndex('flow_root_surprise'),
  dateSurprise: featureIndex('flow_date_surprise'),
  newAgent: featureIndex('flow_new_agent'),
  newPeers: featureIndex('flow_new_peers'),
  obeyed: featureIndex('obeyed_surprise'),
  value: featureIndex('value_surprise'),
  valueNewPeers: featureIndex('value_new_peers'),
  novelty: featureIndex('value_novelty'),
  taintedNovelty: featureIndex('tainted_value_novelty'),
  taintedNew: featureIndex('tainted_value_new'),
}

/** Whether a value came out of a step's output or of memory: what others may have written. */
export const isTainted = ({ source }: Flow): boolean => source === contextSource || source.includes('/')

/**
 * Where the arguments' values came from; of several values the strangest counts, of several ways of one value the most
 * usual one. Needs argument_values; a value that may have come from an output not seen is left out.
 *
 * flow_surprise = −ln P(source | step, argument), backing off to .3 × P(source's system | kind of value) + .001;
 * flow_root_surprise the same for the source and how its own call was rooted; flow_date_surprise for dates and small
 * numbers, which say little. obeyed_surprise = −ln of the share of the source's outputs that went on into this step and kind of
 * value: is that step usually obeyed this way? flow_new_*: the source never fed this step with this kind of value.
 * value_surprise = −ln P(value | step, argument) of values not requested; value_new_peers: neither agent nor peers gave that
 * argument this value; value_novelty = −ln of the share of the argument's values that are new, of such a value, and
 * tainted_value_novelty the same where an output or memory bore it; tainted_value_new: value_new_peers of such a value.
 * What the request has to say about a borne value stands in `request-deviation.ts`.
 */
export function flowDeviation(comparison: Comparison, out: Float64Array): void {
  const { flows, values } = comparison.shape
  if (flows === null || flows.length === 0) return
  let firm = 0
  let requested = 0
  let to = 0
  while (to < flows.length) {
    const from = to
    const { value, kind } = flows[from] as Flow
    while (to < flows.length && (flows[to] as Flow).value === value) to++
    if (isGuessable(kind)) {
      guessableValue(comparison, from, to, out)
      continue
    }
    firm++
    if (hasRequested(flows, from, to)) requested++
    firmValue(comparison, flows, from, to, out)
  }
  // One value of unknown origin leaves open whether the call was fed from outside: no discount then.
  if (firm === 0 || firm < firmCount(values)) return
  out[at.known] = 1
  out[at.requested] = requested === firm ? 1 : 0
}

/** Of the ways `from` to `to` of one value the most usual one counts. */
function guessableValue(comparison: Comparison, from: number, to: number, out: Float64Array): void {
  let least = Number.POSITIVE_INFINITY
  for (let way = from; way < to; way++)
    least = Math.min(least, surprise(flowProbability(comparison, comparison.keys.flows[way] as FlowKeys)))
  raise(out, at.dateSurprise, least)
}

function hasRequested(flows: readonly Flow[], from: number, to: number): boolean {
  for (let way = from; way < to; way++) if ((flows[way] as Flow).source === requestSource) return true
  return false
}

function firmCount(values: readonly UsedValue[]): number {
  let count = 0
  for (const { value } of values) if (!isGuessable(kindOf(value))) count++
  return count
}

/** The ways of each value: flows of one value stand together. */
export function waysOfValues(flows: readonly Flow[]): Flow[][] {
  const values: Flow[][] = []
  for (const flow of flows) {
    const last = values.at(-1)
    if (last?.[0]?.value === flow.value) last.push(flow)
    else values.push([flow])
  }
  return values
}

/** The ways `from` to `to` of a value that nobody can guess. */
function firmValue(comparison: Comparison, flows: readonly Flow[], from: number, to: number, out: Float64Array): void {
  const { values, flows: keys } = comparison.keys
  const { value, source } = flows[from] as Flow
  let least = Number.POSITIVE_INFINITY
  let leastRoot = Number.POSITIVE_INFINITY
  let borne = false
  for (let way = from; way < to; way++) {
    const p = flowProbability(comparison, keys[way] as FlowKeys)
    least = Math.min(least, surprise(p))
    leastRoot = Math.min(leastRoot, rootSurprise(comparison, keys[way] as FlowKeys, p))
    if (isTainted(flows[way] as Flow)) borne = true
  }
  raise(out, at.surprise, least)
  raise(out, at.rootSurprise, leastRoot)
  if (borne) out[at.tainted] = 1
  if (source === selfSource) out[at.invented] = 1
  if ((keys[from] as FlowKeys).feeding !== null) outputFeeding(comparison, from, to, out)
  const used = values[value]
  if (used === undefined || source === requestSource) return
  valueNovelty(comparison, used, borne, out)
  if (borne) againstRequest(comparison, flows[from] as Flow, out)
}

/** A value out of an output: new is what none of the ways has fed before. */
function outputFeeding(comparison: Comparison, from: number, to: number, out: Float64Array): void {
  let newToAgent = true
  let newToPeers = true
  let least = Number.POSITIVE_INFINITY
  for (let way = from; way < to; way++) {
    const { feeding, returning } = comparison.keys.flows[way] as FlowKeys
    if (feeding === null || returning === null) {
      // Memory returns no outputs that could be counted.
      least = Math.min(least, surprise(obeyedPrior.share))
      continue
    }
    least = Math.min(least, obeyedSurprise(comparison, feeding, returning))
    if (newToAgent && !comparison.newToAgent(feeding)) newToAgent = false
    if (newToPeers && comparison.otherPeersWith(feeding) > 0) newToPeers = false
  }
  if (newToAgent) out[at.newAgent] = 1
  if (newToPeers) out[at.newPeers] = 1
  raise(out, at.obeyed, least)
}

function valueNovelty(comparison: Comparison, value: HashedKey, borne: boolean, out: Float64Array): void {
  raise(out, at.value, surprise(comparison.probability(value, 0.02)))
  const isNew = comparison.newToAgent(value) && comparison.otherPeersWith(value) <= 0
  if (!isNew) return
  out[at.valueNewPeers] = 1
  const novelty = surprise(comparison.newRate(value.of, 0.3, 2))
  raise(out, at.novelty, novelty)
  if (!borne) return
  out[at.taintedNew] = 1
  raise(out, at.taintedNovelty, novelty)
}

function flowProbability(comparison: Comparison, { flowKind, flow }: FlowKeys): number {
  const pSystem = comparison.probability(flowKind, 0.05)
  return comparison.probability(flow, 0.3 * pSystem + 1e-3)
}

export function flowRootSurprise(comparison: Comparison, { argument, kind, source, root }: Flow): number {
  const keys = comparison.keys.step.sink(argument).way(kind, source, root)
  return rootSurprise(comparison, keys, flowProbability(comparison, keys))
}

const rootSurprise = (comparison: Comparison, { flowRoot }: FlowKeys, pFlow: number): number =>
  surprise(comparison.probability(flowRoot, 0.2 * pFlow))

/** Two pseudo-outputs a level, from a prior of one output in fifty obeyed. */
const obeyedPrior = { share: 0.02, outputs: 2 }

function obeyedSurprise(comparison: Comparison, feeding: HashedKey, returning: HashedKey): number {
  const { tenant, peers, profile, scale } = comparison
  const pTenant = sharedObeyed(tenant.table, feeding, returning, scale, obeyedPrior.share)
  const pPeers = sharedObeyed(peers.table, feeding, returning, scale, pTenant)
  const outputs = profile.table.countOf(returning.print) * scale
  const p = outputs > 0 ? smoothedShare(profile.table.countOf(feeding.print) * scale, outputs, pPeers) : pPeers
  return surprise(Math.min(1, p))
}

function sharedObeyed(table: CountTable, feeding: HashedKey, returning: HashedKey, scale: number, p: number): number {
  const outputs = table.count(returning.key) * scale
  return outputs > 0 ? smoothedShare(table.count(feeding.key) * scale, outputs, p) : p
}

const smoothedShare = (obeyed: number, outputs: number, p: number): number =>
  (obeyed + obeyedPrior.outputs * p) / (outputs + obeyedPrior.outputs)
