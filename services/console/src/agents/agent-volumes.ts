import { dayMs, hourMs } from '@straylight/schemas/duration'
import type { AgentDetail, UsualVolumes } from '../contract/agent-detail.ts'
import type { StoredVolumes } from './agent-questions.ts'

type Point = AgentDetail['volumes']['by_day'][number]

const daysShownMax = 400
const hoursShownMax = 24 * 28
const measures = ['calls', 'sent', 'received', 'records'] as const

/** Volumes of an agent out of its hours, the latest first: its days, and what is usual of either. */
export function agentVolumes(hours: readonly Point[]): AgentDetail['volumes'] {
  const days = daysOf(hours)
  return {
    by_day: days.slice(0, daysShownMax).reverse(),
    by_hour: hours.slice(0, hoursShownMax).reverse(),
    day: days.length === 0 ? null : usualOf(days),
    hour: hours.length === 0 ? null : usualOf(hours),
  }
}

function daysOf(hours: readonly Point[]): Point[] {
  const days = new Map<number, Point>()
  for (const hour of hours) {
    const time = Math.floor(hour.time / dayMs) * dayMs
    const day = days.get(time) ?? { time, calls: 0, sent: 0, received: 0, records: 0 }
    for (const measure of measures) day[measure] += hour[measure]
    days.set(time, day)
  }
  return [...days.values()]
}

/** How often it did anything in each hour of the week, Monday 00:00 UTC first. */
export function weekHours(hours: readonly Point[]): number[] {
  const calls: number[] = Array.from({ length: 168 }, () => 0)
  // 1970 began on a Thursday.
  for (const { time, calls: more } of hours) {
    const hour = (Math.floor(time / hourMs) + 3 * 24) % 168
    calls[hour] = (calls[hour] ?? 0) + more
  }
  return calls
}

function usualOf(points: readonly Point[]): UsualVolumes {
  const spread = (measure: (typeof measures)[number]) => {
    const sorted = points.map((point) => point[measure]).sort((one, other) => one - other)
    const at = (share: number): number => sorted[Math.floor(share * sorted.length)] ?? 0
    return { median: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
  }
  return {
    periods: points.length,
    ...{ calls: spread('calls'), sent: spread('sent'), received: spread('received'), records: spread('records') },
  }
}

/** The same as the store worked it out. */
export const usualStored = (stored: StoredVolumes): UsualVolumes => ({
  periods: stored.periods,
  calls: { median: stored.calls_median, p99: stored.calls_p99, max: stored.calls_max },
  sent: { median: stored.sent_median, p99: stored.sent_p99, max: stored.sent_max },
  received: { median: stored.received_median, p99: stored.received_p99, max: stored.received_max },
  records: { median: stored.records_median, p99: stored.records_p99, max: stored.records_max },
})
