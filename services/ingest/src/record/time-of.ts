const iso = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Milliseconds since 1970 UTC of an ISO 8601 moment with seconds and a zone (RFC 3339), `null` for anything else.
 * `Date.parse` alone takes far more: local times, which mean another moment on each machine, and 30 February, which
 * becomes 2 March. The schema of a native event draws the same line; `native.test.ts` holds both to it.
 */
export function timeOf(text: string): number | null {
  const parts = iso.exec(text)
  if (parts === null || !isDay(Number(parts[1]), Number(parts[2]), Number(parts[3]))) return null
  const time = Date.parse(text)
  return Number.isNaN(time) ? null : time
}

function isDay(year: number, month: number, day: number): boolean {
  const days = daysInMonth[month - 1]
  if (days === undefined || day < 1) return false
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (leap ? days + 1 : days)
}
