import type { SumWeights } from './feature-family.ts'

/** A value that the agent made up or was asked to use is no injection; it may still be a straying agent, so a part stays. */
export const notTainted = 0.2

/** The same where it is not reported what arguments held: nobody can have instructed an agent what to do that had read nothing. */
export const nothingRead = 0.4

/** Places and rare sequences say more in the sum without provenance: what stands above them rises with them. */
const besidePlaces = 1.6

/** What counts whether or not it is known where values came from. */
export const inBothSums = (weight: number, cap: number): SumWeights => ({
  with_provenance: { weight, cap },
  without_provenance: { weight: weight * besidePlaces, cap },
})
