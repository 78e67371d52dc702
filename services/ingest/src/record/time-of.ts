const iso = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * Milliseconds since 1970 UTC of an ISO 8601 moment with seconds and a zone (RFC 3339), `null` for anything else.
 * `Date.parse` alone takes far more: local times, which mean another moment on each machine, and 30 February, which
 * becomes 2 March. The schema of a native event draws the same line; `native.test.ts` holds both to it.
 */
export function timeOf(text: string): number | null {
  return utcTime(text) ?? anyTime(text)
}

function anyTime(text: string): number | null {
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

/** A moment in UTC, as nearly all are: read by its digits, several times faster. Else `null`. */
function utcTime(text: string): number | null {
  const length = text.length
  const isWithFraction = length > 21 && text.charCodeAt(19) === 0x2e
  if ((length !== 20 && !isWithFraction) || text.charCodeAt(length - 1) !== 0x5a || !isPunctuated(text)) return null
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  const millisecond = isWithFraction ? milliseconds(text, length - 21) : 0
  // What is no number fails each comparison.
  if (!(year >= 100 && hour <= 23 && minute <= 59 && second <= 59 && millisecond >= 0)) return null
  return isDay(year, month, day) ? Date.UTC(year, month - 1, day, hour, minute, second, millisecond) : null
}

/** Of a fraction of so many digits, from place 20 on; what is smaller is left out. */
function milliseconds(text: string, count: number): number {
  if (count > 9) return Number.NaN
  const number = digits(text, 20, count)
  return count > 3 ? Math.floor(number / 10 ** (count - 3)) : number * 10 ** (3 - count)
}

const isPunctuated = (text: string): boolean =>
  text.charCodeAt(4) === 0x2d &&
  text.charCodeAt(7) === 0x2d &&
  text.charCodeAt(10) === 0x54 &&
  text.charCodeAt(13) === 0x3a &&
  text.charCodeAt(16) === 0x3a

/** The number that some digits spell; not a number where one of them is no digit. */
function digits(text: string, from: number, count: number): number {
  let number = 0
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    number = number * 10 + digit
  }
  return number
}
