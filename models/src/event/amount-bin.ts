/** Quarter octaves in whole numbers: 4 × ⌊log2 v⌋ + the two bits below the highest, for v = amount + 1. Exact up to 2^52. */
export function amountBin(amount: number): number {
  const v = amount + 1
  if (v < 2 ** 28 && v === (v | 0) && v > 0) {
    const exponent = 31 - Math.clz32(v)
    return exponent * 4 + (((v * 4) >> exponent) & 3)
  }
  let exponent = Math.floor(Math.log2(v))
  if (2 ** exponent > v) exponent--
  else if (2 ** (exponent + 1) <= v) exponent++
  return exponent * 4 + (Math.floor((v * 4) / 2 ** exponent) % 4)
}

/** The middle of a bin's amounts, about; 0 for bin 0. */
export const amountOfBin = (bin: number): number =>
  bin <= 0 ? 0 : Math.round(2 ** (bin >> 2) * (1 + ((bin & 3) + 0.5) / 4) - 1)

/** The least amount of a bin; 0 for bin 0. */
export const leastOfBin = (bin: number): number => (bin <= 0 ? 0 : Math.ceil(2 ** (bin >> 2) * (1 + (bin & 3) / 4) - 1))
