const hourMs = 3_600_000
/** Hours told as one: a night, a morning. Finer ones would cost a profile more keys than they tell. */
const hours = 3

/**
 * Part of the week, in UTC: 'weekday 09' is 09:00 to 12:00 from Monday to Friday. 16 in all.
 * Agents keep hours of work by schedules and by the people they serve, and those do not change with the zone's summer.
 */
export function timeOfWeek(timeMs: number): string {
  const hour = Math.floor(timeMs / hourMs)
  const day = (Math.floor(hour / 24) + 3) % 7
  const from = Math.floor((hour % 24) / hours) * hours
  return `${day >= 5 ? 'weekend' : 'weekday'} ${String(from).padStart(2, '0')}`
}
