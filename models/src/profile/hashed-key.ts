import type { AmountBins } from '../features/amount-tails.ts'
import type { Family } from './profile-key.ts'
import { fingerprintOf } from './profile-table.ts'

/** A profile key in numbers: what tables are asked. One object a key, so that asking again makes nothing. */
export class HashedKey {
  readonly of: HashedContext
  /** The key's name in its context. */
  readonly x: string
  readonly key: number
  /** What profile tables keep of it (`fingerprintOf`). */
  readonly print: number

  constructor(of: HashedContext, x: string, key: number) {
    this.of = of
    this.x = x
    this.key = key
    this.print = fingerprintOf(key)
  }
}

/**
 * A context of a family with the keys that were asked under it. An event asks for the same few keys again and again, so the
 * last one stands in front of the map.
 */
export class HashedContext {
  /** Index into `familyNames`. */
  readonly family: number
  readonly context: string
  readonly text: string
  readonly hash: number
  /** What profile tables keep of it. */
  readonly print: number
  readonly keys = new Map<string, HashedKey>()
  /** The keys of whole numbers, as far as they were asked for: amounts are counted by the number of their bin. */
  readonly numbered: (HashedKey | undefined)[] = []
  /** Hashes of whole numbers from 0, for tails, as many as were asked for; none before. */
  bins: AmountBins | undefined
  last: HashedKey | undefined

  constructor(family: number, context: string, text: string, hash: number) {
    this.family = family
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

/** What hashes names into keys and keeps them, within a bound. */
export interface KeyHashes {
  contextOf(family: Family, context: string): HashedContext
  keyOf(family: Family, context: string, x: string): HashedKey
  keyIn(of: HashedContext, x: string): HashedKey
  /** Before keeping one thing more: when the bound is reached, all that is kept is forgotten. */
  makeRoom(): void
}
