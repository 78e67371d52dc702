const quote = 0x22
const backslash = 0x5c

/**
 * Whether JSON text nests arrays and objects deeper than `max`, told before it is parsed: the scan needs no stack of
 * its own, so nothing that a sender nests can exhaust ours. Text that is no JSON may get either answer.
 */
export function nestsDeeperThan(text: Buffer, max: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === quote) {
      at = endOfString(text, at)
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > max) return true
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--
    }
  }
  return false
}

/** Index of the quote that ends the string which starts at `start`, or the end of the text. */
export function endOfString(text: Buffer, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const byte = text[at]
    if (byte === backslash) at++
    else if (byte === quote) return at
  }
  return text.length
}
