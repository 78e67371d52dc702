import { type Family, families } from '../profile/profile-key.ts'
import { type Comparison, surprise } from './comparison.ts'
import { newNamesOverMonths, newOriginHalf, unfamiliarNats } from './priors.ts'

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
  const rate = comparison.newRate(key.of, newNamesOverMonths.share, newNamesOverMonths.events)
  const unfamiliar = Math.min(1, surprise(rate) / unfamiliarNats)
  return (unfamiliar * events) / (events + newOriginHalf)
}
