import type { Comparison } from '../src/features/comparison.ts'
import { featureNames, features } from '../src/features/feature.ts'

/** Runs one family of deviations; the features it set, by name. */
export function deviationByName(
  family: (comparison: Comparison, out: Float64Array) => void,
  comparison: Comparison,
): Record<string, number> {
  const out = new Float64Array(features.length)
  family(comparison, out)
  return Object.fromEntries(featureNames.flatMap((name, at) => (out[at] === 0 ? [] : [[name, out[at] as number]])))
}
