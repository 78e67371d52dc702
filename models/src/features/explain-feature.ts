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

/** What a person reads of a feature before its sentence. */
export function featureTitle(name: string): string {
  if (name === 'network') return 'Unusual combination of features'
  const feature = featureNamed(name)
  return feature !== undefined && 'title' in feature ? feature.title : name.replaceAll('_', ' ')
}
