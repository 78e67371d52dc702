import { partHours, weekdayParts, weekendParts } from '../event/time-of-week.ts'
import { type Comparison, surprise } from './comparison.ts'
import { type FeatureCause, featureFamily, inNats } from './feature-family.ts'
import { namedSentence } from './named-sentence.ts'
import { timeHabitHalf } from './priors.ts'
import { inBothSums } from './sum-weights.ts'

const unusualTime: FeatureCause = { name: 'unusual_time', techniques: ['OWASP:ASI10', 'ATLAS:AML.T0012'] }

/** Parts of the week (`timeOfWeek`): what an agent that keeps no hours would show, evenly. */
const parts = 16
const evenNats = Math.log(parts)

/** 'weekday 09': 'on a weekday between 09:00 and 12:00 UTC'. */
function hoursInWords(part: string): string {
  const [day = '', from = ''] = part.split(' ')
  const until = String(Number(from) + partHours).padStart(2, '0')
  return `on a ${day} between ${from}:00 and ${until}:00 UTC`
}

/** Agents' own schedules; user-behaviour products do the same by hour of week. */
export const timeFamily = featureFamily({
  name: 'time',
  question: 'When?',
  features: {
    time_surprise: {
      ...inNats,
      range: '0 to 25 nats',
      formula:
        'n / (n + 200) × max(0, −ln P(part of the week) − ln 16), n events of the agent; 0 until the tenant’s history holds days of the week and of a weekend',
      needs: [],
      cause: unusualTime,
      title: 'Unusual time',
      sentence: namedSentence({
        family: 'timeOfWeek',
        noun: 'event',
        name: ({ shape }) => shape.time_of_week,
        seen: (part) => `active ${hoursInWords(part)}`,
      }),
      weights: inBothSums(0.5, 8),
    },
  },
  reads: [],
  measure(comparison, out, at) {
    if (!knowsWeek(comparison)) return
    const { time } = comparison.keys
    const own = comparison.ownTotal(time.of)
    const nats = surprise(comparison.probabilityAmongPeers(time, 1 / parts)) - evenNats
    out[at.time_surprise] = (Math.max(0, nats) * own) / (own + timeHabitHalf)
  },
})

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
