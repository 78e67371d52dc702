/** Hours of a week, from Monday 00:00. */
export const hoursOfWeek = 168

/**
 * Counts by hour of the week in UTC as counts by hour of the week where the reader is, `offsetMinutes` ahead of UTC now (negative: behind).
 * Zones that are not whole hours away are rounded to the nearest; hours of another season stand where they would stand now.
 */
export function localHours(utc: readonly number[], offsetMinutes: number): number[] {
  const shift = Math.round(offsetMinutes / 60)
  return utc.map((_, hour) => utc[utcHour(hour, shift)] ?? 0)
}

/** The hour of the week in UTC of a local one. */
const utcHour = (local: number, shiftHours: number): number =>
  (((local - shiftHours) % hoursOfWeek) + hoursOfWeek) % hoursOfWeek

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const clock = (hour: number): string => `${String(hour % 24).padStart(2, '0')}:00`

export const weekdayOf = (hour: number): string => days[Math.floor(hour / 24)] ?? ''

/** Such as `Mon 01:00 (Sun 23:00 UTC)`, the day of UTC only where it is another. */
export function hourText(local: number, shiftHours: number): string {
  const utc = utcHour(local, shiftHours)
  if (shiftHours === 0) return `${weekdayOf(local)} ${clock(local)} UTC`
  const day = weekdayOf(utc) === weekdayOf(local) ? '' : `${weekdayOf(utc)} `
  return `${weekdayOf(local)} ${clock(local)} (${day}${clock(utc)} UTC)`
}
