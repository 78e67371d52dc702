import type { Fault } from './event-draft.ts'

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a

/** Deepest nesting that is read: no format needs a fifth of it. */
export const depthMax = 64
/**
 * Most JSON values in one record, at every depth, names not counted. A megabyte can hold 350,000, and parsing those takes a
 * quarter of a second in which nothing else runs; 50,000 of the worst kind took 30 to 50 ms of a busy machine. A megabyte of
 * CloudTrail holds some 32,000.
 */
export const jsonValuesMax = 40_000

/**
 * Why JSON text is not parsed, whatever it says: it nests too deep or holds too many values, reported before it is parsed; else the
 * number of its values, and of names in its objects (doubled names count twice). The scan needs no stack and no memory of its own, so
 * nothing that a sender nests or repeats can exhaust ours. Text that is no JSON may get any answer.
 */
export function jsonSize(
  text: Buffer,
  valuesMax = jsonValuesMax,
): { fault: Fault } | { values: number; names: number } {
  const length = text.length
  let depth = 0
  let values = 1
  let names = 0
  let at = 0
  while (at < length) {
    const byte = text[at++]
    if (byte === quote) {
      at = endOfString(text, at - 1) + 1
    } else if (byte === colon) {
      names++
    } else if (byte === comma) {
      if (++values > valuesMax) return { fault: tooMany(valuesMax) }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > depthMax) return tooDeep
      if (++values > valuesMax) return { fault: tooMany(valuesMax) }
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    }
  }
  return { values, names }
}

const tooDeep = { fault: { code: 'too_deep', reason: `nests arrays and objects deeper than ${depthMax}` } } as const
const tooMany = (valuesMax: number): Fault => ({
  code: 'too_large',
  reason: `holds more than ${valuesMax} JSON values: send it in several records`,
})

/** Index of the quote that ends the string which starts at `start`, or the end of the text. */
export function endOfString(text: Buffer, start: number): number {
  const length = text.length
  let at = start + 1
  while (at < length) {
    const byte = text[at]
    if (byte === quote) return at
    at += byte === backslash ? 2 : 1
  }
  return length
}
