import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = { surprise: featureIndex('outcome_surprise'), failed: featureIndex('failed') }

/**
 * How it ended. `denied` is another guard's verdict and counts as success here, so that it does not leak in;
 * outcome_surprise = −ln P(failure | step), and a failed call halves the sum (see `transparent-sum.ts`).
 */
export function outcomeDeviation(comparison: Comparison, out: Float64Array): void {
  const { step, outcome } = comparison.shape
  if (outcome !== 'failure') return
  out[at.failed] = 1
  out[at.surprise] = surprise(comparison.probability(comparison.keyOf('outcome', step, outcome), 0.1))
}
