import type { Family } from '../profile/profile-key.ts'
import type { Comparison } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import type { Sentence } from './feature-family.ts'

/** How often a name was met before; `noun` names what it is one of, `seen` says what is reported of it. */
export const namedSentence =
  (of: {
    readonly family: Family
    /** In the singular. */
    readonly noun: string
    readonly name: (comparison: Comparison) => string | undefined
    readonly seen: (name: string) => string
  }): Sentence =>
  (comparison) => {
    const name = of.name(comparison)
    if (name === undefined) return { expected: `no ${of.noun}`, seen: comparison.shape.step }
    return {
      expected: rarity(comparison, comparison.keyOf(of.family, '', name), { noun: of.noun }),
      seen: of.seen(name),
    }
  }
