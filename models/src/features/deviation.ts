import type { Comparison } from './comparison.ts'
import { type FeatureName, featureFamilies, featureIndex, features } from './feature.ts'
import type { AnyFeatureFamily, Slots } from './feature-family.ts'

/** The places that a family may write and read: its own features and those it declares. */
export const slotsOf = ({ features: own, reads }: AnyFeatureFamily): Slots<string> =>
  Object.fromEntries([...Object.keys(own), ...reads].map((name) => [name, featureIndex(name as FeatureName)]))

const measured = featureFamilies.map((family) => ({ family, at: slotsOf(family) }))

/** Rows that share a buffer: one of its own for each costs more than most features. */
const sharedRows = 64
let rows = new Float64Array(0)
let rowsUsed = sharedRows

function emptyRow(): Float64Array {
  if (rowsUsed === sharedRows) {
    rows = new Float64Array(sharedRows * features.length)
    rowsUsed = 0
  }
  return new Float64Array(rows.buffer, 8 * features.length * rowsUsed++, features.length)
}

/** The features of one event against its profile, in the order of `features`. */
export function deviationOf(comparison: Comparison): Float64Array {
  const out = emptyRow()
  for (const { family, at } of measured) family.measure(comparison, out, at)
  return out
}
