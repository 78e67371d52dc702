import type { AmountBins } from './amount-tails.ts'
import { fingerprintOf } from './profile-table.ts'

/** A profile key in numbers: what tables are asked. One object a key, so that asking again makes nothing. */
export class HashedKey {
  /** Index into `familyNames`. */
  readonly family: number
  readonly context: number
  readonly key: number
  /** What profile tables keep of the two (`fingerprintOf`). */
  readonly contextPrint: number
  readonly print: number

  constructor(family: number, context: number, key: number) {
    this.family = family
    this.context = context
    this.key = key
    this.contextPrint = fingerprintOf(context)
    this.print = fingerprintOf(key)
  }
}

/**
 * A context of a family with the keys that were asked under it. An event asks for the same few keys again and again, so the
 * last one stands in front of the map.
 */
export class HashedContext {
  readonly context: string
  readonly text: string
  readonly hash: number
  /** What profile tables keep of it. */
  readonly print: number
  readonly keys = new Map<string, HashedKey>()
  /** Hashes of whole numbers from 0, for tails, as many as were asked for; none before. */
  bins: AmountBins | undefined
  lastX: string | undefined
  last: HashedKey | undefined

  constructor(context: string, text: string, hash: number) {
    this.context = context
    this.text = text
    this.hash = hash
    this.print = fingerprintOf(hash)
  }
}

/** The contexts of one family. */
export class HashedFamily {
  readonly index: number
  readonly contexts = new Map<string, HashedContext>()
  last: HashedContext | undefined

  constructor(index: number) {
    this.index = index
  }
}
