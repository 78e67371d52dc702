import { bytesText } from '@straylight/models/features/counts-in-words'
import { counted } from '@straylight/schemas/counted'
import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { Finding } from '@straylight/schemas/finding'
import { z } from 'zod'
import type { ReasonStrip } from '../contract/finding-detail.ts'
import { type Ask, question } from '../questions/ask.ts'
import { notLearnt } from '../questions/learnt-events.ts'

/** Days that a strip shows at most. */
const daysMax = 90
/** Days before the event whose events are read: as long as they are kept. */
const daysRead = 180
/** Reasons that get a picture: the strongest. */
const stripsMax = 5

/** What an event moved; null where it does not say. */
export const Amounts = z.object({
  sent: z.number().nullable(),
  received: z.number().nullable(),
  records: z.number().nullable(),
})
export type Amounts = z.infer<typeof Amounts>
const Day = Amounts.extend({
  time: z.number(),
  step_calls: z.number(),
  system_calls: z.number(),
  destination_calls: z.number(),
})
type Day = z.infer<typeof Day>

const counts = (row: string): string =>
  `countIf(${row}.step = {step:String}) AS step_calls, countIf(${row}.system = {system:String}) AS system_calls,
  countIf(hasAny(${row}.destination_keys, {destinations:Array(String)})) AS destination_calls`
/** The largest call of the step in a day; null where none reported it. */
const largest = (row: string): string =>
  ['bytes_sent AS sent', 'bytes_received AS received', 'records AS records']
    .map((one) => one.split(' AS '))
    .map(([column, name]) => `maxIf(${row}.${column}, ${row}.step = {step:String}) AS ${name}`)
    .join(', ')

/** An agent's days up to one, as learnt, and that day as it was, with what is quarantined: the latest first. */
const daysOfAgent = question(
  'days of an agent',
  `SELECT toDate(d.time, 'UTC') AS day, toUnixTimestamp(day) * 1000 AS time, ${counts('d')}, ${largest('d')}
FROM events AS d FINAL
WHERE d.tenant = {tenant:String} AND d.agent = {agent:String} AND d.hour >= {since_hour:UInt32}
  AND d.hour < intDiv({day:Int64}, 3600000) + 24 AND d.time < fromUnixTimestamp64Milli({day:Int64} + ${dayMs})
  AND (d.time >= fromUnixTimestamp64Milli({day:Int64}) OR NOT ${notLearnt('= {agent:String}')})
GROUP BY day ORDER BY day DESC LIMIT ${daysMax + 1}`,
  Day,
)

type Amount = keyof Amounts
type Count = 'step_calls' | 'system_calls' | 'destination_calls'

/** What a feature speaks of, where a day can show it. Windows, sessions, orders and hours have no picture: a day would show something else. */
const measures: Readonly<Record<string, Amount | 'amount' | Count>> = {
  sent_surprise: 'sent',
  sent_tail: 'sent',
  received_surprise: 'received',
  received_tail: 'received',
  records_tail: 'records',
  amount_excess: 'amount',
  system_surprise: 'system_calls',
  system_new: 'system_calls',
  step_surprise: 'step_calls',
  step_new_agent: 'step_calls',
  step_new_peers: 'step_calls',
  destination_surprise: 'destination_calls',
  destination_new_agent: 'destination_calls',
  destination_new_peers: 'destination_calls',
  external_new: 'destination_calls',
  external_surprise: 'destination_calls',
}

interface Seen {
  readonly day: Day
  readonly past: readonly Day[]
  readonly amounts: Amounts
  readonly finding: Pick<Finding, 'system' | 'action'> & { destinations: readonly string[] }
}

/**
 * The agent's past of what each of the strongest reasons of a finding speaks of, with this event beside it. `stored`: of the event; undefined
 * where it is not stored any more.
 */
export async function reasonStrips(
  ask: Ask,
  { tenant, agent, time, system, action, destinations = [] }: Finding,
  stored: Promise<Amounts | undefined> | undefined,
): Promise<(feature: string, place: number) => ReasonStrip | null> {
  const amounts = await stored
  if (amounts === undefined) return () => null
  const start = Math.floor(time / dayMs) * dayMs
  const since_hour = Math.floor(start / hourMs) - daysRead * 24
  const of = { tenant, agent, day: start, step: `${system}/${action}`, system, destinations, since_hour }
  const days = (await ask(daysOfAgent, of)).reverse()
  const day = days.find((one) => one.time === start) ?? { time: start, ...nothing }
  const past = days.filter((one) => one.time < start).slice(-daysMax)
  const seen: Seen = { day, past, amounts, finding: { system, action, destinations } }
  return (feature, place) => (place < stripsMax ? stripOf(feature, seen) : null)
}

const nothing = { step_calls: 0, system_calls: 0, destination_calls: 0, sent: null, received: null, records: null }

function stripOf(feature: string, seen: Seen): ReasonStrip | null {
  const of = measures[feature]
  if (of === undefined) return null
  if (of === 'step_calls' || of === 'system_calls' || of === 'destination_calls') return countStrip(of, seen)
  const amount = of === 'amount' ? furthest(seen) : of
  return amount === null ? null : amountStrip(amount, seen)
}

/** Of several amounts of a call the one that goes furthest beyond the largest known. */
function furthest({ amounts, past }: Seen): Amount | null {
  const beyond = (of: Amount) => (amounts[of] ?? 0) / Math.max(1, ...past.map((day) => day[of] ?? 0))
  const reported = (['sent', 'received', 'records'] as const).filter((of) => (amounts[of] ?? 0) > 0)
  return reported.toSorted((one, other) => beyond(other) - beyond(one))[0] ?? null
}

function amountStrip(of: Amount, { amounts, past, finding }: Seen): ReasonStrip | null {
  const seen = amounts[of]
  if (seen === null) return null
  const points = past.flatMap((day) => (day[of] === null ? [] : [{ time: day.time, value: day[of] }]))
  const said = (value: number) => (of === 'records' ? counted(value, 'record') : `${bytesText(value)} ${of}`)
  const most = Math.max(...points.map(({ value }) => value))
  const usual =
    points.length === 0
      ? 'no earlier call reported any'
      : `the largest call of ${counted(points.length, 'earlier day')} has ${said(most)}`
  const sentence = `One call of ${finding.system}/${finding.action}: ${said(seen)} in this one; ${usual}.`
  return { sentence, of: 'call', unit: of === 'records' ? 'records' : 'bytes', points, seen, ...spreadOf(points) }
}

function countStrip(of: Count, { day, past, finding }: Seen): ReasonStrip | null {
  const { system, action, destinations } = finding
  const seen = day[of]
  // What the store names otherwise than the finding would be drawn as never done.
  if (seen === 0) return null
  const points = past.map((one) => ({ time: one.time, value: one[of] }))
  const what = {
    step_calls: `of ${system}/${action}`,
    system_calls: `in ${system}`,
    destination_calls: `to ${destinations.join(', ')}`,
  }
  const spread = spreadOf(points)
  const usual =
    spread.median === null
      ? 'there are no earlier days'
      : `the median of ${counted(points.length, 'earlier day')} is ${spread.median}`
  const sentence = `Events ${what[of]} a day: ${seen} on this day; ${usual}.`
  return { sentence, of: 'day', unit: 'events', points, seen, ...spread }
}

function spreadOf(points: ReasonStrip['points']): Pick<ReasonStrip, 'median' | 'p99'> {
  const sorted = points.map(({ value }) => value).sort((one, other) => one - other)
  const at = (share: number): number | null =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null
  return { median: at(0.5), p99: at(0.99) }
}
