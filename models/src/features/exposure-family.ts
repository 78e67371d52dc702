import { everybody } from '../event/everybody.ts'
import { type FeatureCause, featureFamily, onOff, type Sentence } from './feature-family.ts'

const publicExposure: FeatureCause = {
  name: 'public_exposure',
  techniques: ['OWASP:ASI02', 'OWASP:ASI03', 'OWASP:LLM02:2025', 'ATLAS:AML.T0086'],
}

const exposureSentence: Sentence = ({ shape }) => ({
  expected: 'open to everybody, which never counts as usual',
  seen: shape.step,
})

/**
 * Openings to everybody. They weigh more than a stranger can (the most that a new outside destination adds is 36 nats), and whom else an
 * agent shares with, and how often, takes nothing from that: only a person's verdict keeps them quiet.
 */
export const exposureFamily = featureFamily({
  name: 'exposure',
  question: 'Did it open something to everybody?',
  features: {
    opened_to_everybody: {
      ...onOff,
      formula: '1 where a destination is everybody: a public grant, or a network that holds all addresses',
      needs: ['destinations'],
      rule: true,
      cause: publicExposure,
      title: 'Opened to everybody',
      sentence: exposureSentence,
      weights: { with_provenance: { weight: 50, cap: 1 }, without_provenance: { weight: 50, cap: 1 } },
    },
  },
  reads: [],
  measure(comparison, out, at) {
    for (const { key } of comparison.shape.destinations) if (key === everybody) out[at.opened_to_everybody] = 1
  },
})
