import { sessionStart } from '../event/event-shape.ts'
import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = {
  systemSurprise: featureIndex('system_surprise'),
  systemNew: featureIndex('system_new'),
  stepSurprise: featureIndex('step_surprise'),
  stepNewAgent: featureIndex('step_new_agent'),
  stepNewPeers: featureIndex('step_new_peers'),
  bigramSurprise: featureIndex('bigram_surprise'),
  orderSurprise: featureIndex('order_surprise'),
  bigramNewAgent: featureIndex('bigram_new_agent'),
  bigramNewPeers: featureIndex('bigram_new_peers'),
  misplaced: featureIndex('misplaced_surprise'),
  first: featureIndex('session_first'),
}

/** Events after which a system never used counts half of what it counts in the end: at first every system is new. */
const newSystemHalf = 20

/**
 * What was done and in which order.
 * system_surprise = −ln P(system); step_surprise = −ln P(step) with 1 / (steps known to the tenant + 5) for the unseen;
 * bigram and order (trigram) surprise = −ln P(step | one, two steps before), each backing off to the shorter one.
 * misplaced_surprise = ln(P(step) / P(step | the one before)), at least 0: how much rarer the step is there than at large, the
 * pointwise information of both with its sign turned (Church and Hanks, 1990); a call made again at once is not out of place.
 * Late events have no order.
 */
export function stepDeviation(comparison: Comparison, out: Float64Array): void {
  const { system, bigram, trigram } = comparison.keys
  const { own: step } = comparison.keys.step
  out[at.systemSurprise] = surprise(comparison.probability(system, 0.05))
  const newSystem = comparison.newToAgent(system)
  const events = comparison.ownTotal(system.of)
  out[at.systemNew] = newSystem && comparison.otherPeersWith(system) <= 0 ? events / (events + newSystemHalf) : 0
  const steps = comparison.tenant.table.auxiliary(step.of.hash)
  const pStep = comparison.probability(step, 1 / (steps + 5))
  out[at.stepSurprise] = surprise(pStep)
  out[at.stepNewAgent] = comparison.newToAgent(step) ? 1 : 0
  out[at.stepNewPeers] = comparison.otherPeersWith(step) <= 0 ? 1 : 0
  if (bigram === null || trigram === null) return
  const pBigram = comparison.probabilityAmongPeers(bigram, pStep)
  out[at.bigramSurprise] = surprise(pBigram)
  out[at.orderSurprise] = surprise(comparison.probabilityAmongPeers(trigram, pBigram))
  const { previous_step, step: name } = comparison.shape
  if (previous_step !== name) out[at.misplaced] = Math.max(0, Math.log(pStep / pBigram))
  out[at.bigramNewAgent] = comparison.newToAgent(bigram) ? 1 : 0
  out[at.bigramNewPeers] = comparison.otherPeersWith(bigram) <= 0 ? 1 : 0
  out[at.first] = comparison.shape.previous_step === sessionStart ? 1 : 0
}
