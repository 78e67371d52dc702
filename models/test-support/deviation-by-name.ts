import type { Comparison } from '../src/features/comparison.ts'
import { slotsOf } from '../src/features/deviation.ts'
import { type FeatureName, featureIndex, featureNames, features } from '../src/features/feature.ts'
import type { AnyFeatureFamily } from '../src/features/feature-family.ts'

/** Runs one family; the features it set, by name. `given`: what the families that it reads found. */
export function deviationByName(
  family: AnyFeatureFamily,
  comparison: Comparison,
  given: Partial<Record<FeatureName, number>> = {},
): Record<string, number> {
  const out = new Float64Array(features.length)
  for (const [name, value] of Object.entries(given)) out[featureIndex(name as FeatureName)] = value
  family.measure(comparison, out, slotsOf(family))
  return Object.fromEntries(
    featureNames.flatMap((name, at) => (out[at] === 0 || name in given ? [] : [[name, out[at] as number]])),
  )
}
