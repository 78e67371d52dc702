import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = {
  surprise: featureIndex('arguments_surprise'),
  newAgent: featureIndex('arguments_new_agent'),
  newPeers: featureIndex('arguments_new_peers'),
}

/** With which arguments: arguments_surprise = −ln P(set of argument names | step). */
export function argumentDeviation(comparison: Comparison, out: Float64Array): void {
  const { step, argument_set: set } = comparison.shape
  if (set === null) return
  out[at.surprise] = surprise(comparison.probability('arguments', step, set, 0.05))
  out[at.newAgent] = comparison.newToAgent('arguments', step, set) ? 1 : 0
  out[at.newPeers] = comparison.otherPeersWith('arguments', step, set) <= 0 ? 1 : 0
}
