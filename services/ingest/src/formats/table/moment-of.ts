/** What programs write where no moment is meant: Go's zero time and .NET's first, and the last day that there is. */
const noMoment = /^(?:0001-01-01T|9999-12-31T)/

/** Whether a moment says that there is none: what never ends, or was never set. */
export const isNoMoment = (value: unknown): boolean => typeof value === 'string' && noMoment.test(value)

/** Largest number that is seconds, milliseconds, microseconds: beyond it the unit is the next smaller one. Times lie between 2000 and 2100. */
const [secondsMax, millisecondsMax, microsecondsMax] = [1e11, 1e14, 1e17]

/**
 * A moment as logs write it, as the text or number that the event's reader checks: RFC 3339; the same without a zone, which in all
 * these logs is UTC, or with a space for the `T`; a number of seconds, milliseconds, microseconds or nanoseconds since 1970,
 * whichever its size allows. Anything else stays what it is, to be rejected.
 */
export function momentOf(value: unknown): unknown {
  if (typeof value === 'number') return ofNumber(value)
  if (typeof value !== 'string') return value
  // What is in RFC 3339 already needs nothing; its reader checks it.
  if (value.length > 40 || (value[10] === 'T' && value.endsWith('Z'))) return value
  if (/^\d{9,19}(?:\.\d+)?$/.test(value)) return ofNumber(Number(value))
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?) ?(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(value)
  if (parts === null) return value
  const zone = parts[3] ?? 'Z'
  return `${parts[1]}T${parts[2]}${zone === 'UTC' ? 'Z' : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`
}

function ofNumber(value: number): unknown {
  const scale = value < secondsMax ? 1e3 : value < millisecondsMax ? 1 : value < microsecondsMax ? 1e-3 : 1e-6
  const time = new Date(Math.floor(value * scale))
  return Number.isNaN(time.getTime()) ? value : time.toISOString()
}
