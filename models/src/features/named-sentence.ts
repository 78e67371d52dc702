import type { Family } from '../profile/profile-key.ts'
import type { Comparison } from './comparison.ts'
import { rarity } from './counts-in-words.ts'
import type { Sentence } from './feature-family.ts'

/** How often a name was met before; `of` counts what it is one of, `seen` says what is reported of it. */
export const namedSentence =
  (of: {
    readonly family: Family
    readonly counted: string
    readonly name: (comparison: Comparison) => string | undefined
    readonly seen: (name: string) => string
  }): Sentence =>
  (comparison) => {
    const name = of.name(comparison)
    if (name === undefined) return { expected: `no ${of.counted}`, seen: comparison.shape.step }
    return {
      expected: rarity(comparison, comparison.keyOf(of.family, '', name), { counted: of.counted }),
      seen: of.seen(name),
    }
  }
