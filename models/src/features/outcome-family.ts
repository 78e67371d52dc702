import { surprise } from './comparison.ts'
import { type FeatureCause, featureFamily, inNats, networkReads, yesNo } from './feature-family.ts'
import { unseenFailure } from './priors.ts'

const outcomeCause: FeatureCause = { name: 'outcome', techniques: ['OWASP:ASI03', 'ATLAS:AML.TA0008'] }

/** `denied` is another guard's verdict and counts as success here, so that it does not leak in. */
export const outcomeFamily = featureFamily({
  name: 'outcome',
  question: 'How did it end?',
  features: {
    outcome_surprise: {
      ...inNats,
      formula: '−ln P(failure | action), for a failed call',
      needs: ['outcome'],
      cause: outcomeCause,
      kept_because: networkReads(0.11),
    },
    failed: {
      ...yesNo,
      formula: '1 for a failed call',
      needs: ['outcome'],
      cause: null,
      kept_because: `A factor of both sums: what a failed call adds counts half. ${networkReads(0.7)}`,
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { step, outcome } = comparison.shape
    if (outcome !== 'failure') return
    out[at.failed] = 1
    out[at.outcome_surprise] = surprise(
      comparison.probability(comparison.keyOf('outcome', step, outcome), unseenFailure),
    )
  },
})
