import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

type Values = Uint8Array | Uint16Array | Uint32Array

/** Share of large numbers above which a wider column takes less room than their list (10 bytes each). */
const largeShareMax = 1 / 10

/** Of most columns the list is empty: one for all, for an empty array takes 100 bytes too. */
const noPlaces = new Uint16Array(0)
const noValues = new Float64Array(0)

/**
 * Whole numbers in as few bytes as most of them need: one byte each, and a short list by place of those that a byte does
 * not hold; two or four bytes each when that list grows long. Exact up to 2^53.
 */
export class NarrowColumn {
  private values: Values
  /** Stands in the column for a number of the list. */
  private escape = 255
  private largePlaces = noPlaces
  private largeValues = noValues
  private large = 0

  constructor(capacity: number) {
    this.values = new Uint8Array(capacity)
  }

  get bytes(): number {
    return this.values.byteLength + this.largePlaces.byteLength + this.largeValues.byteLength
  }

  at(place: number): number {
    const value = this.values[place] as number
    return value === this.escape ? (this.largeValues[this.largeAt(place)] as number) : value
  }

  set(place: number, value: number): void {
    if (this.values[place] === this.escape) {
      const at = this.largeAt(place)
      if (value >= this.escape) {
        this.largeValues[at] = value
        return
      }
      this.dropLarge(at)
    } else if (value >= this.escape) {
      this.setLarge(place, value)
      return
    }
    this.values[place] = value
  }

  /** Makes a place with 0, moving those from it up to `size` on by one. */
  insert(place: number, size: number): void {
    this.values.copyWithin(place + 1, place, size)
    this.values[place] = 0
    for (let at = this.large - 1; at >= 0 && (this.largePlaces[at] as number) >= place; at--)
      this.largePlaces[at] = (this.largePlaces[at] as number) + 1
  }

  remove(place: number, size: number): void {
    this.set(place, 0)
    this.values.copyWithin(place, place + 1, size)
    this.values[size - 1] = 0
    for (let at = this.large - 1; at >= 0 && (this.largePlaces[at] as number) > place; at--)
      this.largePlaces[at] = (this.largePlaces[at] as number) - 1
  }

  resize(capacity: number): void {
    const values = this.values.BYTES_PER_ELEMENT === 1 ? new Uint8Array(capacity) : wider(this.values, capacity)
    values.set(this.values.subarray(0, capacity))
    this.values = values
  }

  /** A byte for each of the first `size` numbers, 255 where it is no smaller; those follow, whole, in their order. */
  writeTo(writer: ByteWriter, size: number): void {
    if (this.values instanceof Uint8Array) {
      writer.raw(this.values, 0, size)
      for (let at = 0; at < this.large; at++) writer.whole(this.largeValues[at] as number)
      return
    }
    for (let place = 0; place < size; place++) writer.byte(Math.min(255, this.at(place)))
    for (let place = 0; place < size; place++) if (this.at(place) >= 255) writer.whole(this.at(place))
  }

  readFrom(reader: ByteReader, size: number): void {
    const bytes = reader.raw(size)
    for (let place = 0; place < size; place++) {
      const byte = bytes[place] as number
      this.set(place, byte < 255 ? byte : reader.whole())
    }
  }

  /** Where in the list the number of a place stands, or belongs. */
  private largeAt(place: number): number {
    let low = 0
    let high = this.large
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.largePlaces[middle] as number) < place) low = middle + 1
      else high = middle
    }
    return low
  }

  private setLarge(place: number, value: number): void {
    if (this.large + 1 > 4 + this.values.length * largeShareMax && this.escape < 2 ** 32 - 1) {
      this.widen()
      this.set(place, value)
      return
    }
    if (this.large === this.largePlaces.length) this.growLarge()
    const at = this.largeAt(place)
    this.largePlaces.copyWithin(at + 1, at, this.large)
    this.largeValues.copyWithin(at + 1, at, this.large)
    this.largePlaces[at] = place
    this.largeValues[at] = value
    this.large++
    this.values[place] = this.escape
  }

  private dropLarge(at: number): void {
    this.largePlaces.copyWithin(at, at + 1, this.large)
    this.largeValues.copyWithin(at, at + 1, this.large)
    this.large--
  }

  private growLarge(): void {
    const places = new Uint16Array(this.large + 4)
    const values = new Float64Array(this.large + 4)
    places.set(this.largePlaces)
    values.set(this.largeValues)
    this.largePlaces = places
    this.largeValues = values
  }

  /** Twice the bytes a number: the list starts anew with what is still too large. */
  private widen(): void {
    const { largePlaces, largeValues, large } = this
    const values = wider(this.values, this.values.length, 2 * this.values.BYTES_PER_ELEMENT)
    values.set(this.values)
    this.values = values
    this.escape = 2 ** (8 * values.BYTES_PER_ELEMENT) - 1
    this.largePlaces = noPlaces
    this.largeValues = noValues
    this.large = 0
    for (let at = 0; at < large; at++) {
      // The old mark is an ordinary number now.
      this.values[largePlaces[at] as number] = 0
      this.set(largePlaces[at] as number, largeValues[at] as number)
    }
  }
}

const wider = (values: Values, capacity: number, bytes = values.BYTES_PER_ELEMENT): Uint16Array | Uint32Array =>
  bytes === 2 ? new Uint16Array(capacity) : new Uint32Array(capacity)
