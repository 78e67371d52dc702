import type { Finding } from '@straylight/schemas/finding'
import { changeExplains } from './excuse-change.ts'
import { type FeatureName, featureNames } from './feature.ts'

/** Nats that terms of other things may add up to: calls of the roll-outs that were measured have up to 2.5, and each of what follows has more by itself. */
const othersMax = 4
/** What no tool that is only begun brings along, however little it adds: data that leaves, amounts beyond all known, acts that cannot be taken back. */
const beyond: ReadonlySet<string> = new Set<FeatureName>([
  'amount_excess',
  'session_excess',
  'external_new',
  'opened_to_everybody',
  'consequential_rarity',
  'consequential_excess',
])
const explained: ReadonlySet<string> = new Set(featureNames.filter((name) => changeExplains('tool', name)))

/** Whether a finding says more than that a tool is used which was not used before. What is named by no feature of a call always does. */
export function straysBeyondTool({ contributions }: Pick<Finding, 'contributions'>): boolean {
  let others = 0
  for (const { feature, contribution } of contributions) {
    if (contribution <= 0) continue
    if (beyond.has(feature)) return true
    if (!explained.has(feature)) others += contribution
  }
  return others > othersMax
}
