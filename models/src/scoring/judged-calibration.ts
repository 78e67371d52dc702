import type { JudgedSessions } from '@straylight/schemas/knowledge'
import type { Calibration } from '@straylight/schemas/model-artifact'

/** Ordinary risks beyond the seam that the exponential scale counts as founded on, where history shows fewer. */
const excessesMin = 10
/** No single verdict weighs more than an excess of so many scales: one mistaken word must not blind the detector. */
const excessMax = 8

/**
 * The calibration with what people said of live sessions: a session called false is an ordinary one that came as far as its
 * risk, one among all that ended in that time. The others of the tail are believed to lie as the history says. So false
 * alarms within the budget change little, and more of them widen the tail until the budget is kept. A true verdict says
 * nothing of ordinary sessions: it adds nothing. Only ever widens: p-values of all risks above the seam stay or grow.
 *
 * Mean excess of the pooled tail, M = max(k, share * live sessions) of them live, k called false with excess x:
 * scale' = ((n + M - k) * scale + sum(max(scale, min(x, 8 * scale)))) / (n + M).
 */
export function judgedCalibration(calibration: Calibration, judged: JudgedSessions | undefined): Calibration {
  const { excess_from: from, excess_scale: scale, excess_share: share, sessions } = calibration
  const excesses = (judged?.risks ?? []).map((risk) => risk - from).filter((excess) => excess > 0)
  if (judged === undefined || excesses.length === 0) return calibration
  const history = Math.max(excessesMin, share * sessions)
  const live = Math.max(excesses.length, share * judged.sessions)
  const sum = excesses.reduce((total, excess) => total + Math.max(scale, Math.min(excess, excessMax * scale)), 0)
  return {
    ...calibration,
    excess_scale: ((history + live - excesses.length) * scale + sum) / (history + live),
    excess_share: Math.min(1, Math.max(share, (history + live) / (history / Math.max(share, 1e-3) + judged.sessions))),
  }
}
