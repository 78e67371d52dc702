import { type Family, families } from '../profile/profile-key.ts'
import { type Comparison, surprise } from './comparison.ts'

/** What is believed of names not seen before, with the weight of so many events. */
const prior = { rate: 0.02, events: 100 }
/** A share of new names below e^-3, one in twenty, makes each of them count whole. */
const unfamiliarNats = 3
/** Events after which a new name counts half of what it counts in the end: at first every one is new. */
const half = 50

/**
 * How much a name that neither agent nor peers have says, 0 to 1: 0 where it is known; less where history is thin, and
 * where new names are daily bread (who is called by everyone meets new callers each day).
 */
export function novelty(comparison: Comparison, family: Family, name: string): number {
  const key = comparison.keyOf(family, '', name)
  if (!comparison.newToAgent(key) || comparison.otherPeersWith(key) > 0) return 0
  // Beyond its cap a family keeps no names: what is not there may have been seen a hundred times.
  if (comparison.profile.table.auxiliary(key.of.hash) >= families[family].cap) return 0
  const events = comparison.ownTotal(comparison.keys.step.own.of)
  const unfamiliar = Math.min(1, surprise(comparison.newRate(key.of, prior.rate, prior.events)) / unfamiliarNats)
  return (unfamiliar * events) / (events + half)
}
