import { counted } from '@straylight/schemas/counted'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { ReasonStrip } from '../contract/finding-detail.ts'
import { type Ask, question } from '../questions/ask.ts'
import { learntEvents } from '../questions/learnt-events.ts'

/** Days that a strip shows at most. */
const daysMax = 90
/** Days before the event whose events are read: as long as they are kept. */
const daysRead = 180
/** Reasons that get a picture: the strongest. */
const stripsMax = 5

const Day = z.object({
  time: z.number(),
  calls: z.number(),
  step_calls: z.number(),
  sent: z.number(),
  received: z.number(),
  records: z.number(),
})
type Day = z.infer<typeof Day>

/** An agent's days up to one, as learnt, with those of one step beside all; and that day as it was, with what is quarantined. */
const daysOfAgent = question(
  'days of an agent',
  `SELECT toDate(d.time, 'UTC') AS day, toUnixTimestamp(day) * 1000 AS time, count() AS calls, countIf(d.step = {step:String}) AS step_calls,
  sum(ifNull(d.bytes_sent, 0)) AS sent, sum(ifNull(d.bytes_received, 0)) AS received, sum(ifNull(d.records, 0)) AS records
FROM ${learntEvents('= {agent:String}')} AND d.time < fromUnixTimestamp64Milli({day:Int64})
GROUP BY day ORDER BY day DESC LIMIT ${daysMax}`,
  Day,
)
const dayOfEvent = question(
  'day of an event',
  `SELECT toInt64({day:Int64}) AS time, count() AS calls, countIf(e.step = {step:String}) AS step_calls,
  sum(ifNull(e.bytes_sent, 0)) AS sent, sum(ifNull(e.bytes_received, 0)) AS received, sum(ifNull(e.records, 0)) AS records
FROM events AS e FINAL
WHERE e.tenant = {tenant:String} AND e.agent = {agent:String} AND e.hour >= intDiv({day:Int64}, 3600000)
  AND e.hour < intDiv({day:Int64}, 3600000) + 24 AND e.time >= fromUnixTimestamp64Milli({day:Int64})
  AND e.time < fromUnixTimestamp64Milli({day:Int64} + 86400000)`,
  Day,
)

interface Measure {
  readonly of: Exclude<keyof Day, 'time'>
  readonly unit: ReasonStrip['unit']
  readonly words: string
}
const step: Measure = { of: 'step_calls', unit: 'events', words: 'Events of this step a day' }
const calls: Measure = { of: 'calls', unit: 'events', words: 'Events of this agent a day' }
const sent: Measure = { of: 'sent', unit: 'bytes', words: 'Bytes sent a day' }
const received: Measure = { of: 'received', unit: 'bytes', words: 'Bytes received a day' }
const records: Measure = { of: 'records', unit: 'records', words: 'Records moved a day' }

/** What a feature speaks of, by how its name begins; all others speak of the step. */
const measures: readonly (readonly [string, Measure])[] = [
  ['sent_', sent],
  ['session_sent', sent],
  ['received_', received],
  ['session_received', received],
  ['records_', records],
  ['window_sent', sent],
  ['window_received', received],
  ['window_records', records],
  ['rate_', calls],
  ['window_', calls],
  ['fan_out_', calls],
  ['time_', calls],
]

/** The agent's past days with the day of this finding beside them, for each of its strongest reasons. */
export async function reasonStrips(
  ask: Ask,
  { tenant, agent, time, system, action }: Finding,
): Promise<(feature: string, place: number) => ReasonStrip | null> {
  const day = Math.floor(time / dayMs) * dayMs
  const of = { tenant, agent, day, step: `${system}/${action}`, since_hour: Math.floor(day / hourMs) - daysRead * 24 }
  const past = (await ask(daysOfAgent, of)).reverse()
  const [seen] = await ask(dayOfEvent, of)
  return (feature, place) => (place < stripsMax && seen !== undefined ? stripOf(feature, past, seen) : null)
}

function stripOf(feature: string, past: readonly Day[], seen: Day): ReasonStrip {
  const { of, unit, words } = measures.find(([start]) => feature.startsWith(start))?.[1] ?? step
  const points = past.map((day) => ({ time: day.time, value: day[of] }))
  const sorted = points.map(({ value }) => value).sort((one, other) => one - other)
  const at = (share: number): number | null =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
  const [median, p99] = [at(0.5), at(0.99)]
  const usual =
    median === null
      ? 'there are no earlier days'
      : `the median of ${counted(sorted.length, 'earlier day')} is ${median}`
  return { sentence: `${words}: ${seen[of]} on this day; ${usual}.`, unit, points, seen: seen[of], median, p99 }
}
