import type { Comparison } from './comparison.ts'
import { type FeatureName, featureFamilies, featureIndex, features } from './feature.ts'
import type { AnyFeatureFamily, Slots } from './feature-family.ts'

/** The places that a family may write and read: its own features and those it declares. */
export const slotsOf = ({ features: own, reads }: AnyFeatureFamily): Slots<string> =>
  Object.fromEntries([...Object.keys(own), ...reads].map((name) => [name, featureIndex(name as FeatureName)]))

const measured = featureFamilies.map((family) => ({ family, at: slotsOf(family) }))

/** The features of one event against its profile, in the order of `features`, written into `row`, which is empty (`DeviationRows`). */
export function deviationOf(
  comparison: Comparison,
  row: Float64Array = new Float64Array(features.length),
): Float64Array {
  for (const { family, at } of measured) family.measure(comparison, row, at)
  return row
}
