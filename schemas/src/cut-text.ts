import { hash } from 'node:crypto'

/**
 * Cuts text to so many UTF-16 units, never within a surrogate pair, and makes it well-formed: half a pair, which JSON can
 * carry and UTF-8 cannot, becomes U+FFFD. Whatever is cut out of a text that others wrote goes through here, since one half
 * pair in a row makes a store refuse all rows beside it.
 */
export function cutText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text.toWellFormed()
  return text.slice(0, isWithinPair(text, unitsMax) ? unitsMax - 1 : unitsMax).toWellFormed()
}

/** What stands between the head of a cut text and the hash of its rest. */
const mark = '…#'
const hashDigits = 12

/**
 * The same, with the first 12 hex digits of the SHA-256 of what was cut off behind it (`head…#0123456789ab`), so that two
 * long names with one beginning stay two names. `unitsMax` counts all of it and is 32 at least.
 */
export function cutWithHash(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text.toWellFormed()
  const headMax = unitsMax - mark.length - hashDigits
  const headUnits = isWithinPair(text, headMax) ? headMax - 1 : headMax
  const rest = hash('sha256', text.slice(headUnits).toWellFormed(), 'hex').slice(0, hashDigits)
  return `${text.slice(0, headUnits).toWellFormed()}${mark}${rest}`
}

const isWithinPair = (text: string, at: number): boolean =>
  isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at))

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00
const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000
