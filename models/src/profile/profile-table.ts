import { type AmountBins, amountsAbove, largestBin } from '../features/amount-tails.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { NarrowColumn } from './narrow-column.ts'

/** By how much the table grows when it is full: little, so that few places stand empty; less, and an agent that learns would move its table every few events. */
const growth = 1.1
const growthMin = 16
const capacityMin = 24

/** Buckets by the highest 8 bits of a fingerprint; the other 24 stand in the table. */
const buckets = 256

/** 32 of a key's 53 bits, signed and never 0: all that a profile's table knows of it. */
export const fingerprintOf = (key: number): number => key ^ Math.imul((key / 4_294_967_296) | 0, 0x9e3779b1) || 1

/** Which amount bins a context of a table has, largest first. */
interface KnownBins {
  readonly serial: number
  readonly contextPrint: number
  readonly bins: Uint8Array
  readonly removals: number
}

/**
 * What is known of the contexts that were asked for last, so that a tail looks for the bins there are alone: bins come
 * seldom and go only when an event is taken back. Outside of the tables, for most agents rest; some 200 bytes each. Each has
 * one place, and who comes later takes it: a look costs a comparison of two numbers, where a map would box and hash its key.
 */
const knownBinsMax = 16_384
const knownBins: (KnownBins | undefined)[] = new Array(knownBinsMax).fill(undefined)
const binsPlace = (serial: number, contextPrint: number): number =>
  (contextPrint ^ Math.imul(serial, 0x9e3779b1)) & (knownBinsMax - 1)
/** The bins that the last walk found: upwards and downwards, in their order, and how many. */
const passed = { up: new Uint8Array(256), down: new Uint8Array(256), count: new Uint8Array(2) }
/** Steps from which on it pays. */
const longWalk = 8
let serials = 0

/**
 * One agent's counts by key: like `CountTable`, but some 5 bytes an entry instead of 27, for a hundred thousand of them are kept.
 *
 * Of a key 32 bits are kept. They come of a hash whose key only the deployment has, so nobody can choose names that meet; by
 * chance one name in two million that an agent with 2,000 entries never used is taken for one that it used.
 *
 * Entries stand in ascending order without gaps, a short list of places tells where each of 256 buckets begins, and so 24
 * bits of each say the rest. An entry of a large table is found among some seven. What comes in moves all that follows: a
 * few kB, and seldom, for nearly all that an agent does it has done before.
 */
export class ProfileTable {
  /** Where each bucket begins, and where the last one ends: bytes, while there are no more entries than they count. */
  private starts: Uint8Array | Uint16Array
  /** Three bytes an entry, the highest first. */
  private keys: Uint8Array
  private readonly counts: NarrowColumn
  private readonly aux: NarrowColumn
  private capacity: number
  /** Tells tables apart in `knownBins`; 0: none of this one's ever stood there. */
  private serial = 0
  /** Entries taken out so far: after one, what was known of bins may be wrong. */
  private removals = 0
  size = 0

  constructor(capacity = capacityMin) {
    this.capacity = Math.max(capacityMin, capacity)
    this.starts = this.capacity < 256 ? new Uint8Array(buckets + 1) : new Uint16Array(buckets + 1)
    this.keys = new Uint8Array(3 * this.capacity)
    this.counts = new NarrowColumn(this.capacity)
    this.aux = new NarrowColumn(this.capacity)
  }

  /** Bytes held by the arrays. */
  get bytes(): number {
    return this.starts.byteLength + this.keys.byteLength + this.counts.bytes + this.aux.bytes
  }

  /** Where a fingerprint's entry is, until the table is changed; -1: nowhere. */
  findFingerprint(fingerprint: number): number {
    const { starts, keys } = this
    const bucket = fingerprint >>> 24
    const end = 3 * (starts[bucket + 1] as number)
    const high = (fingerprint >>> 16) & 255
    let at = 3 * (starts[bucket] as number)
    while (at < end && (keys[at] as number) < high) at += 3
    for (; at < end && keys[at] === high; at += 3)
      if (keys[at + 1] === ((fingerprint >>> 8) & 255) && keys[at + 2] === (fingerprint & 255)) return (at / 3) | 0
    return -1
  }

  /** Where an entry is, until the table is changed; -1: nowhere. */
  find(key: number): number {
    return this.findFingerprint(fingerprintOf(key))
  }

  countAt(slot: number): number {
    return this.counts.at(slot)
  }

  auxiliaryAt(slot: number): number {
    return this.aux.at(slot)
  }

  has(key: number): boolean {
    return this.find(key) >= 0
  }

  count(key: number): number {
    return this.countOf(fingerprintOf(key))
  }

  countOf(fingerprint: number): number {
    const slot = this.findFingerprint(fingerprint)
    return slot < 0 ? 0 : this.counts.at(slot)
  }

  auxiliary(key: number): number {
    const slot = this.find(key)
    return slot < 0 ? 0 : this.aux.at(slot)
  }

  /** `amountsAround` (`amount-tails.ts`) for this kind of table. */
  amountsAround({ contextPrint, fingerprints }: AmountBins, types: number, from: number, found: Float64Array): void {
    const known = this.serial === 0 ? undefined : knownBins[binsPlace(this.serial, contextPrint)]
    const isOfThis = known !== undefined && known.serial === this.serial && known.contextPrint === contextPrint
    if (isOfThis && known.bins.length === types && known.removals === this.removals) {
      this.amountsAmong(known.bins, fingerprints, from, found)
      return
    }
    const steps = this.walkAround(fingerprints, types, from, found)
    if (steps > longWalk) this.keepBins(contextPrint, types)
  }

  /** Adds up the bins known to be there, which come largest first. */
  private amountsAmong(bins: Uint8Array, fingerprints: Int32Array, from: number, found: Float64Array): void {
    let above = 0
    for (let at = 0; at < bins.length && (bins[at] as number) >= from; at++)
      above += this.countOf(fingerprints[bins[at] as number] as number)
    found[amountsAbove] = above
    found[largestBin] = bins[0] as number
  }

  /** Keeps what the walk just passed, if that was all there is. */
  private keepBins(contextPrint: number, types: number): void {
    const up = passed.count[0] as number
    const down = passed.count[1] as number
    if (up + down < types) return
    if (this.serial === 0) this.serial = ++serials
    const bins = new Uint8Array(types)
    for (let at = 0; at < up; at++) bins[at] = passed.up[up - 1 - at] as number
    for (let at = 0; at < down; at++) bins[up + at] = passed.down[at] as number
    const { serial, removals } = this
    knownBins[binsPlace(serial, contextPrint)] = { serial, contextPrint, bins, removals }
  }

  /** Returns the steps it took. */
  private walkAround(fingerprints: Int32Array, types: number, from: number, found: Float64Array): number {
    let above = 0
    let largest = -1
    let left = types
    let step = 0
    let ups = 0
    let downs = 0
    for (; left > 0 && step < fingerprints.length; step++) {
      const up = from + step
      if (up < fingerprints.length) {
        const slot = this.findFingerprint(fingerprints[up] as number)
        if (slot >= 0) {
          above += this.counts.at(slot)
          largest = up
          passed.up[ups++] = up
          left--
        }
      }
      const down = from - 1 - step
      if (down >= 0 && this.findFingerprint(fingerprints[down] as number) >= 0) {
        if (down > largest) largest = down
        passed.down[downs++] = down
        left--
      }
    }
    passed.count[0] = ups
    passed.count[1] = downs
    found[amountsAbove] = above
    found[largestBin] = largest
    return step
  }

  /** Adds to an entry, made if missing and removed when its count falls to 0. Returns the count before. */
  add(key: number, count: number, auxiliary = 0): number {
    return this.addTo(fingerprintOf(key), count, auxiliary)
  }

  /** Changes the auxiliary number of an entry that is there. */
  addAuxiliary(key: number, auxiliary: number): void {
    const slot = this.find(key)
    if (slot >= 0) this.aux.set(slot, this.aux.at(slot) + auxiliary)
  }

  addTo(fingerprint: number, count: number, auxiliary: number): number {
    const slot = this.findFingerprint(fingerprint)
    if (slot >= 0) return this.addAt(slot, count, auxiliary, fingerprint)
    if (count === 0) return 0
    this.addAt(this.insert(fingerprint), count, auxiliary, fingerprint)
    return 0
  }

  /** The same where the entry is known to stand. */
  addAt(slot: number, count: number, auxiliary: number, fingerprint: number): number {
    const before = this.counts.at(slot)
    if (before + count === 0) {
      this.remove(slot, fingerprint)
      return before
    }
    if (before + count < 0)
      throw new RangeError(`a count of ${before} cannot change by ${count}: what was never learnt is taken back`)
    this.counts.set(slot, before + count)
    if (auxiliary !== 0) this.aux.set(slot, this.aux.at(slot) + auxiliary)
    return before
  }

  /** Makes room for a new entry in its place. */
  private insert(fingerprint: number): number {
    if (this.size === this.capacity) this.grow()
    const { starts, keys, size } = this
    const bucket = fingerprint >>> 24
    const low = fingerprint & 0xffffff
    let slot = starts[bucket] as number
    while (slot < (starts[bucket + 1] as number) && this.lowAt(slot) < low) slot++
    keys.copyWithin(3 * slot + 3, 3 * slot, 3 * size)
    this.counts.insert(slot, size)
    this.aux.insert(slot, size)
    this.setLow(slot, low)
    for (let next = bucket + 1; next <= buckets; next++) starts[next] = (starts[next] as number) + 1
    this.size++
    return slot
  }

  private remove(slot: number, fingerprint: number): void {
    this.removals++
    const { starts, size } = this
    this.keys.copyWithin(3 * slot, 3 * slot + 3, 3 * size)
    this.counts.remove(slot, size)
    this.aux.remove(slot, size)
    for (let next = (fingerprint >>> 24) + 1; next <= buckets; next++) starts[next] = (starts[next] as number) - 1
    this.size--
  }

  private lowAt(slot: number): number {
    const { keys } = this
    return ((keys[3 * slot] as number) << 16) | ((keys[3 * slot + 1] as number) << 8) | (keys[3 * slot + 2] as number)
  }

  private setLow(slot: number, low: number): void {
    this.keys[3 * slot] = low >>> 16
    this.keys[3 * slot + 1] = (low >>> 8) & 255
    this.keys[3 * slot + 2] = low & 255
  }

  private grow(): void {
    this.capacity = Math.max(this.capacity + growthMin, Math.ceil(this.capacity * growth))
    const keys = new Uint8Array(3 * this.capacity)
    keys.set(this.keys)
    this.keys = keys
    this.counts.resize(this.capacity)
    this.aux.resize(this.capacity)
    if (this.capacity >= 256 && this.starts.BYTES_PER_ELEMENT === 1) this.starts = Uint16Array.from(this.starts)
  }

  /** Entries in ascending order of what is kept of their keys: the same content always gives the same list. */
  entries(): { key: number; count: number; auxiliary: number }[] {
    const rows: { key: number; count: number; auxiliary: number }[] = []
    for (let bucket = 0; bucket < buckets; bucket++)
      for (let slot = this.starts[bucket] as number; slot < (this.starts[bucket + 1] as number); slot++) {
        const key = ((bucket << 24) | this.lowAt(slot)) >>> 0
        rows.push({ key, count: this.counts.at(slot), auxiliary: this.aux.at(slot) })
      }
    return rows
  }

  /**
   * base64 of columns, in ascending order of fingerprints: how many entries each bucket has, the other three bytes of each,
   * the counts, the auxiliary numbers (`NarrowColumn.writeTo`). Empty for an empty table.
   */
  pack(): string {
    const { starts, size } = this
    if (size === 0) return ''
    writer.clear()
    for (let bucket = 0; bucket < buckets; bucket++)
      writer.whole((starts[bucket + 1] as number) - (starts[bucket] as number))
    writer.raw(this.keys, 0, 3 * size)
    this.counts.writeTo(writer, size)
    this.aux.writeTo(writer, size)
    return writer.base64()
  }

  /** @throws RangeError for bytes that end too early or go on behind the last entry. */
  static unpack(packed: string): ProfileTable {
    if (packed === '') return new ProfileTable()
    const reader = new ByteReader(Buffer.from(packed, 'base64'))
    const ends: number[] = []
    for (let bucket = 0; bucket < buckets; bucket++) ends.push((ends[bucket - 1] ?? 0) + reader.whole())
    const size = ends[buckets - 1] as number
    const keys = reader.raw(3 * size)
    const table = new ProfileTable(size)
    table.starts.set(ends, 1)
    table.keys.set(keys)
    table.counts.readFrom(reader, size)
    table.aux.readFrom(reader, size)
    if (!reader.ended) throw new RangeError(overlong)
    table.size = size
    return table
  }
}

const overlong = 'a packed profile table goes on behind its last entry: its checkpoint is damaged'
/** One for all tables: what it holds is copied away at once. */
const writer = new ByteWriter()
