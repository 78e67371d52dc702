import { sessionStart } from '../event/event-shape.ts'
import { surprise } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import {
  type FeatureCause,
  featureFamily,
  inNats,
  inPart,
  networkReads,
  onOff,
  type Sentence,
  yesNo,
} from './feature-family.ts'
import { newSystemHalf, unseenSystem } from './priors.ts'
import { inBothSums } from './sum-weights.ts'

const newSystem: FeatureCause = {
  name: 'new_system',
  techniques: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053', 'ATLAS:AML.T0012'],
}
const newAction: FeatureCause = {
  name: 'new_action',
  techniques: ['OWASP:ASI01', 'OWASP:ASI02', 'OWASP:LLM06:2025', 'ATLAS:AML.T0053'],
}
export const order: FeatureCause = { name: 'order', techniques: ['OWASP:ASI01', 'OWASP:ASI10', 'ATLAS:AML.T0053'] }

const systemSentence: Sentence = (c) => ({ expected: rarity(c, c.keys.system), seen: c.shape.system })
const stepSentence: Sentence = (c) => ({ expected: rarity(c, c.keys.step.own), seen: c.shape.step })
export const orderSentence: Sentence = (c) => {
  const { previous_step, previous_step_2, step } = c.shape
  const expected = rarity(c, c.keyOf('bigram', previous_step, step), { noun: 'time' })
  if (previous_step === sessionStart || previous_step === '') return { expected, seen: `${step} first in its session` }
  const earlier = previous_step_2 === sessionStart || previous_step_2 === '' ? '' : `${previous_step_2} and `
  return { expected, seen: `${step} right after ${earlier}${previous_step}` }
}

/** Late events have no order. */
export const stepFamily = featureFamily({
  name: 'action and order',
  question: 'What was done, and in which order?',
  features: {
    system_surprise: {
      ...inNats,
      formula: '−ln P(system)',
      needs: [],
      cause: newSystem,
      kept_because: networkReads(0.21),
    },
    system_new: {
      ...inPart,
      formula: 'n / (n + 20), n events of the agent, where neither agent nor peers used the system; else 0',
      needs: [],
      cause: newSystem,
      title: 'New system',
      sentence: systemSentence,
      weights: inBothSums(45, 1),
    },
    step_surprise: {
      ...inNats,
      formula: '−ln P(action); an action unknown to the tenant has 1 / (actions known + 5)',
      needs: [],
      cause: newAction,
      kept_because: networkReads(0.13),
    },
    step_new_agent: {
      ...onOff,
      formula: '1 where the agent never took the action',
      needs: [],
      cause: newAction,
      kept_because: networkReads(0.2),
    },
    step_new_peers: {
      ...onOff,
      formula: '1 where no other agent of the peer group took the action',
      needs: [],
      cause: newAction,
      title: 'Action new to its peers',
      sentence: stepSentence,
      weights: { without_provenance: { weight: 4, cap: 1 } },
    },
    bigram_surprise: {
      ...inNats,
      formula: '−ln P(action | the one before), backing off to P(action)',
      needs: ['session'],
      cause: order,
      kept_because: networkReads(0.19),
    },
    order_surprise: {
      ...inNats,
      formula: '−ln P(action | the two before), backing off to P(action | the one before)',
      needs: ['session'],
      cause: order,
      title: 'Unusual sequence',
      sentence: orderSentence,
      weights: {
        with_provenance: { weight: 0.5, cap: 8 },
        without_provenance: { weight: 0.25, cap: 11 },
      },
    },
    bigram_new_agent: {
      ...onOff,
      formula: '1 where the agent never took the action after the one before',
      needs: ['session'],
      cause: order,
      kept_because: networkReads(0.09),
    },
    bigram_new_peers: {
      ...onOff,
      formula: '1 where no other agent of the peer group took the action after the one before',
      needs: ['session'],
      cause: order,
      kept_because: networkReads(0.14),
    },
    session_first: {
      ...yesNo,
      formula: '1 for the first action of a session',
      needs: ['session'],
      cause: null,
      kept_because: networkReads(1.05),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { system, bigram, trigram } = comparison.keys
    const { own: step } = comparison.keys.step
    out[at.system_surprise] = surprise(comparison.probability(system, unseenSystem))
    const isNewSystem = comparison.newToAgent(system)
    const events = comparison.ownTotal(system.of)
    out[at.system_new] = isNewSystem && comparison.otherPeersWith(system) <= 0 ? events / (events + newSystemHalf) : 0
    out[at.step_surprise] = surprise(comparison.stepProbability())
    out[at.step_new_agent] = comparison.newToAgent(step) ? 1 : 0
    out[at.step_new_peers] = comparison.otherPeersWith(step) <= 0 ? 1 : 0
    if (bigram === null || trigram === null) return
    const pBigram = comparison.bigramProbability(bigram)
    out[at.bigram_surprise] = surprise(pBigram)
    out[at.order_surprise] = surprise(comparison.probabilityAmongPeers(trigram, pBigram))
    out[at.bigram_new_agent] = comparison.newToAgent(bigram) ? 1 : 0
    out[at.bigram_new_peers] = comparison.otherPeersWith(bigram) <= 0 ? 1 : 0
    out[at.session_first] = comparison.shape.previous_step === sessionStart ? 1 : 0
  },
})
