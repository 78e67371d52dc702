import type { Calibration } from '@straylight/schemas/model-artifact'

/** Quantiles kept of the ordinary risks. */
const quantilesMax = 2_000
/** Share of the ordinary risks that the exponential tail is fitted to. */
const tailShare = 0.1

/**
 * How many times as often as in left-out history ordinary sessions are believed to come as far: life goes on where
 * history stopped, and some dozens of sessions don't say well where the usual itself lies. 8 times at 20 sessions, 1.9 at 150, 1.4 at 2,000.
 */
const widening = (sessions: number): number => 1.2 + 8 / Math.sqrt(sessions) + (45 / sessions) ** 2

/**
 * What the mean excess is believed to be before history shows any, and how many excesses this belief counts as. Both come from
 * simulated deployments (`npm run bench:detection -- --tails`), not from streams with labels.
 */
export const believedExcess = { mean: 0.54, counts: 12 } as const

/**
 * Fits the upper tail of ordinary session risks (each session's highest event, left out of what it was compared with).
 * Below the tail a conformal p-value (Vovk et al.); above it an exponential excess, the Pareto shape at 0 (Pickands, 1975). Its scale
 * is the mean excess shrunk to `believedExcess` (the mean of a gamma-distributed rate, as in empirical Bayes: Robbins, 1956); the
 * tail is moved out until it holds `widening` times as much. So thin history neither blinds nor frightens.
 */
export function calibrate(risks: readonly number[]): Calibration {
  const sorted = [...risks].sort((a, b) => a - b)
  const count = sorted.length
  if (count < 20) return { quantiles: sorted, sessions: count, excess_from: 2, excess_scale: 2, excess_share: 0.1 }
  const { threshold, excesses } = excessesOf(sorted)
  const { mean, counts } = believedExcess
  const sum = excesses.reduce((total, excess) => total + excess, counts * mean)
  const scale = sum / (excesses.length + counts)
  const step = Math.max(1, count / quantilesMax)
  const quantiles = Array.from(
    { length: Math.min(count, quantilesMax) },
    (_, index) => sorted[Math.floor(index * step)] as number,
  )
  return {
    quantiles,
    sessions: count,
    excess_from: threshold + scale * Math.log(widening(count)),
    excess_scale: scale,
    excess_share: excesses.length / count,
  }
}

/** The upper tenth of risks, two or more, as far as each goes beyond its lowest. */
export function excessesOf(risks: readonly number[]): { threshold: number; excesses: number[] } {
  const sorted = [...risks].sort((a, b) => a - b)
  const from = Math.min(sorted.length - 2, Math.floor(sorted.length * (1 - tailShare)))
  const threshold = sorted[from] as number
  return { threshold, excesses: sorted.slice(from + 1).map((risk) => risk - threshold) }
}

/** Share of ordinary sessions that come as far as `risk`: 0 < p <= 1. */
export function pValueOf(calibration: Calibration, risk: number): number {
  const { quantiles, sessions, excess_from: from, excess_scale: scale, excess_share: share } = calibration
  const seam = Math.max(share, 1 / (sessions + 1))
  if (risk > from || quantiles.length === 0) return Math.max(seam * Math.exp(-Math.max(0, risk - from) / scale), 1e-12)
  let low = 0
  let high = quantiles.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((quantiles[middle] as number) < risk) low = middle + 1
    else high = middle
  }
  const conformal = (1 + (quantiles.length - low) * (sessions / quantiles.length)) / (sessions + 1)
  // A dozen sessions all far below the seam would call what lies just under it rarer than what lies above.
  return Math.min(1, Math.max(conformal, seam))
}

/** The risk that this share of ordinary sessions come as far as: the inverse of `pValueOf` where it falls strictly. */
export function riskOf(calibration: Calibration, pValue: number): number {
  const { quantiles, sessions, excess_from: from, excess_scale: scale, excess_share: share } = calibration
  const seam = Math.max(share, 1 / (sessions + 1))
  if (pValue < seam || quantiles.length === 0) return from + scale * Math.log(seam / pValue)
  return quantiles[Math.max(0, Math.ceil((1 - pValue) * quantiles.length) - 1)] as number
}

/**
 * Share of the alert budget that evidence without provenance may spend beside provenance, so that a stolen key, a straying agent or a value
 * that was composed or encoded is not discounted away. A quarter costs no recall of what provenance finds where history is rich;
 * with a half the order of what it finds begins to suffer (session recall at 5 %: .96 to .71 on one public stream).
 */
export const budgetShareWithoutProvenance = 0.25

/**
 * The same calibration where other evidence may spend `share` of the budget beside it: its tail holds 1 / (1 − share) times
 * as much, so that ordinary sessions come as far by either as often as the p-value says.
 */
export const sharingBudget = (calibration: Calibration, share: number): Calibration =>
  withTailTimes(calibration, -Math.log1p(-share))

/** The calibration whose tail holds e^`logTimes` times as much: its exponential excess begins later, or earlier. */
export const withTailTimes = (calibration: Calibration, logTimes: number): Calibration => ({
  ...calibration,
  excess_from: calibration.excess_from + calibration.excess_scale * logTimes,
})

/**
 * The same calibration for a deployment that had no say in it: its mean excess is only believed, so the tail is that of all that it
 * may be (Lomax, 1954: an exponential whose rate is gamma-distributed), held to an exponential one at a tenth of the tail.
 */
export function elsewhere(calibration: Calibration): Calibration {
  const { counts } = believedExcess
  const longer = (counts * (10 ** (1 / counts) - 1)) / Math.LN10
  return { ...calibration, excess_scale: longer * calibration.excess_scale }
}
