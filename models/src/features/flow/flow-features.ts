import { type FeatureDefinition, inNats, networkReads, onOff, yesNo } from '../feature-family.ts'
import { notTainted } from '../sum-weights.ts'
import { dataFlow } from './data-flow.ts'
import { explainFlow, explainObeyed, explainTaintedValue, explainValue } from './explain-flow.ts'

const common = { needs: ['argument_values'], cause: dataFlow } as const
const circumstance = { ...yesNo, needs: ['argument_values'], cause: null } as const

/** Where the arguments' values came from (`flow-deviation.ts`). */
export const flowFeatures = {
  values_known: {
    ...circumstance,
    formula: '1 where the origin of every value that nobody can guess is known',
    kept_because: `A factor of the sum with provenance (with value_tainted). ${networkReads(0.16)}`,
  },
  values_requested: {
    ...circumstance,
    formula: '1 where all of them stood in the request',
    kept_because: networkReads(0.24),
  },
  value_tainted: {
    ...circumstance,
    formula: '1 where a value came out of an output or memory',
    kept_because: `A factor of the sum with provenance (with values_known). ${networkReads(0.7)}`,
  },
  value_invented: {
    ...circumstance,
    formula: '1 where a value stood in nothing that the agent had read',
    kept_because: networkReads(0.94),
  },
  flow_surprise: {
    ...inNats,
    ...common,
    formula:
      '−ln P(source | action, argument), backing off to .3 × P(source’s system | kind of value, action, argument) + .001; of several sources of a value the most usual one',
    kept_because: networkReads(0.49),
  },
  flow_root_surprise: {
    ...inNats,
    ...common,
    formula:
      '−ln P(source and how its own call was rooted | action, argument), backing off to .2 × P(source | action, argument)',
    title: 'Value from an unusual source',
    sentence: explainFlow,
    weights: { with_provenance: { weight: 1, cap: 10, when_not_tainted: notTainted } },
  },
  flow_date_surprise: {
    ...inNats,
    ...common,
    formula: 'flow_surprise of dates and small numbers, which anybody can guess',
    kept_because: networkReads(0.12),
  },
  flow_new_agent: {
    ...onOff,
    ...common,
    formula: '1 where the source never fed the action with this kind of value at the agent',
    title: 'Value from a source new to this agent',
    sentence: explainFlow,
    weights: { with_provenance: { weight: 1, cap: 1 } },
  },
  flow_new_peers: {
    ...onOff,
    ...common,
    formula: '1 where the source never fed the action with this kind of value at another agent of the peer group',
    title: 'Value from a source new to its peers',
    sentence: explainFlow,
    weights: { with_provenance: { weight: 4, cap: 1 } },
  },
  obeyed_surprise: {
    ...inNats,
    ...common,
    needs: ['argument_values', 'result_values'],
    formula:
      '−ln(share of the source’s outputs that went on into this action and kind of value), two pseudo-outputs a level',
    title: 'Tool output followed like an instruction',
    sentence: explainObeyed,
    weights: { with_provenance: { weight: 0.75, cap: 8 } },
  },
  value_surprise: {
    ...inNats,
    ...common,
    formula: '−ln P(value | action, argument), of values not requested',
    title: 'Rare value',
    sentence: explainValue,
    weights: { with_provenance: { weight: 2, cap: 12, when_not_tainted: notTainted } },
  },
  value_new_peers: {
    ...onOff,
    ...common,
    formula: '1 where neither agent nor peers gave the argument this value, which was not requested',
    title: 'New value',
    sentence: explainValue,
    weights: { with_provenance: { weight: 4, cap: 1, when_not_tainted: notTainted } },
  },
  value_novelty: {
    ...inNats,
    ...common,
    formula: '−ln(share of the argument’s values that are new), of such a value',
    kept_because: networkReads(0.1),
  },
  tainted_value_novelty: {
    ...inNats,
    ...common,
    formula: 'value_novelty of a value out of an output or memory',
    kept_because: networkReads(0.55),
  },
  tainted_value_new: {
    ...onOff,
    ...common,
    formula: 'value_new_peers of a value out of an output or memory',
    title: 'New value from tool output',
    sentence: explainTaintedValue,
    weights: { with_provenance: { weight: 4, cap: 1 } },
  },
} as const satisfies Readonly<Record<string, FeatureDefinition>>
