/** A stream of made-up numbers that the same seed repeats exactly, on any machine. Not for secrets. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform whole number in [0, bound). */
  below(bound: number): number
  /** Standard normal (Box and Muller, 1958). */
  normal(): number
  /** Another stream, independent of how much of this one is used later. */
  fork(): SeededRandom
  /** Puts the list in random order, in place (Fisher and Yates). */
  shuffle<T extends { length: number; [at: number]: unknown }>(list: T): T
}

/** Mulberry32: 32 bits of state, every seed a full period of 2^32; plenty for initial weights, shuffles and made-up fleets. */
function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Starts a stream; seeds that differ by one give unrelated streams. */
export function seededRandom(seed: number): SeededRandom {
  const next = mulberry32(Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) ^ 0x9e3779b9)
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    fork: () => seededRandom(below(4_294_967_296)),
    shuffle(list) {
      for (let at = list.length - 1; at > 0; at--) {
        const other = below(at + 1)
        const kept = list[at]
        list[at] = list[other]
        list[other] = kept
      }
      return list
    },
  }
}
