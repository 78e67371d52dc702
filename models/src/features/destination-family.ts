import type { Destination } from '../event/destination.ts'
import type { DestinationKeys } from '../event/step-keys.ts'
import type { HashedContext } from '../profile/hashed-key.ts'
import { raise } from '../session/raise.ts'
import { type Comparison, surprise } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import type { Explanation } from './explanation.ts'
import {
  type FeatureCause,
  featureFamily,
  inNats,
  inPart,
  networkReads,
  onOff,
  type Sentence,
  type Slots,
  yesNo,
} from './feature-family.ts'
import { leastOf } from './least-of.ts'
import {
  newExternals,
  newNames,
  newNamesOverMonths,
  unfamiliarNats,
  unseenDestination,
  unseenDestinationKind,
} from './priors.ts'
import { nothingRead, notTainted } from './sum-weights.ts'

const newDestination: FeatureCause = {
  name: 'new_destination',
  techniques: ['OWASP:ASI01', 'OWASP:ASI02', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
}

/** The destination least known to the agent and its peers: the one the score speaks of. */
export function strangestDestination(comparison: Comparison): Destination | undefined {
  const knownness = (destination: Destination) => {
    const key = comparison.keyOf('anyDestination', '', destination.key)
    return comparison.ownCount(key) + 1000 * Math.max(0, comparison.otherPeersWith(key))
  }
  return leastOf(comparison.shape.destinations, knownness)
}

function destinationText(comparison: Comparison, sentence: (destination: Destination) => string): Explanation {
  const destination = strangestDestination(comparison)
  if (!destination) return { expected: 'no destination', seen: 'no destination' }
  return { expected: sentence(destination), seen: destination.key }
}

const destinationSentence: Sentence = (c) =>
  destinationText(c, ({ key }) =>
    rarity(c, c.keyOf('anyDestination', '', key), { noun: 'destination', preposition: 'among' }),
  )
const externalSentence: Sentence = (c) =>
  destinationText(c, ({ key }) =>
    rarity(c, c.keyOf('external', '', key), { noun: 'external destination', preposition: 'among' }),
  )

const common = { needs: ['destinations'], cause: newDestination } as const

/** Of several destinations the strangest counts. */
export const destinationFamily = featureFamily({
  name: 'destination',
  question: 'Where did it go?',
  features: {
    destination_present: {
      ...yesNo,
      formula: '1 where the event names a destination',
      needs: ['destinations'],
      cause: null,
      kept_because: networkReads(0.66),
    },
    destination_surprise: {
      ...inNats,
      ...common,
      unit: 16,
      formula:
        '−ln P(destination | action), backing off to .02 × P(kind | action) + 1e-5: a new address at a usual mail domain is less strange than one elsewhere',
      title: 'Rare destination',
      sentence: destinationSentence,
      weights: {
        with_provenance: { weight: 0.5, cap: 6, when_not_tainted: notTainted },
        without_provenance: { weight: 2, cap: 8, when_nothing_read: nothingRead },
      },
    },
    kind_surprise: {
      ...inNats,
      ...common,
      formula: '−ln P(kind of destination | action), such as a mail domain or a kind of file',
      kept_because: networkReads(0.29),
    },
    destination_new_agent: {
      ...onOff,
      ...common,
      formula: '1 where the agent never went there, with any action',
      kept_because: networkReads(0.24),
    },
    destination_new_peers: {
      ...inPart,
      ...common,
      formula:
        'u / (1 + n), n the agent’s own visits, where no other agent of the peer group went there; u = min(1, −ln(share of the action’s destinations that are new) / 3)',
      title: 'Destination new to its peers',
      sentence: destinationSentence,
      weights: {
        with_provenance: { weight: 2, cap: 1, when_not_tainted: notTainted },
        without_provenance: { weight: 12, cap: 1, when_nothing_read: nothingRead },
      },
    },
    destination_new_step: {
      ...onOff,
      ...common,
      formula: '1 where the agent went there, but never with this action',
      kept_because: networkReads(0.03),
    },
    kind_new_agent: {
      ...onOff,
      ...common,
      formula: '1 where the agent never went to this kind of destination',
      kept_because: networkReads(0.42),
    },
    kind_new_peers: {
      ...onOff,
      ...common,
      formula: '1 where no other agent of the peer group went to this kind of destination',
      kept_because: networkReads(1.31),
    },
    external_new: {
      ...inPart,
      ...common,
      formula: 'u as in destination_new_peers, for an external destination new to agent and peers',
      title: 'New external destination',
      sentence: externalSentence,
      weights: {
        with_provenance: { weight: 14, cap: 1, when_not_tainted: notTainted },
        without_provenance: { weight: 8, cap: 1 },
      },
    },
    external_surprise: {
      ...inNats,
      ...common,
      range: '0 to 30 nats',
      formula: '2 − ln(share of external destinations that are new), for one new to agent and peers',
      kept_because: networkReads(0.37),
    },
    destination_rate_surprise: {
      ...inNats,
      ...common,
      formula: '−ln(share of the action’s destinations that are new), for one new to the agent',
      kept_because: networkReads(0.35),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { destinations } = comparison.keys
    if (destinations.length === 0) return
    out[at.destination_present] = 1
    for (const keys of destinations) measureOne(comparison, keys, out, at)
  },
})

type At = Slots<keyof typeof destinationFamily.features>

function measureOne(comparison: Comparison, keys: DestinationKeys, out: Float64Array, at: At): void {
  const { destination, anyDestination, anyKind } = keys
  const external = isUsuallyFile(comparison, keys) ? null : keys.external
  const pKind = comparison.probability(keys.kind, unseenDestinationKind)
  raise(out, at.kind_surprise, surprise(pKind))
  raise(out, at.destination_surprise, surprise(comparison.probability(destination, unseenDestination(pKind))))
  const newToAgent = comparison.newToAgent(anyDestination)
  const newToPeers = comparison.otherPeersWith(anyDestination) <= 0
  raise(out, at.destination_new_agent, newToAgent ? 1 : 0)
  const unfamiliar = unfamiliarity(comparison, destination.of)
  // A place of the agent's own says less each time it goes there again.
  if (newToPeers) raise(out, at.destination_new_peers, unfamiliar / (1 + comparison.ownCount(anyDestination)))
  raise(out, at.destination_new_step, !newToAgent && comparison.newToAgent(destination) ? 1 : 0)
  raise(out, at.kind_new_agent, comparison.newToAgent(anyKind) ? 1 : 0)
  raise(out, at.kind_new_peers, comparison.otherPeersWith(anyKind) <= 0 ? 1 : 0)
  if (newToAgent)
    raise(
      out,
      at.destination_rate_surprise,
      surprise(comparison.newRate(destination.of, newNames.share, newNames.events)),
    )
  if (external !== null && newToAgent && newToPeers) {
    raise(out, at.external_new, unfamiliar)
    const rate = comparison.newRate(external.of, newExternals.share, newExternals.events)
    raise(out, at.external_surprise, externalNats + surprise(rate))
  }
}

/** Named like a file, where this action wrote files before: `evil.zip` is a host only to who never wrote one. */
const isUsuallyFile = (comparison: Comparison, { files }: DestinationKeys): boolean =>
  files.some((key) => !comparison.newToAgent(key) || comparison.otherPeersWith(key) > 0)

/** Nats of an external destination that is new, before its rate is asked: 2. */
const externalNats = 2

/**
 * How much a new destination says, 0 to 1: least where new ones are this step's daily bread (who writes to customers meets
 * new ones every day).
 */
function unfamiliarity(comparison: Comparison, destinations: HashedContext): number {
  const rate = comparison.newRate(destinations, newNamesOverMonths.share, newNamesOverMonths.events)
  return Math.min(1, surprise(rate) / unfamiliarNats)
}
