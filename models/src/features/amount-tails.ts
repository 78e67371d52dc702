import type { CountTable } from '../profile/count-table.ts'

/** Hashes of the amount bins of one context, in their order. */
export interface AmountBins {
  /** Of the context itself. */
  readonly context: number
  readonly contextPrint: number
  readonly keys: Float64Array
  /** What profile tables keep of the keys (`fingerprintOf`): tails ask for dozens of them. */
  readonly fingerprints: Int32Array
}

/**
 * Where an answer about amounts stands in the array that is filled with it: the count of amounts in a bin and above, and
 * the largest bin there is (-1: none). An array of its own for each would cost more than finding out.
 */
export const amountsAbove = 0
export const largestBin = 1

/**
 * Goes outwards from bin `from` until all `types` of the context are found: amounts lie together, so that is a few dozen
 * look-ups instead of two hundred.
 */
export function amountsAround(
  table: CountTable,
  { keys: bins }: AmountBins,
  types: number,
  from: number,
  found: Float64Array,
): void {
  let above = 0
  let largest = -1
  let left = types
  for (let step = 0; left > 0 && step < bins.length; step++) {
    const up = from + step
    const count = up < bins.length ? table.count(bins[up] as number) : 0
    if (count > 0) {
      above += count
      largest = up
      left--
    }
    const down = from - 1 - step
    if (down >= 0 && table.has(bins[down] as number)) {
      largest = Math.max(largest, down)
      left--
    }
  }
  found[amountsAbove] = above
  found[largestBin] = largest
}

/** What tails of one context come to. */
interface Kept {
  readonly largest: number
  /** How many amounts lie in each bin that has some and in those above, largest bin first; 0 before them. */
  readonly above: Float64Array
  /** For every bin there may be, how many bins from it on have amounts. */
  readonly having: Uint8Array
}

/** Contexts kept a level: some 200 bytes each, and 10 bytes a bin that is there. */
const keptMax = 4_096

/**
 * Tails of a level that seldom changes: a context asked for a second time since the last change is added up once for all
 * bins. While history is learnt or left out each change forgets, and tails are walked as in a profile.
 */
export class AmountTails {
  /** By the context's slot in the table, which stays while nothing changes; null: asked once. */
  private readonly kept = new Map<number, Kept | null>()

  forget(): void {
    if (this.kept.size > 0) this.kept.clear()
  }

  /** `slot`: the context's. */
  around(table: CountTable, bins: AmountBins, slot: number, from: number, found: Float64Array): void {
    let kept = this.kept.get(slot)
    if (kept === undefined) {
      if (this.kept.size >= keptMax) this.kept.clear()
      this.kept.set(slot, null)
      amountsAround(table, bins, table.auxiliaryAt(slot), from, found)
      return
    }
    if (kept === null) {
      kept = keptOf(table, bins.keys)
      this.kept.set(slot, kept)
    }
    found[amountsAbove] = kept.above[kept.having[from] ?? 0] as number
    found[largestBin] = kept.largest
  }
}

function keptOf(table: CountTable, hashes: Float64Array): Kept {
  const above = [0]
  const having = new Uint8Array(hashes.length)
  let largest = -1
  let sum = 0
  for (let bin = hashes.length - 1; bin >= 0; bin--) {
    const count = table.count(hashes[bin] as number)
    if (count > 0) {
      if (largest < 0) largest = bin
      sum += count
      above.push(sum)
    }
    having[bin] = above.length - 1
  }
  return { largest, above: Float64Array.from(above), having }
}
