import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { type Flow, isGuessable, kindOf } from './flow.ts'
import { feedingKey, flowRootKey, sinkOf, systemOfSource } from './profile-key.ts'
import { raise } from './raise.ts'
import { contextSource, requestSource, selfSource } from './session-values.ts'

const at = {
  known: featureIndex('values_known'),
  requested: featureIndex('values_requested'),
  outputBorne: featureIndex('value_output_borne'),
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
  borneNovelty: featureIndex('value_borne_novelty'),
}

/** Whether a value came out of a step's output or of memory: what others may have written. */
export const isBorne = ({ source }: Flow): boolean => source === contextSource || source.includes('/')

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
 * value_borne_novelty the same where an output or memory bore it.
 */
export function flowDeviation(comparison: Comparison, out: Float64Array): void {
  const { flows, values } = comparison.shape
  if (flows === null || flows.length === 0) return
  let firm = 0
  let requested = 0
  for (const ways of waysOfValues(flows)) {
    const { kind } = ways[0] as Flow
    const least = Math.min(...ways.map((flow) => surprise(flowProbability(comparison, flow))))
    raise(out, isGuessable(kind) ? at.dateSurprise : at.surprise, least)
    if (isGuessable(kind)) continue
    firm++
    if (ways.some(({ source }) => source === requestSource)) requested++
    firmValue(comparison, ways, out)
  }
  // One value of unknown origin leaves open whether the call was fed from outside: no discount then.
  if (firm === 0 || firm < values.filter(({ value }) => !isGuessable(kindOf(value))).length) return
  out[at.known] = 1
  out[at.requested] = requested === firm ? 1 : 0
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

function firmValue(comparison: Comparison, ways: readonly Flow[], out: Float64Array): void {
  const { step, values } = comparison.shape
  const { kind, argument, value, source } = ways[0] as Flow
  const least = (of: (flow: Flow) => number) => Math.min(...ways.map(of))
  raise(
    out,
    at.rootSurprise,
    least((flow) => flowRootSurprise(comparison, flow)),
  )
  if (ways.some(isBorne)) out[at.outputBorne] = 1
  if (source === selfSource) out[at.invented] = 1
  if (source.includes('/')) {
    const isNew = (flow: Flow) => comparison.newToAgent('feeding', kind, feedingKey(flow.source, step))
    const isNewToPeers = (flow: Flow) => comparison.otherPeersWith('feeding', kind, feedingKey(flow.source, step)) <= 0
    if (ways.every(isNew)) out[at.newAgent] = 1
    if (ways.every(isNewToPeers)) out[at.newPeers] = 1
    raise(
      out,
      at.obeyed,
      least((flow) => obeyedSurprise(comparison, flow)),
    )
  }
  const used = values[value]
  if (used !== undefined && source !== requestSource)
    valueNovelty(comparison, { sink: sinkOf(step, argument), value: used.value, borne: ways.some(isBorne) }, out)
}

function valueNovelty(
  comparison: Comparison,
  { sink, value, borne }: { sink: string; value: string; borne: boolean },
  out: Float64Array,
): void {
  raise(out, at.value, surprise(comparison.probability('value', sink, value, 0.02)))
  const isNew = comparison.newToAgent('value', sink, value) && comparison.otherPeersWith('value', sink, value) <= 0
  if (!isNew) return
  out[at.valueNewPeers] = 1
  const novelty = surprise(comparison.newRate('value', sink, 0.3, 2))
  raise(out, at.novelty, novelty)
  if (borne) raise(out, at.borneNovelty, novelty)
}

function flowProbability(comparison: Comparison, { argument, kind, source }: Flow): number {
  const pSystem = comparison.probability('flowKind', kind, systemOfSource(source), 0.05)
  return comparison.probability('flow', sinkOf(comparison.shape.step, argument), source, 0.3 * pSystem + 1e-3)
}

export function flowRootSurprise(comparison: Comparison, flow: Flow): number {
  const sink = sinkOf(comparison.shape.step, flow.argument)
  const base = 0.2 * flowProbability(comparison, flow)
  return surprise(comparison.probability('flowRoot', sink, flowRootKey(flow.source, flow.root), base))
}

/** Two pseudo-outputs a level, from a prior of one output in fifty obeyed. */
const obeyedPrior = { share: 0.02, outputs: 2 }

function obeyedSurprise(comparison: Comparison, { source, kind }: Flow): number {
  const obeyed = comparison.keyHash('feeding', kind, feedingKey(source, comparison.shape.step))
  const returning = comparison.keyHash('returning', '', source)
  let p = obeyedPrior.share
  for (const { table } of [comparison.tenant, comparison.peers, comparison.profile]) {
    const outputs = table.count(returning) * comparison.scale
    if (outputs > 0)
      p = (table.count(obeyed) * comparison.scale + obeyedPrior.outputs * p) / (outputs + obeyedPrior.outputs)
  }
  return surprise(Math.min(1, p))
}
