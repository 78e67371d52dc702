import { hourMs } from '@straylight/schemas/duration'
import type { Profile } from '../profile/profile.ts'

const dayMs = 24 * hourMs
/** Silent for so many times the longest silence known, which by then has held weekends. */
const timesLongest = 3
/** Nobody is missed before, milliseconds. */
export const leastWaitMs = hourMs
const eventsMin = 200
const daysMin = 14

/**
 * From when on an agent that says nothing more is silent (event time, ms): three times its longest gap of late after its last
 * event, or after the log took it where that is later (a shipper that is behind is no silent agent), an hour at least. `null` for an agent that is not usually active: below 200 events or 14 days.
 */
export function silentFrom({ clock, events, first_time, last_time }: Profile): number | null {
  if (events < eventsMin || last_time - first_time < daysMin * dayMs) return null
  return Math.max(clock.clock, clock.heard) + silentAfter(clock.longest_gap)
}

/** How long an agent with such a longest silence is waited for, milliseconds. */
export const silentAfter = (longestGap: number): number => Math.max(leastWaitMs, timesLongest * longestGap)
