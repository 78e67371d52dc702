import type { GrowthLimits } from '@straylight/schemas/policy'
import type { Comparison } from '../features/comparison.ts'
import { measureOf } from '../session/activity-windows.ts'
import type { DailyKind, DailyStep } from '../session/daily-amounts.ts'
import { rampsOf, type SlowRamp } from './slow-ramp.ts'

/** The ramps that an event shows, against its agent's own days and those that peers have closed. */
export function judgedRamps(
  steps: readonly DailyStep[],
  comparison: Comparison,
  limits: GrowthLimits = {},
): readonly SlowRamp[] {
  // Calls are not counted by the day, so nothing is known of peers there.
  const peers = (kind: DailyKind, today: number): number =>
    kind === 'calls' ? 0 : comparison.octaveTail(comparison.contextOf('window', measureOf('1d', kind)), today).p
  return rampsOf(steps, comparison.profile.clock.daily, { limits, peers })
}
