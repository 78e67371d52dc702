import { createHash } from 'node:crypto'

/** Draws that depend on the seed and nothing else: the same seed, the same fleet, on every machine. */
export interface FleetRandom {
  /** Uniform in [0, 1), 32 bits of it. */
  uniform(): number
  /** Uniform whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number
  chance(probability: number): boolean
  /** Normal with mean 0 and deviation 1. */
  normal(): number
  /** Log-normal: `median` is the median, `sigma` the deviation of the natural logarithm. */
  logNormal(median: number, sigma: number): number
  /** Uniform in the logarithm between `min` and `max`: for sizes whose order of magnitude is what varies. */
  logUniform(min: number, max: number): number
  choice<Value>(values: readonly Value[]): Value
  /** One of `values` with probability in proportion to `weight`, which must not be negative everywhere 0. */
  weighted<Value>(values: readonly Value[], weight: (value: Value) => number): Value
  /** `count` different values in random order; all of them when there are fewer. */
  some<Value>(values: readonly Value[], count: number): Value[]
  /** Index from 0 to `size - 1` by Zipf's law: low ones are drawn often, high ones hardly ever. */
  zipf(size: number): number
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** xoshiro128** 1.1 by D. Blackman and S. Vigna (public domain, prng.di.unimi.it): next 32 bits of the state. */
function next(state: Uint32Array): number {
  const [s0, s1, s2, s3] = state as unknown as [number, number, number, number]
  const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0
  const t2 = s2 ^ s0
  const t3 = s3 ^ s1
  state[1] = s1 ^ t2
  state[0] = s0 ^ t3
  state[2] = t2 ^ (s1 << 9)
  state[3] = rotl(t3, 11)
  return result
}

/** State from the SHA-256 of the parts: streams of different parts have nothing to do with each other. */
function stateOf(parts: readonly (string | number)[]): Uint32Array {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at))
}

/** A stream of its own for each list of parts, such as `seededRandom(seed, 'agent', 7)`. */
export function fleetRandom(...parts: readonly (string | number)[]): FleetRandom {
  const state = stateOf(parts)
  const uniform = () => next(state) / 4_294_967_296
  const whole = (min: number, max: number) => min + Math.floor(uniform() * (max - min + 1))
  // Box and Muller 1958; 1 - u keeps the logarithm finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const at = <Value>(values: readonly Value[], index: number): Value => {
    if (index < 0 || index >= values.length) throw new RangeError(`nothing to draw from: ${values.length} values`)
    return values[index] as Value
  }
  return {
    uniform,
    whole,
    normal,
    chance: (probability) => uniform() < probability,
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
    logUniform: (min, max) => min * (max / min) ** uniform(),
    choice: (values) => at(values, whole(0, values.length - 1)),
    weighted: (values, weight) => at(values, weightedIndex(values.map(weight), uniform())),
    some: (values, count) => shuffled(values, whole).slice(0, count),
    zipf: (size) => Math.min(size - 1, Math.floor(size ** uniform()) - 1),
  }
}

function weightedIndex(weights: readonly number[], share: number): number {
  let rest = share * weights.reduce((sum, weight) => sum + weight, 0)
  const index = weights.findIndex((weight) => {
    rest -= weight
    return rest < 0
  })
  return index === -1 ? weights.findLastIndex((weight) => weight > 0) : index
}

/** Fisher and Yates, in Durstenfeld's form. */
function shuffled<Value>(values: readonly Value[], whole: FleetRandom['whole']): Value[] {
  const list = [...values]
  for (let last = list.length - 1; last > 0; last--) {
    const other = whole(0, last)
    const kept = list[last] as Value
    list[last] = list[other] as Value
    list[other] = kept
  }
  return list
}
