import { hashedKeys } from '@straylight/models/event/event-keys'
import type { EventShape } from '@straylight/models/event/event-shape'
import type { ProfileKeyHasher } from '@straylight/models/profile/profile-key-hasher'

/**
 * Which code made the keys of a row of `events`. One more wherever an event counts under other keys than before (`event-keys.ts`,
 * `event-shape.ts`, `followSession`): stored rows are then refused until `straylight rebuild` has made theirs again.
 */
export const keyVersion = 1

/** Bits of a hash; a context's family stands above them. */
const hashBits = 53
const wordBits = 32

/** One event's words; grows with the longest. */
let words = Buffer.alloc(1_024)

/**
 * Column `counted`: the keys under which an event counts, the very list that its agent's profile folds. Whole numbers of 64 bits, base64: first
 * each key's context, with the index of its family above the hash's 53 bits, then the keys, in the same order. As lists of
 * numbers they cost a store three times as much to take in.
 */
export function countedText(hasher: ProfileKeyHasher, shape: EventShape): string {
  const counted = hashedKeys(hasher, shape)
  const length = 16 * counted.length
  if (words.length < length) words = Buffer.alloc(2 * length)
  let at = 0
  for (const { of, key } of counted) {
    writeWord(at, of.hash, of.family)
    writeWord(at + length / 2, key, 0)
    at += 8
  }
  return words.toString('base64', 0, length)
}

function writeWord(at: number, hash: number, family: number): void {
  words.writeUInt32LE(hash >>> 0, at)
  words.writeUInt32LE(Math.floor(hash / 2 ** wordBits) + family * 2 ** (hashBits - wordBits), at + 4)
}

/** For a SELECT from `events`: `placed`, each key's context with its family, and `keys`, parallel. */
export const keyColumns = `reinterpret(base64Decode(counted), 'Array(UInt64)') AS words,
        arraySlice(words, 1, intDiv(length(words), 2)) AS placed, arraySlice(words, intDiv(length(words), 2) + 1) AS keys`

/** The parts of one of `placed`. */
export const familyIn = (placed: string): string => `toUInt8(bitShiftRight(${placed}, ${hashBits}))`
export const contextIn = (placed: string): string => `bitAnd(${placed}, ${2 ** hashBits - 1})`
