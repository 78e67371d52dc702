import type { Amounts } from './amount-tails.ts'

/** Load above which the table grows, and by how much: little, so that few slots stand empty. */
const loadMax = 0.875
const growth = 1.2
/** Slots after the last home, where what is pushed out of the last ones finds room. */
const tail = 24

type Counts = Uint16Array | Uint32Array | Float64Array
type Auxiliaries = Uint8Array | Uint32Array

/** Upper bounds up to which a width holds a number. */
const highest = (numbers: Counts | Auxiliaries): number =>
  numbers instanceof Float64Array ? Number.MAX_SAFE_INTEGER : 2 ** (8 * numbers.BYTES_PER_ELEMENT) - 1

/** 32 of a key's 53 bits, never 0. */
export const fingerprintOf = (key: number): number =>
  (key ^ Math.imul((key / 4_294_967_296) | 0, 0x9e3779b1)) >>> 0 || 1

/**
 * One agent's counts by key: like `CountTable`, but 7 bytes a slot instead of 20, for a hundred thousand of them are kept.
 *
 * Of a key 32 bits are kept. They come of a hash whose key only the deployment has, so nobody can choose names that meet; by
 * chance one name in two million that an agent with 2,000 entries never used is taken for one that it used. Counts are two
 * bytes, numbers of keys one; the whole column is widened when the first number does not fit, so all stay exact.
 *
 * Ordered linear probing (Amble and Knuth, 1974): entries stand in ascending order, each in its home slot or after it without a gap,
 * so that a search for what is not there ends as soon as one for what is. 0 marks an empty slot.
 */
export class ProfileTable {
  private slots: number
  private keys: Uint32Array
  private counts: Counts
  private aux: Auxiliaries
  size = 0

  constructor(capacity = 24) {
    this.slots = Math.ceil(capacity / loadMax)
    this.keys = new Uint32Array(this.slots + tail)
    this.counts = new Uint16Array(this.keys.length)
    this.aux = new Uint8Array(this.keys.length)
  }

  /** Bytes held by the arrays. */
  get bytes(): number {
    return this.keys.byteLength + this.counts.byteLength + this.aux.byteLength
  }

  private home(fingerprint: number): number {
    return Math.floor((fingerprint * this.slots) / 4_294_967_296)
  }

  /** Where a fingerprint is or belongs. */
  private slotOf(fingerprint: number): number {
    const { keys } = this
    let slot = this.home(fingerprint)
    for (;;) {
      const key = keys[slot]
      if (key === undefined || key === 0 || key >= fingerprint) return slot
      slot++
    }
  }

  /** Where an entry is, until the table is changed; -1: nowhere. */
  find(key: number): number {
    const fingerprint = fingerprintOf(key)
    const slot = this.slotOf(fingerprint)
    return this.keys[slot] === fingerprint ? slot : -1
  }

  countAt(slot: number): number {
    return this.counts[slot] as number
  }

  auxiliaryAt(slot: number): number {
    return this.aux[slot] as number
  }

  has(key: number): boolean {
    return this.find(key) >= 0
  }

  count(key: number): number {
    const slot = this.find(key)
    return slot < 0 ? 0 : (this.counts[slot] as number)
  }

  auxiliary(key: number): number {
    const slot = this.find(key)
    return slot < 0 ? 0 : (this.aux[slot] as number)
  }

  /** `amountsAround` (`amount-tails.ts`) for this kind of table, whose columns it walks itself. */
  amountsAround(fingerprints: Uint32Array, types: number, from: number, found: Amounts): void {
    let above = 0
    let largest = -1
    let left = types
    for (let step = 0; left > 0 && step < fingerprints.length; step++) {
      const up = from + step
      if (up < fingerprints.length) {
        const fingerprint = fingerprints[up] as number
        const slot = this.slotOf(fingerprint)
        if (this.keys[slot] === fingerprint) {
          above += this.counts[slot] as number
          largest = up
          left--
        }
      }
      const down = from - 1 - step
      if (down >= 0) {
        const fingerprint = fingerprints[down] as number
        if (this.keys[this.slotOf(fingerprint)] === fingerprint) {
          if (down > largest) largest = down
          left--
        }
      }
    }
    found.above = above
    found.largest = largest
  }

  /** Adds to an entry, made if missing and removed when its count falls to 0. Returns the count before. */
  add(key: number, count: number, auxiliary = 0): number {
    return this.addFingerprint(fingerprintOf(key), count, auxiliary)
  }

  /** Changes the auxiliary number of an entry that is there. */
  addAuxiliary(key: number, auxiliary: number): void {
    const slot = this.find(key)
    if (slot >= 0) this.setAuxiliary(slot, (this.aux[slot] as number) + auxiliary)
  }

  private addFingerprint(fingerprint: number, count: number, auxiliary: number): number {
    let slot = this.slotOf(fingerprint)
    if (this.keys[slot] !== fingerprint) {
      if (count === 0) return 0
      slot = this.insert(fingerprint)
    }
    const before = this.counts[slot] as number
    const after = before + count
    if (after === 0) {
      this.remove(slot)
      return before
    }
    if (after > highest(this.counts)) this.counts = widened(this.counts, after)
    this.counts[slot] = after
    this.setAuxiliary(slot, (this.aux[slot] as number) + auxiliary)
    return before
  }

  private setAuxiliary(slot: number, value: number): void {
    if (value > highest(this.aux)) this.aux = Uint32Array.from(this.aux)
    this.aux[slot] = value
  }

  /** Makes room for a new entry, moving what stands from its slot to the next empty one. */
  private insert(fingerprint: number): number {
    if (this.size + 1 > this.slots * loadMax) this.grow()
    let slot = this.slotOf(fingerprint)
    let empty = slot
    while (this.keys[empty] !== 0) {
      empty++
      if (empty < this.keys.length) continue
      this.grow()
      slot = this.slotOf(fingerprint)
      empty = slot
    }
    for (const column of [this.keys, this.counts, this.aux]) column.copyWithin(slot + 1, slot, empty)
    this.keys[slot] = fingerprint
    this.counts[slot] = 0
    this.aux[slot] = 0
    this.size++
    return slot
  }

  /** Moves what follows back by one, up to a gap or to an entry that stands in its home: no tombstones. */
  private remove(slot: number): void {
    let end = slot + 1
    while (end < this.keys.length && this.keys[end] !== 0 && this.home(this.keys[end] as number) < end) end++
    for (const column of [this.keys, this.counts, this.aux]) {
      column.copyWithin(slot, slot + 1, end)
      column[end - 1] = 0
    }
    this.size--
  }

  private grow(): void {
    const { keys, counts, aux } = this
    for (;;) {
      this.slots = Math.ceil(this.slots * growth)
      if (this.fill(keys, counts, aux)) return
    }
  }

  /** Puts entries that come in ascending order into fresh arrays; false where the last ones find no room. */
  private fill(keys: Uint32Array, counts: Counts, aux: Auxiliaries): boolean {
    const length = this.slots + tail
    this.keys = new Uint32Array(length)
    this.counts = counts.constructor === Uint16Array ? new Uint16Array(length) : emptyLike(counts, length)
    this.aux = aux.BYTES_PER_ELEMENT === 1 ? new Uint8Array(length) : new Uint32Array(length)
    let next = 0
    for (let at = 0; at < keys.length; at++) {
      const fingerprint = keys[at] as number
      if (fingerprint === 0) continue
      const slot = Math.max(next, this.home(fingerprint))
      if (slot >= length) return false
      this.keys[slot] = fingerprint
      this.counts[slot] = counts[at] as number
      this.aux[slot] = aux[at] as number
      next = slot + 1
    }
    return true
  }

  /** Entries in ascending order of what is kept of their keys: the same content always gives the same list. */
  entries(): { key: number; count: number; auxiliary: number }[] {
    const rows: { key: number; count: number; auxiliary: number }[] = []
    for (let slot = 0; slot < this.keys.length; slot++) {
      const key = this.keys[slot] as number
      if (key !== 0) rows.push({ key, count: this.counts[slot] as number, auxiliary: this.aux[slot] as number })
    }
    return rows
  }

  /** base64 of little-endian rows `fingerprint u32, count varint, auxiliary varint`, ascending. */
  pack(): string {
    const rows = this.entries()
    const bytes: number[] = []
    for (const { key, count, auxiliary } of rows) {
      bytes.push(key & 255, (key >>> 8) & 255, (key >>> 16) & 255, key >>> 24)
      pushVarint(bytes, count)
      pushVarint(bytes, auxiliary)
    }
    return Buffer.from(bytes).toString('base64')
  }

  /** @throws RangeError for bytes that end within a row. */
  static unpack(packed: string): ProfileTable {
    const bytes = Buffer.from(packed, 'base64')
    const keys: number[] = []
    const numbers: number[] = []
    let at = 0
    while (at < bytes.length) {
      if (at + 6 > bytes.length) throw torn(bytes.length)
      keys.push(bytes.readUInt32LE(at))
      at += 4
      for (let column = 0; column < 2; column++) {
        let value = 0
        let unit = 1
        for (;;) {
          const byte = bytes[at++]
          if (byte === undefined) throw torn(bytes.length)
          value += (byte & 127) * unit
          unit *= 128
          if (byte < 128) break
        }
        numbers.push(value)
      }
    }
    const table = new ProfileTable(Math.max(24, keys.length))
    keys.forEach((key, row) => {
      table.addFingerprint(key, numbers[2 * row] as number, numbers[2 * row + 1] as number)
    })
    return table
  }
}

const torn = (bytes: number): RangeError =>
  new RangeError(`a packed profile table ends within a row, after ${bytes} bytes: its checkpoint is damaged`)

/** Seven bits a byte, lowest first. */
function pushVarint(bytes: number[], value: number): void {
  let left = value
  while (left >= 128) {
    bytes.push((left % 128) + 128)
    left = Math.floor(left / 128)
  }
  bytes.push(left)
}

const emptyLike = (counts: Counts, length: number): Counts =>
  counts.BYTES_PER_ELEMENT === 4 ? new Uint32Array(length) : new Float64Array(length)

const widened = (counts: Counts, value: number): Counts =>
  value < 2 ** 32 ? Uint32Array.from(counts) : Float64Array.from(counts)
