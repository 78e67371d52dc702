import type { Calibration } from '@straylight/schemas/model-artifact'

/** Quantiles kept of the ordinary risks. */
const quantilesMax = 2_000
/** Share of the ordinary risks that the exponential tail is fitted to. */
const tailShare = 0.1

/**
 * How many times as often as in left-out history ordinary sessions are believed to come as far: life goes on where
 * history stopped, and the less of it there is the more is still to come. 1.5 at 700 sessions, 1.4 at 2,000.
 */
const widening = (sessions: number): number => 1.2 + 8 / Math.sqrt(sessions)

/**
 * Fits the upper tail of ordinary session risks (each session's highest event, left out of what it was compared with).
 * Below the tail a conformal p-value (Vovk et al.); above it an exponential excess, the Pareto shape at 0
 * (Pickands, 1975), whose scale is the mean excess, raised by one standard error; the tail is moved out until it holds
 * `widening` times as much. So thin history widens the threshold.
 */
export function calibrate(risks: readonly number[]): Calibration {
  const sorted = [...risks].sort((a, b) => a - b)
  const count = sorted.length
  if (count < 20) return { quantiles: sorted, sessions: count, excess_from: 2, excess_scale: 2, excess_share: 0.1 }
  const from = Math.min(count - 2, Math.floor(count * (1 - tailShare)))
  const threshold = sorted[from] as number
  const excesses = sorted.slice(from + 1).map((risk) => risk - threshold)
  const mean = excesses.reduce((sum, excess) => sum + excess, 0) / excesses.length
  const scale = Math.max(0.1, mean * (1 + 1 / Math.sqrt(excesses.length)))
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
