import { featureFamily } from '../feature-family.ts'
import { flowDeviation } from './flow-deviation.ts'
import { flowFeatures } from './flow-features.ts'
import { requestFeatures } from './request-features.ts'

export const flowFamily = featureFamily({
  name: 'provenance',
  question: 'Where did the arguments’ values come from, and was that asked for?',
  features: { ...flowFeatures, ...requestFeatures },
  reads: [],
  measure: flowDeviation,
})
