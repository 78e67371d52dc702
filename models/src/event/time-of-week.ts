import { hourMs } from '@straylight/schemas/duration'

/** Hours reported as one: a night, a morning. Finer ones would cost a profile more keys than they tell. */
export const partHours = 3

const partsOf = (kind: string): string[] =>
  Array.from({ length: 24 / partHours }, (_, at) => `${kind} ${String(at * partHours).padStart(2, '0')}`)
export const weekdayParts: readonly string[] = partsOf('weekday')
export const weekendParts: readonly string[] = partsOf('weekend')

/**
 * Part of the week, in UTC: 'weekday 09' is 09:00 to 12:00 from Monday to Friday. 16 in all.
 * Agents keep hours of work by schedules and by the people they serve, and those do not change with the zone's summer.
 */
export function timeOfWeek(timeMs: number): string {
  const hour = Math.floor(timeMs / hourMs)
  const day = (Math.floor(hour / 24) + 3) % 7
  return (day >= 5 ? weekendParts : weekdayParts)[Math.floor((hour % 24) / partHours)] as string
}
