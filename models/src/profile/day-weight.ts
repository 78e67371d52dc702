import { dayMs } from '@straylight/schemas/duration'
/** An event counts half after so many days. */
export const halfLifeDays = 30
/** Weights stop growing here: 24 doublings (720 days) leave 29 bits for counts in 53. */
export const doublingsMax = 24

export const dayOf = (timeMs: number): number => Math.floor(timeMs / dayMs)

/**
 * Forward decay in whole numbers: the weight of a day is 2^⌊(day − origin) / 30⌋, 1 before the origin.
 * Weights grow instead of counts shrinking, so nothing is ever rescaled and order does not matter
 * (Cormode et al., Forward Decay, ICDE 2009, with a stepwise exponential).
 */
export function dayWeight(day: number, originDay: number): number {
  const doublings = Math.floor((day - originDay) / halfLifeDays)
  return 2 ** Math.max(0, Math.min(doublingsMax, doublings))
}
