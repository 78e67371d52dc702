/** Reads what a `ByteWriter` wrote, from a place on. Throws `RangeError` where the bytes end before what is asked. */
export class ByteReader {
  private readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get ended(): boolean {
    return this.at >= this.bytes.length
  }

  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw this.torn()
    return byte
  }

  whole(): number {
    let value = 0
    let unit = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * unit
      if (byte < 128) return value
      unit *= 128
    }
  }

  number(): number {
    const at = this.take(8)
    return this.bytes.readDoubleLE(at)
  }

  text(): string {
    const length = this.whole()
    if (length % 2 === 1) {
      const at = this.take(length - 1)
      return this.bytes.toString('utf16le', at, this.at)
    }
    const at = this.take(length / 2)
    return this.bytes.toString('latin1', at, this.at)
  }

  /** Bytes as they are, still part of all. */
  raw(length: number): Uint8Array {
    const at = this.take(length)
    return this.bytes.subarray(at, this.at)
  }

  /** Goes past a text without reading it. */
  skipText(): void {
    const length = this.whole()
    this.take(length % 2 === 1 ? length - 1 : length / 2)
  }

  private take(length: number): number {
    const { at } = this
    this.at += length
    if (this.at > this.bytes.length) throw this.torn()
    return at
  }

  private torn(): RangeError {
    return new RangeError(
      `packed bytes end too early, after ${this.bytes.length}: the checkpoint they come from is damaged`,
    )
  }
}
