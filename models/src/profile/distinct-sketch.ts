/**
 * How many different names, in 16 bytes whatever their number: linear counting (Whang, Vander-Zanden and Taylor, 1990).
 * A name sets one of 128 bits; of `zero` bits left the estimate is −128 ln(zero / 128). Exact to one name up to some twenty, within a
 * tenth up to 300, at most 621. The hash is FNV-1a without a key: names chosen to collide hide among one another,
 * and other features look at names themselves.
 *
 * A sketch is four words of 32 bits among an agent's other numbers, from a place on: an array of its own would cost more
 * than what it holds.
 */
export const sketchWords = 4
const bits = 32 * sketchWords

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  // FNV mixes its low bits badly for short texts: fold the high ones in.
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

export function addName(words: Float64Array, from: number, name: string): void {
  const bit = fnv1a(name) >>> 25
  const word = from + (bit >>> 5)
  words[word] = ((words[word] as number) | (1 << (bit & 31))) >>> 0
}

/** Bits set, added up in pairs, fours and eights (Warren, Hacker's Delight, 5-1). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** What each number of bits set tells. */
const estimates = Float64Array.from({ length: bits + 1 }, (_, set) =>
  Math.round(bits * Math.log(bits / Math.max(bits - set, 1))),
)

/** Different names seen, a whole number. */
export function distinctNames(words: Float64Array, from: number): number {
  let set = 0
  for (let word = from; word < from + sketchWords; word++) set += ones(words[word] as number)
  return estimates[set] as number
}
