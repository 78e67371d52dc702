import { featureFamily, networkReads, yesNo } from './feature-family.ts'

/** Tells the network how much the other features are worth. */
export const maturityFamily = featureFamily({
  name: 'maturity',
  question: 'How much is known of the agent?',
  features: {
    maturity: {
      ...yesNo,
      range: '0 and above; 1 at 400 events',
      formula: 'ln(1 + events of the agent) / 6',
      needs: [],
      cause: null,
      kept_because: networkReads(0.32),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    out[at.maturity] = Math.log1p(comparison.ownTotal(comparison.keys.step.own.of)) / 6
  },
})
