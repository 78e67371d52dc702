import { type FeatureDefinition, onOff } from '../feature-family.ts'
import { dataFlow } from './data-flow.ts'
import { explainOverridden, explainPassedOver } from './explain-request.ts'

const common = { ...onOff, needs: ['argument_values', 'request_values'], cause: dataFlow } as const

/** A value out of an output or memory, held against what the session was asked to do (`request-deviation.ts`). */
export const requestFeatures = {
  request_overridden: {
    ...common,
    formula: '1 where the value is a mail address, URL or account, and the request names another of that kind',
    title: 'Not what was requested',
    sentence: explainOverridden,
    weights: { with_provenance: { weight: 6, cap: 1 } },
  },
  request_passed_over: {
    ...common,
    formula:
      '1 where nothing in the argument was requested, and the request names another value of that kind which the argument took before, at the agent or its peers',
    title: 'Requested value not used',
    sentence: explainPassedOver,
    weights: { with_provenance: { weight: 4, cap: 1 } },
  },
} as const satisfies Readonly<Record<string, FeatureDefinition>>
