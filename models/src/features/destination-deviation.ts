import type { DestinationKeys } from '../event/step-keys.ts'
import type { HashedContext } from '../profile/hashed-key.ts'
import { raise } from '../session/raise.ts'
import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = {
  present: featureIndex('destination_present'),
  surprise: featureIndex('destination_surprise'),
  kindSurprise: featureIndex('kind_surprise'),
  newAgent: featureIndex('destination_new_agent'),
  newPeers: featureIndex('destination_new_peers'),
  newStep: featureIndex('destination_new_step'),
  kindNewAgent: featureIndex('kind_new_agent'),
  kindNewPeers: featureIndex('kind_new_peers'),
  externalNew: featureIndex('external_new'),
  externalSurprise: featureIndex('external_surprise'),
  rateSurprise: featureIndex('destination_rate_surprise'),
}

/**
 * Where it went: of several destinations the strangest counts.
 * destination_surprise = −ln P(destination | step), backing off to .02 × P(kind | step) + 1e-5, so that a new
 * address at a usual mail domain is less strange than one elsewhere; external_surprise = 2 − ln(share of external
 * destinations that are new); destination_rate_surprise = −ln(share of this step's destinations that are new).
 */
export function destinationDeviation(comparison: Comparison, out: Float64Array): void {
  const { destinations } = comparison.keys
  if (destinations.length === 0) return
  out[at.present] = 1
  for (const keys of destinations) deviationOfOne(comparison, keys, out)
}

function deviationOfOne(comparison: Comparison, keys: DestinationKeys, out: Float64Array): void {
  const { destination, anyDestination, anyKind, external } = keys
  const pKind = comparison.probability(keys.kind, 0.01)
  raise(out, at.kindSurprise, surprise(pKind))
  raise(out, at.surprise, surprise(comparison.probability(destination, 0.02 * pKind + 1e-5)))
  const newToAgent = comparison.newToAgent(anyDestination)
  const newToPeers = comparison.otherPeersWith(anyDestination) <= 0
  raise(out, at.newAgent, newToAgent ? 1 : 0)
  const unfamiliar = unfamiliarity(comparison, destination.of)
  // A place of the agent's own says less each time it goes there again.
  if (newToPeers) raise(out, at.newPeers, unfamiliar / (1 + comparison.ownCount(anyDestination)))
  raise(out, at.newStep, !newToAgent && comparison.newToAgent(destination) ? 1 : 0)
  raise(out, at.kindNewAgent, comparison.newToAgent(anyKind) ? 1 : 0)
  raise(out, at.kindNewPeers, comparison.otherPeersWith(anyKind) <= 0 ? 1 : 0)
  if (newToAgent) raise(out, at.rateSurprise, surprise(comparison.newRate(destination.of, 0.3, 2)))
  if (external !== null && newToAgent && newToPeers) {
    raise(out, at.externalNew, unfamiliar)
    raise(out, at.externalSurprise, 2 + surprise(comparison.newRate(external.of, 0.1, 4)))
  }
}

/** What a step is believed to bring of new destinations before it has shown, with the weight of so many events. */
const newRatePrior = { rate: 0.02, events: 100 }
/** A share of new destinations below e^-3, one in twenty, makes each of them count whole. */
const unfamiliarNats = 3

/**
 * How much a new destination says, 0 to 1: least where new ones are this step's daily bread (who writes to customers meets
 * new ones every day). It takes a few hundred events to earn the discount, so thin history has none.
 */
function unfamiliarity(comparison: Comparison, destinations: HashedContext): number {
  const rate = comparison.newRate(destinations, newRatePrior.rate, newRatePrior.events)
  return Math.min(1, surprise(rate) / unfamiliarNats)
}
