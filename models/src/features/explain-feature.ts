import type { Comparison } from './comparison.ts'
import type { Explanation } from './explanation.ts'
import { featureNamed } from './feature.ts'
import type { Sentence } from './feature-family.ts'

const sentenceOf = (name: string): Sentence | undefined => {
  const feature = featureNamed(name)
  return feature !== undefined && 'sentence' in feature ? feature.sentence : undefined
}

export const explainFeature = (feature: string, comparison: Comparison): Explanation =>
  sentenceOf(feature)?.(comparison) ?? { expected: 'no sentence tells this feature', seen: comparison.shape.step }

/** Explains all features of one event: several are reported in the same words, which are found once. */
export function explainFeatures(features: Iterable<string>, comparison: Comparison): Map<string, Explanation> {
  const all = new Map<string, Explanation>()
  const made = new Map<Sentence, Explanation>()
  for (const feature of features) {
    const sentence = sentenceOf(feature)
    let explanation = sentence && made.get(sentence)
    explanation ??= explainFeature(feature, comparison)
    if (sentence) made.set(sentence, explanation)
    all.set(feature, explanation)
  }
  return all
}

/** Of what adds to a score and is no feature of a deviation: the network, and what is found beside it. */
const otherTitles: Readonly<Record<string, string>> = {
  network: 'Unusual combination of features',
  credential_shared: 'Credential used by more than one agent',
  name_confusable: 'Name that looks like another',
  renamed_agent: 'Acts like another agent that fell silent',
  silent: 'Silent for longer than ever',
}

/** What a person reads of a feature before its sentence. */
export function featureTitle(name: string): string {
  const title = otherTitles[name]
  if (title !== undefined) return title
  const feature = featureNamed(name)
  return feature !== undefined && 'title' in feature ? feature.title : name.replaceAll('_', ' ')
}
