import { hashedKeys } from '@straylight/models/event/event-keys'
import type { EventShape } from '@straylight/models/event/event-shape'
import type { HashedKey } from '@straylight/models/profile/hashed-key'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'

/**
 * Which code made the keys of a row of `events`. One more wherever an event counts under other keys than before (`event-keys.ts`,
 * `event-shape.ts`, `followSession`): stored rows are then refused until `straylight rebuild` has made theirs again.
 */
export const keyVersion = 2

/** Bits of a hash; a context's family stands above them. */
const hashBits = 53
const half = 2 ** 32
const familyUnit = 2 ** (hashBits - 32)

/** Halves of one event's words, the lower first, as ClickHouse and the machines that we run on have them; grows with the longest. */
let halves = new Uint32Array(512)

/**
 * Column `counted`: the keys under which an event counts, the very list that its agent's profile folds. Whole numbers of 64 bits, base64: first
 * each key's context, with the index of its family above the hash's 53 bits, then the keys, in the same order. As lists of
 * numbers they cost a store three times as much to take in.
 */
export function countedText(hasher: ProfileKeyHasher, shape: EventShape): string {
  const counted = hashedKeys(hasher, shape)
  const { length } = counted
  if (halves.length < 4 * length) halves = new Uint32Array(8 * length)
  for (let at = 0; at < length; at++) {
    const { of, key } = counted[at] as HashedKey
    const [context, own] = [2 * at, 2 * (length + at)]
    halves[context] = of.hash
    halves[context + 1] = of.hash / half + of.family * familyUnit
    halves[own] = key
    halves[own + 1] = key / half
  }
  return Buffer.from(halves.buffer, 0, 16 * length).toString('base64')
}

/** For a SELECT from `events`: `placed`, each key's context with its family, and `keys`, parallel. */
export const keyColumns = `reinterpret(base64Decode(counted), 'Array(UInt64)') AS words,
        arraySlice(words, 1, intDiv(length(words), 2)) AS placed, arraySlice(words, intDiv(length(words), 2) + 1) AS keys`

/** The parts of one of `placed`. */
export const familyIn = (placed: string): string => `toUInt8(bitShiftRight(${placed}, ${hashBits}))`
export const contextIn = (placed: string): string => `bitAnd(${placed}, ${2 ** hashBits - 1})`
