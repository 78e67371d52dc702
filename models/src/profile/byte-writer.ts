/**
 * Appends numbers and texts to bytes that grow: one writer serves many pieces one after the other (`clear`), each taken
 * away as a copy. `ByteReader` reads what it wrote.
 */
export class ByteWriter {
  private bytes = Buffer.allocUnsafeSlow(4_096)
  private at = 0

  get length(): number {
    return this.at
  }

  clear(): this {
    this.at = 0
    return this
  }

  /** What was written, in memory of its own: a pool's would be held as a whole by each of its pieces. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.at)
    this.bytes.copy(copy, 0, 0, this.at)
    return copy
  }

  base64(): string {
    return this.bytes.toString('base64', 0, this.at)
  }

  /** A whole number below 256. */
  byte(value: number): void {
    this.room(1)
    this.bytes[this.at++] = value
  }

  /** 32 bits, the lowest byte first. */
  word(value: number): void {
    this.room(4)
    this.setWord(this.at, value)
    this.at += 4
  }

  /** Writes over 32 bits that stand at a place. */
  setWord(place: number, value: number): void {
    const { bytes } = this
    bytes[place] = value & 255
    bytes[place + 1] = (value >>> 8) & 255
    bytes[place + 2] = (value >>> 16) & 255
    bytes[place + 3] = value >>> 24
  }

  /** A whole number from 0 to 2^53, seven bits a byte, the lowest first. */
  whole(value: number): void {
    this.room(8)
    if (value < 128) {
      this.bytes[this.at++] = value
      return
    }
    let left = value
    while (left >= 128) {
      this.bytes[this.at++] = (left % 128) + 128
      left = Math.floor(left / 128)
    }
    this.bytes[this.at++] = left
  }

  /** Any number, to the bit. */
  number(value: number): void {
    this.room(8)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  /** Any text, also one that UTF-8 does not hold (half of a surrogate pair): a byte or two for each of its 16-bit units. */
  text(value: string): void {
    const wide = isWide(value)
    this.whole(2 * value.length + (wide ? 1 : 0))
    this.room(wide ? 2 * value.length : value.length)
    this.at += wide ? this.bytes.write(value, this.at, 'utf16le') : this.bytes.write(value, this.at, 'latin1')
  }

  raw(bytes: Uint8Array, from: number, to: number): void {
    this.room(to - from)
    this.bytes.set(bytes.subarray(from, to), this.at)
    this.at += to - from
  }

  private room(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + more))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }
}

function isWide(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 255) return true
  return false
}
