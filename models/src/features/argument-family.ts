import { surprise } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, inNats, networkReads, onOff, type Sentence } from './feature-family.ts'
import { unseenArgumentSet } from './priors.ts'

const argumentsCause: FeatureCause = { name: 'arguments', techniques: ['OWASP:ASI02', 'ATLAS:AML.T0053'] }

const argumentSetSentence: Sentence = (c) => ({
  expected: rarity(c, c.keyOf('arguments', c.shape.step, c.shape.argument_set ?? ''), {
    noun: `call of ${c.shape.step}`,
  }),
  seen: `${c.shape.step} with ${c.shape.argument_set?.replaceAll(',', ', ') || 'no arguments'}`,
})

export const argumentFamily = featureFamily({
  name: 'arguments',
  question: 'With which arguments?',
  features: {
    arguments_surprise: {
      ...inNats,
      formula: '−ln P(set of argument names | action)',
      needs: ['argument_names'],
      cause: argumentsCause,
      title: 'Unusual arguments',
      sentence: argumentSetSentence,
      weights: { without_provenance: { weight: 0.5, cap: 8 } },
    },
    arguments_new_agent: {
      ...onOff,
      formula: '1 where the agent never called the action with these argument names',
      needs: ['argument_names'],
      cause: argumentsCause,
      kept_because: networkReads(0.11),
    },
    arguments_new_peers: {
      ...onOff,
      formula: '1 where no other agent of the peer group called the action with these argument names',
      needs: ['argument_names'],
      cause: argumentsCause,
      kept_because: networkReads(0.19),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    const { arguments: set } = comparison.keys
    if (set === null) return
    out[at.arguments_surprise] = surprise(comparison.probability(set, unseenArgumentSet))
    out[at.arguments_new_agent] = comparison.newToAgent(set) ? 1 : 0
    out[at.arguments_new_peers] = comparison.otherPeersWith(set) <= 0 ? 1 : 0
  },
})
