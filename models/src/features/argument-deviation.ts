import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = {
  surprise: featureIndex('arguments_surprise'),
  newAgent: featureIndex('arguments_new_agent'),
  newPeers: featureIndex('arguments_new_peers'),
}

/** With which arguments: arguments_surprise = −ln P(set of argument names | step). */
export function argumentDeviation(comparison: Comparison, out: Float64Array): void {
  const { arguments: set } = comparison.keys
  if (set === null) return
  out[at.surprise] = surprise(comparison.probability(set, 0.05))
  out[at.newAgent] = comparison.newToAgent(set) ? 1 : 0
  out[at.newPeers] = comparison.otherPeersWith(set) <= 0 ? 1 : 0
}
