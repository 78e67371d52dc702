import type { FlowKeys } from '../../event/step-keys.ts'
import type { CountTable } from '../../profile/count-table.ts'
import type { HashedKey } from '../../profile/hashed-key.ts'
import { type Flow, isGuessable, type UsedValue, valueKindOf } from '../../provenance/flow.ts'
import { contextSource, cutSource, requestSource, selfSource } from '../../provenance/value-origin.ts'
import { raise } from '../../session/raise.ts'
import { type Comparison, surprise } from '../comparison.ts'
import type { Slots } from '../feature-family.ts'
import { newNames, obeyedOutputs, unseenFlow, unseenFlowRoot, unseenFlowSystem, unseenValue } from '../priors.ts'
import type { flowFeatures } from './flow-features.ts'
import { againstRequest } from './request-deviation.ts'
import type { requestFeatures } from './request-features.ts'

type At = Slots<keyof typeof flowFeatures | keyof typeof requestFeatures>

/** Whether a value came out of a step's output or of memory: what others may have written. */
export const isTainted = ({ source }: Flow): boolean => source === contextSource || source.includes('/')

/**
 * Where the arguments' values came from; of several values the strangest counts, of several ways of one value the most
 * usual one. Needs argument_values; a value that may have come from an output not seen is left out.
 * What the request has to say about a tainted value stands in `request-deviation.ts`.
 */
export function flowDeviation(comparison: Comparison, out: Float64Array, at: At): void {
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
      guessableValue(comparison, from, to, out, at)
      continue
    }
    // What was cut off may have come from anywhere.
    if ((flows[from] as Flow).source !== cutSource) firm++
    if (hasRequested(flows, from, to)) requested++
    firmValue(comparison, flows, from, to, out, at)
  }
  // One value of unknown origin leaves open whether the call was fed from outside: no discount then.
  if (firm === 0 || firm < firmCount(values)) return
  out[at.values_known] = 1
  out[at.values_requested] = requested === firm ? 1 : 0
}

/** Of the ways `from` to `to` of one value the most usual one counts. */
function guessableValue(comparison: Comparison, from: number, to: number, out: Float64Array, at: At): void {
  let least = Number.POSITIVE_INFINITY
  for (let way = from; way < to; way++)
    least = Math.min(least, surprise(flowProbability(comparison, comparison.keys.flows[way] as FlowKeys)))
  raise(out, at.flow_date_surprise, least)
}

function hasRequested(flows: readonly Flow[], from: number, to: number): boolean {
  for (let way = from; way < to; way++) if ((flows[way] as Flow).source === requestSource) return true
  return false
}

function firmCount(values: readonly UsedValue[]): number {
  let count = 0
  for (const { value } of values) if (!isGuessable(valueKindOf(value))) count++
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
function firmValue(
  comparison: Comparison,
  flows: readonly Flow[],
  from: number,
  to: number,
  out: Float64Array,
  at: At,
): void {
  const { values, flows: keys } = comparison.keys
  const { value, source } = flows[from] as Flow
  let least = Number.POSITIVE_INFINITY
  let leastRoot = Number.POSITIVE_INFINITY
  let tainted = false
  for (let way = from; way < to; way++) {
    const p = flowProbability(comparison, keys[way] as FlowKeys)
    least = Math.min(least, surprise(p))
    leastRoot = Math.min(leastRoot, rootSurprise(comparison, keys[way] as FlowKeys, p))
    if (isTainted(flows[way] as Flow)) tainted = true
  }
  raise(out, at.flow_surprise, least)
  raise(out, at.flow_root_surprise, leastRoot)
  if (tainted) out[at.value_tainted] = 1
  if (source === selfSource) out[at.value_invented] = 1
  if ((keys[from] as FlowKeys).feeding !== null) outputFeeding(comparison, from, to, out, at)
  const used = values[value]
  if (used === undefined || source === requestSource) return
  valueNovelty(comparison, used, tainted, out, at)
  if (tainted) againstRequest(comparison, flows[from] as Flow, out, at)
}

/** A value out of an output: new is what none of the ways has fed before. */
function outputFeeding(comparison: Comparison, from: number, to: number, out: Float64Array, at: At): void {
  let newToAgent = true
  let newToPeers = true
  let least = Number.POSITIVE_INFINITY
  for (let way = from; way < to; way++) {
    const { feeding, returning } = comparison.keys.flows[way] as FlowKeys
    if (feeding === null || returning === null) {
      // Memory returns no outputs that could be counted.
      least = Math.min(least, surprise(obeyedOutputs.share))
      continue
    }
    least = Math.min(least, obeyedSurprise(comparison, feeding, returning))
    if (newToAgent && !comparison.newToAgent(feeding)) newToAgent = false
    if (newToPeers && comparison.otherPeersWith(feeding) > 0) newToPeers = false
  }
  if (newToAgent) out[at.flow_new_agent] = 1
  if (newToPeers) out[at.flow_new_peers] = 1
  raise(out, at.obeyed_surprise, least)
}

function valueNovelty(comparison: Comparison, value: HashedKey, tainted: boolean, out: Float64Array, at: At): void {
  raise(out, at.value_surprise, surprise(comparison.probability(value, unseenValue)))
  const isNew = comparison.newToAgent(value) && comparison.otherPeersWith(value) <= 0
  if (!isNew) return
  out[at.value_new_peers] = 1
  const novelty = surprise(comparison.newRate(value.of, newNames.share, newNames.events))
  raise(out, at.value_novelty, novelty)
  if (!tainted) return
  out[at.tainted_value_new] = 1
  raise(out, at.tainted_value_novelty, novelty)
}

function flowProbability(comparison: Comparison, { flowKind, flow }: FlowKeys): number {
  const pSystem = comparison.probability(flowKind, unseenFlowSystem)
  return comparison.probability(flow, unseenFlow(pSystem))
}

export function flowRootSurprise(comparison: Comparison, { argument, kind, source, root }: Flow): number {
  const keys = comparison.keys.step.sink(argument).way(kind, source, root)
  return rootSurprise(comparison, keys, flowProbability(comparison, keys))
}

const rootSurprise = (comparison: Comparison, { flowRoot }: FlowKeys, pFlow: number): number =>
  surprise(comparison.probability(flowRoot, unseenFlowRoot(pFlow)))

function obeyedSurprise(comparison: Comparison, feeding: HashedKey, returning: HashedKey): number {
  const { tenant, peers, profile, scale } = comparison
  const pTenant = sharedObeyed(tenant.table, feeding, returning, scale, obeyedOutputs.share)
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
  (obeyed + obeyedOutputs.outputs * p) / (outputs + obeyedOutputs.outputs)
