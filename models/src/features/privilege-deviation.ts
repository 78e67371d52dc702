import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = { surprise: featureIndex('privilege_surprise'), isNew: featureIndex('privilege_new') }

/** Privileges known to the agent before a new one is a step up: until then it only shows what it has. */
const knownMin = 5

/**
 * With which rights: of several the strangest counts. privilege_surprise = −ln P(privilege or scope);
 * privilege_new: neither this agent nor any of its peers has acted with it before.
 */
export function privilegeDeviation(comparison: Comparison, out: Float64Array): void {
  if (comparison.shape.privileges.length === 0) return
  const all = comparison.contextOf('privilege', '')
  if (comparison.ownTotal(all) + comparison.peersTotal(all) < knownMin) return
  for (const privilege of comparison.shape.privileges) {
    const key = comparison.keyOf('privilege', '', privilege)
    const value = surprise(comparison.probability(key, 0.02))
    if (value > (out[at.surprise] as number)) out[at.surprise] = value
    if (comparison.newToAgent(key) && comparison.otherPeersWith(key) <= 0) out[at.isNew] = 1
  }
}
