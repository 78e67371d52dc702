import type { HashedKey } from '../profile/hashed-key.ts'
import { type Flow, isGuessable } from '../provenance/flow.ts'
import { requestSource } from '../provenance/value-origin.ts'
import { raise } from '../session/raise.ts'
import { type Comparison, surprise } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, inNats, onOff, type Sentence } from './feature-family.ts'
import { dataFlow } from './flow/data-flow.ts'
import { explainTaintedValue } from './flow/explain-flow.ts'
import { isTainted } from './flow/flow-deviation.ts'
import { newNames, newSteps, unseenValue } from './priors.ts'

const consequence: FeatureCause = {
  name: 'new_action',
  techniques: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053'],
}
const stepSentence: Sentence = (c) => ({ expected: rarity(c, c.keys.step.own), seen: c.shape.step })

/** Nats of an action that is daily work: an eighth of all an agent does. */
const usualNats = 2

/**
 * Actions that move money, change who may do what, or destroy (`consequential-action.ts`): what an order from outside is after, in the right
 * tool too. Nothing counts by what it is alone: an agent that pays all day pays as usual. What counts is how seldom it does so, and
 * that the value it does it with came out of an output.
 */
export const consequenceFamily = featureFamily({
  name: 'consequence',
  question: 'Does it move money, change who may do what, or destroy?',
  features: {
    consequential_rarity: {
      ...inNats,
      formula:
        '−ln(P(action) + share of the agent’s events whose action is new), of an action that moves money, changes who may do what, or destroys: an agent that often does something new says less by it',
      needs: [],
      cause: consequence,
      title: 'Rare action with consequences',
      sentence: stepSentence,
      weights: { with_provenance: { weight: 3, cap: 6 } },
    },
    consequential_excess: {
      ...inNats,
      formula: 'consequential_rarity − 2, cut at 0: what makes an eighth of the agent’s work says nothing',
      needs: [],
      cause: consequence,
      title: 'Rare action with consequences',
      sentence: stepSentence,
      weights: { without_provenance: { weight: 4, cap: 4 } },
    },
    consequential_value_rarity: {
      ...inNats,
      formula:
        '−ln(P(value | action, argument) + share of the argument’s values that are new), of a value out of an output or memory, in such an action',
      needs: ['argument_values'],
      cause: dataFlow,
      title: 'Rare value from tool output, in an action with consequences',
      sentence: explainTaintedValue,
      weights: { with_provenance: { weight: 2, cap: 6 } },
    },
    consequential_value_new: {
      ...onOff,
      formula: 'tainted_value_new, in such an action',
      needs: ['argument_values'],
      cause: dataFlow,
      title: 'New value from tool output, in an action with consequences',
      sentence: explainTaintedValue,
      weights: { with_provenance: { weight: 8, cap: 1 } },
    },
  },
  reads: ['tainted_value_new'],
  measure(comparison, out, at) {
    const { is_consequential, own } = comparison.keys.step
    if (!is_consequential) return
    const newShare = comparison.newRate(own.of, newSteps.share, newSteps.events)
    const rare = surprise(Math.min(1, comparison.stepProbability() + newShare))
    out[at.consequential_rarity] = rare
    out[at.consequential_excess] = Math.max(0, rare - usualNats)
    out[at.consequential_value_new] = out[at.tainted_value_new] as number
    for (const flow of comparison.shape.flows ?? []) {
      const value = comparison.keys.values[flow.value]
      if (value !== undefined && isUnasked(comparison, flow))
        raise(out, at.consequential_value_rarity, valueRarity(comparison, value))
    }
  },
})

/** Out of an output, and not among what was requested (ways of one value stand together, a requested one first). */
function isUnasked({ shape }: Comparison, flow: Flow): boolean {
  if (isGuessable(flow.kind) || !isTainted(flow)) return false
  return !shape.flows?.some(({ value, source }) => value === flow.value && source === requestSource)
}

/** Where most values are new, a new one is nothing rare; nor is a rare one where rare ones are usual. */
function valueRarity(comparison: Comparison, value: HashedKey): number {
  const newShare = comparison.newRate(value.of, newNames.share, newNames.events)
  return surprise(Math.min(1, comparison.probability(value, unseenValue) + newShare))
}
