import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = featureIndex('time_surprise')

/** Parts of the week (`timeOfWeek`): what an agent that keeps no hours would show, evenly. */
const parts = 16
const evenNats = Math.log(parts)
/** Days of history before hours are a habit: a weekend must have been among them. */
const daysMin = 7
const dayMs = 86_400_000
/** Events after which the habit counts half of what it counts in the end. */
const half = 200

/**
 * When: time_surprise (nats, 0 to 25) = −ln P(part of the week) less the ln 16 that an agent at work round the clock
 * would show, so it has nothing to say of that one; shrunk by events / (events + 200), 0 below a week of history.
 * Needs nothing but the event's time. Agents' own schedules; user-behaviour products do the same by hour of week.
 */
export function timeDeviation(comparison: Comparison, out: Float64Array): void {
  const { profile, shape } = comparison
  if (profile.last_time - profile.first_time < daysMin * dayMs) return
  const { own } = comparison.totals('timeOfWeek', '')
  const nats = surprise(comparison.probabilityAmongPeers('timeOfWeek', '', shape.time_of_week, 1 / parts)) - evenNats
  out[at] = (Math.max(0, nats) * own) / (own + half)
}
