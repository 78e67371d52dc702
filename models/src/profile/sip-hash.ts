// Packages that import this file check it too, and find the declaration only by this reference.
/// <reference path="./siphash.d.ts" />
import sipHash from 'siphash'

/**
 * The upper 53 bits of SipHash-2-4 of a text's UTF-8: a whole number that a double holds exactly, never 0.
 * Equals `bitShiftRight(sipHash64Keyed((k0, k1), text), 11)` in ClickHouse (Aumasson and Bernstein, 2012).
 */
export function sipHash53(key: Uint32Array, text: string): number {
  const { h, l } = sipHash.hash(key, Buffer.from(text, 'utf8'))
  return (h >>> 0) * 2_097_152 + (l >>> 11) || 1
}

/** `profileKey`: 32 hex digits, k0 then k1, each big-endian as people write numbers. */
sipHash53.keyOf = (profileKey: string): Uint32Array => {
  if (!/^[0-9a-f]{32}$/.test(profileKey)) throw new RangeError('a profile key is 32 lower-case hex digits')
  const word = (at: number) => Number.parseInt(profileKey.slice(at, at + 8), 16)
  return new Uint32Array([word(8), word(0), word(24), word(16)])
}
