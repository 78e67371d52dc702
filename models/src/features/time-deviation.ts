import { weekdayParts, weekendParts } from '../event/time-of-week.ts'
import { type Comparison, surprise } from './comparison.ts'
import { featureIndex } from './feature.ts'

const at = featureIndex('time_surprise')

/** Parts of the week (`timeOfWeek`): what an agent that keeps no hours would show, evenly. */
const parts = 16
const evenNats = Math.log(parts)
/** Events after which the habit counts half of what it counts in the end. */
const half = 200

/**
 * When: time_surprise (nats, 0 to 25) = −ln P(part of the week) less the ln 16 that an agent at work round the clock
 * would show, so it has nothing to say of that one; shrunk by events / (events + 200), 0 until the
 * tenant's history holds days of the week and of a weekend.
 * Needs nothing but the event's time. Agents' own schedules; user-behaviour products do the same by hour of week.
 */
export function timeDeviation(comparison: Comparison, out: Float64Array): void {
  if (!knowsWeek(comparison)) return
  const { time } = comparison.keys
  const own = comparison.ownTotal(time.of)
  const nats = surprise(comparison.probabilityAmongPeers(time, 1 / parts)) - evenNats
  out[at] = (Math.max(0, nats) * own) / (own + half)
}

/** Whether anything was seen on days of the week and on a weekend: before, a Saturday is new to everyone. */
function knowsWeek(comparison: Comparison): boolean {
  const { tenant } = comparison
  tenant.knowsWeek ??= isAnySeen(comparison, weekdayParts) && isAnySeen(comparison, weekendParts)
  return tenant.knowsWeek
}

function isAnySeen(comparison: Comparison, parts: readonly string[]): boolean {
  for (const part of parts) if (!comparison.newToTenant(comparison.keyOf('timeOfWeek', '', part))) return true
  return false
}
