import { restMsMax } from './delivery-schedule.ts'

/**
 * How long a receiver asks to wait, in milliseconds from 0 to `restMsMax`; undefined where its header is neither of the two
 * forms (RFC 9110, 10.2.3): whole seconds of any length, or a date.
 */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  const text = value?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, restMsMax)
  // A date begins with the name of a day; `Date.parse` alone would also read "-5" or "7 bananas" as one.
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), restMsMax)
}
