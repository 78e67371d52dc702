import type { Comparison } from './comparison.ts'
import { featureIndex } from './feature.ts'
import { novelty } from './novelty.ts'

const at = { delegation: featureIndex('delegation_new'), source: featureIndex('source_new') }

/**
 * On whose behalf and from where. delegation_new (0 to 1): a parent agent that never called this agent or its peers;
 * needs parent_agent. source_new (0 to 1): a network or kind of host that neither agent nor peers acted from; needs
 * source.ip or source.host; of the two the newer counts.
 */
export function originDeviation(comparison: Comparison, out: Float64Array): void {
  const { parent_agent: parent, sources } = comparison.shape
  if (parent !== null) out[at.delegation] = novelty(comparison, 'delegation', parent)
  for (const source of sources)
    out[at.source] = Math.max(out[at.source] as number, novelty(comparison, 'source', source))
}
