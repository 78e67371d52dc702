import type { Comparison } from './comparison.ts'
import { type FeatureCause, featureFamily, inPart } from './feature-family.ts'
import { namedSentence } from './named-sentence.ts'
import { novelty } from './novelty.ts'
import { inBothSums } from './sum-weights.ts'

const newDelegation: FeatureCause = {
  name: 'new_delegation',
  techniques: ['OWASP:ASI07', 'OWASP:ASI03', 'ATLAS:AML.T0012'],
}
const newSource: FeatureCause = { name: 'new_source', techniques: ['OWASP:ASI03', 'ATLAS:AML.T0012'] }

/** Of an event's sources the one that its agent used least. */
const rarestSource = (comparison: Comparison): string | undefined =>
  [...comparison.shape.sources].sort(
    (a, b) =>
      comparison.ownCount(comparison.keyOf('source', '', a)) - comparison.ownCount(comparison.keyOf('source', '', b)),
  )[0]

/** Of network and host the newer counts. */
export const originFamily = featureFamily({
  name: 'origin',
  question: 'On whose behalf, and from where?',
  features: {
    delegation_new: {
      ...inPart,
      formula:
        'u × n / (n + 50), n events of the agent, where the parent agent never called agent or peers; u = min(1, −ln(share of calls with a new parent) / 3)',
      needs: ['parent_agent'],
      cause: newDelegation,
      title: 'New parent agent',
      sentence: namedSentence({
        family: 'delegation',
        noun: 'delegation',
        name: ({ shape }) => shape.parent_agent ?? undefined,
        seen: (parent) => `called by ${parent}`,
      }),
      weights: inBothSums(16, 1),
    },
    source_new: {
      ...inPart,
      formula: 'the same for a network or kind of host that neither agent nor peers acted from',
      needs: ['source.ip or source.host'],
      cause: newSource,
      title: 'New network or host',
      sentence: namedSentence({
        family: 'source',
        noun: 'event with a source',
        name: rarestSource,
        seen: (source) => `from ${source.replace(':', ' ')}`,
      }),
      weights: inBothSums(8, 1),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { parent_agent: parent, sources } = comparison.shape
    if (parent !== null) out[at.delegation_new] = novelty(comparison, 'delegation', parent)
    for (const source of sources)
      out[at.source_new] = Math.max(out[at.source_new] as number, novelty(comparison, 'source', source))
  },
})
