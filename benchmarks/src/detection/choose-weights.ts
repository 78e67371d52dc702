import type { SumTerm } from '@straylight/models/scoring/transparent-sum'
import { type KeptDeviations, unitOf } from './kept-deviations.ts'

/** Where every search begins: each term adds so many nats at most, a switch and a surprise alike. No data had a say in it. */
const startNats = 4
/** A change must win so much recall, or it is chance. */
const leastGain = 1e-3
const roundsMax = 6
const weightFactors = [0, 0.5, 2] as const
const capFactors = [0.5, 2] as const

/** The same terms before any data: those that no stream exercises keep their weight, which then decides nothing here. */
export function untouched(terms: readonly SumTerm[], streams: readonly KeptDeviations[]): SumTerm[] {
  return terms.map((term) => {
    if (!streams.some((stream) => stream.has(term.feature))) return term
    const unit = unitOf(term.feature)
    return { ...term, weight: startNats / unit, cap: unit }
  })
}

/**
 * Weights and caps that find most attack sessions of these streams (mean over them): from the untouched ones by coordinate ascent, one number
 * halved, doubled or taken out at a time, as long as a whole round wins something. Deterministic.
 */
export function chooseWeights(terms: readonly SumTerm[], streams: readonly KeptDeviations[]): SumTerm[] {
  let chosen = untouched(terms, streams)
  const exercised = chosen.flatMap(({ feature }, at) => (streams.some((stream) => stream.has(feature)) ? [at] : []))
  const recallOf = (candidate: readonly SumTerm[]) =>
    streams.reduce((sum, stream) => sum + stream.recallOf(candidate), 0) / streams.length
  let best = recallOf(chosen)
  for (let round = 0; round < roundsMax; round++) {
    const before = best
    for (const at of exercised) {
      for (const changed of changesOf(chosen[at] as SumTerm)) {
        const candidate = chosen.with(at, changed)
        const recall = recallOf(candidate)
        if (recall < best + leastGain) continue
        best = recall
        chosen = candidate
      }
    }
    if (best === before) break
  }
  return chosen
}

function changesOf(term: SumTerm): SumTerm[] {
  const unit = unitOf(term.feature)
  if (term.weight === 0) return [{ ...term, weight: startNats / unit, cap: unit }]
  const weighed = weightFactors.map((factor) => ({ ...term, weight: term.weight * factor }))
  const capped = unit === 1 ? [] : capFactors.map((factor) => ({ ...term, cap: term.cap * factor }))
  return [...weighed, ...capped]
}
