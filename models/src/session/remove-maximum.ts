import type { Maxima } from '../profile/profile.ts'

/**
 * Takes a session's maximum out of the running mean and spread (Welford's step, backwards). Rounding may leave a spread
 * just below nothing, which is then nothing; what was never added leaves the others as they are.
 */
export function removeMaximum(maxima: Maxima, value: number): void {
  if (maxima.sessions === 0) return
  if (maxima.sessions === 1) {
    Object.assign(maxima, { sessions: 0, mean: 0, squares: 0 })
    return
  }
  const mean = (maxima.sessions * maxima.mean - value) / (maxima.sessions - 1)
  maxima.squares = Math.max(0, maxima.squares - (value - maxima.mean) * (value - mean))
  maxima.mean = mean
  maxima.sessions--
}
