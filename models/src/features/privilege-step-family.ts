import type { HashedKey } from '../profile/hashed-key.ts'
import type { Comparison } from './comparison.ts'
import { featureFamily, inPart } from './feature-family.ts'
import { namedSentence } from './named-sentence.ts'
import { ranksKnownMin } from './priors.ts'
import { privilegeCause } from './privilege-family.ts'
import { inBothSums } from './sum-weights.ts'

/** A step that some peers have taken counts so much. */
const knownToPeers = 0.25

const rankNames = ['nothing', 'to read', 'to write', 'to manage', 'to administer']
const highestRank = 4

/** Ranks: `privilege-rank.ts`. So `erp.admin` beside `erp.read` is more than just another scope. */
export const privilegeStepFamily = featureFamily({
  name: 'privilege rank',
  question: 'With higher rights than before?',
  features: {
    privilege_step_up: {
      ...inPart,
      formula:
        '1 where the rank of privilege and scopes (reads, writes, manages, administers) is above every one of the agent; .25 where a peer had it; 0 below 20 known uses',
      needs: ['privilege', 'credential.scopes'],
      cause: privilegeCause,
      title: 'Higher rights than before',
      sentence: namedSentence({
        family: 'privilegeRank',
        noun: 'use of privileges',
        name: ({ shape }) => (shape.privilege_rank === null ? undefined : String(shape.privilege_rank)),
        seen: (rank) => `rights ${rankNames[Number(rank)]}`,
      }),
      weights: inBothSums(12, 1),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { privilege_rank: rank } = comparison.shape
    if (rank === null || usesKnown(comparison) < ranksKnownMin) return
    for (let known = rank; known <= highestRank; known++) if (!comparison.newToAgent(rankKey(comparison, known))) return
    const peers = comparison.otherPeersWith(rankKey(comparison, rank))
    out[at.privilege_step_up] = peers <= 0 ? 1 : knownToPeers
  },
})

/**
 * Uses of privileges known of the agent. Names that say nothing of what they allow count too: an agent whose roles have said nothing for weeks
 * and that takes one called admin steps up.
 */
const usesKnown = (comparison: Comparison): number =>
  Math.max(
    comparison.ownTotal(comparison.contextOf('privilegeRank', '')),
    comparison.ownTotal(comparison.contextOf('privilege', '')),
  )

const rankKey = (comparison: Comparison, rank: number): HashedKey => comparison.keyOf('privilegeRank', '', String(rank))
