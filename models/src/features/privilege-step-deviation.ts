import type { HashedKey } from '../profile/hashed-key.ts'
import type { Comparison } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = featureIndex('privilege_step_up')

/** Ranks known before a higher one is a step up: until then the agent only shows what it has. */
const knownMin = 20
/** A step that some peers have taken counts so much. */
const knownToPeers = 0.25

/**
 * A step up: privilege_step_up (0 to 1) is 1 when the rank of privilege and scopes (`privilege-rank.ts`: reads, writes,
 * manages, rules) is above every one this agent ever used, and no other agent of its group used it; a quarter where
 * one did. So `erp.admin` beside `erp.read` is more than just another scope. Needs privilege or credential.scopes.
 */
export function privilegeStepDeviation(comparison: Comparison, out: Float64Array): void {
  const { privilege_rank: rank } = comparison.shape
  if (rank === null || comparison.ownTotal(comparison.contextOf('privilegeRank', '')) < knownMin) return
  for (let known = rank; known <= 4; known++) if (!comparison.newToAgent(rankKey(comparison, known))) return
  const peers = comparison.otherPeersWith(rankKey(comparison, rank))
  out[at] = peers <= 0 ? 1 : knownToPeers
}

const rankKey = (comparison: Comparison, rank: number): HashedKey => comparison.keyOf('privilegeRank', '', String(rank))
