import { type Comparison, surprise } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import { type FeatureCause, featureFamily, inNats, onOff, type Sentence } from './feature-family.ts'
import { leastOf } from './least-of.ts'
import { privilegesKnownMin, unseenPrivilege } from './priors.ts'
import { inBothSums } from './sum-weights.ts'

export const privilegeCause: FeatureCause = {
  name: 'privilege',
  techniques: ['OWASP:ASI03', 'OWASP:LLM06:2025', 'ATLAS:AML.TA0012'],
}

/** The privilege or scope least known to the agent. */
export function strangestPrivilege(comparison: Comparison): string | undefined {
  const knownness = (privilege: string) => comparison.ownCount(comparison.keyOf('privilege', '', privilege))
  return leastOf(comparison.shape.privileges, knownness)
}

const privilegeSentence: Sentence = (c) => {
  const name = strangestPrivilege(c)
  return {
    expected: name ? rarity(c, c.keyOf('privilege', '', name), { noun: 'use of privileges' }) : 'no privilege',
    seen: name?.replace(/^privilege:/, '').replace(/^scope:/, 'scope ') ?? 'no privilege',
  }
}

const common = {
  needs: ['privilege', 'credential.scopes'],
  cause: privilegeCause,
  sentence: privilegeSentence,
} as const

/** Of several privileges and scopes the strangest counts. */
export const privilegeFamily = featureFamily({
  name: 'privilege',
  question: 'With which rights?',
  features: {
    privilege_surprise: {
      ...inNats,
      ...common,
      formula: '−ln P(privilege or scope); 0 below 5 known uses of agent and peers',
      title: 'Rare privilege',
      weights: inBothSums(0.5, 8),
    },
    privilege_new: {
      ...onOff,
      ...common,
      formula: '1 where neither agent nor peers acted with it before; 0 below 5 known uses',
      title: 'New privilege',
      weights: inBothSums(28, 1),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    if (comparison.shape.privileges.length === 0) return
    const all = comparison.contextOf('privilege', '')
    if (comparison.ownTotal(all) + comparison.peersTotal(all) < privilegesKnownMin) return
    for (const privilege of comparison.shape.privileges) {
      const key = comparison.keyOf('privilege', '', privilege)
      const value = surprise(comparison.probability(key, unseenPrivilege))
      if (value > (out[at.privilege_surprise] as number)) out[at.privilege_surprise] = value
      if (comparison.newToAgent(key) && comparison.otherPeersWith(key) <= 0) out[at.privilege_new] = 1
    }
  },
})
