import type { Row } from './insert-values.ts'

/**
 * Rows in ClickHouse's own binary form, `RowBinaryWithNamesAndTypes` (https://clickhouse.com/docs/interfaces/formats/RowBinaryWithNamesAndTypes):
 * first the columns' names and types, then each value as its type says, numbers little-endian, texts and lists after their length.
 * Half of what JSON costs, on both sides.
 */
export interface BinaryRows {
  readonly columns: readonly string[]
  readonly bytes: Buffer
}

/** One value is no value of its column's type as it stands: JSON then says what becomes of it. */
const notBinary = Symbol('not binary')

type Write = (bytes: Bytes, value: unknown) => void

/** Most bytes that are reserved before rows are written: after one huge row, thousands of small ones would ask for gigabytes. */
const reservedBytesMax = 32 * 1024 * 1024

/** The types of a table's columns, as `system.columns` tells them, and what writes their values. */
export class TableTypes {
  private readonly types: ReadonlyMap<string, string>
  private readonly writers = new Map<string, Write | undefined>()
  /** Bytes that the last rows took: room for as many more at once, so that none are copied as they grow. */
  private rowBytes = 0

  constructor(types: ReadonlyMap<string, string>) {
    this.types = types
  }

  /** Undefined where rows differ in form, a column is unknown, or a value is none of its type's: those go as JSON, and are taken or refused there. */
  encode(rows: readonly Row[]): BinaryRows | undefined {
    const columns = Object.keys(rows[0] ?? {})
    const writers = columns.map((column) => this.writerOf(column))
    if (columns.length === 0 || writers.includes(undefined)) return undefined
    const bytes = new Bytes(Math.min(reservedBytesMax, Math.ceil(1.1 * this.rowBytes * rows.length)))
    bytes.length(columns.length)
    for (const text of [...columns, ...columns.map((column) => this.types.get(column) as string)]) bytes.text(text)
    try {
      for (const row of rows) {
        if (Object.keys(row).length !== columns.length) return undefined
        for (let at = 0; at < columns.length; at++) (writers[at] as Write)(bytes, row[columns[at] as string])
      }
    } catch (error) {
      if (error === notBinary) return undefined
      throw error
    }
    const taken = bytes.taken()
    this.rowBytes = taken.length / rows.length
    return { columns, bytes: taken }
  }

  private writerOf(column: string): Write | undefined {
    if (!this.writers.has(column)) this.writers.set(column, writerOf(this.types.get(column) ?? ''))
    return this.writers.get(column)
  }
}

const whole = (value: unknown, least: number, most: number): number => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw notBinary
  return value
}

/** Whole numbers beyond what a double holds exactly are nobody's. */
const { MAX_SAFE_INTEGER: most, MIN_SAFE_INTEGER: least } = Number

const plain: Readonly<Record<string, Write>> = {
  UInt8: (bytes, value) => bytes.unsigned(whole(value, 0, 0xff), 1),
  UInt16: (bytes, value) => bytes.unsigned(whole(value, 0, 0xffff), 2),
  UInt32: (bytes, value) => bytes.unsigned(whole(value, 0, 0xffffffff), 4),
  UInt64: (bytes, value) => bytes.long(whole(value, 0, most)),
  Int8: (bytes, value) => bytes.unsigned(whole(value, -0x80, 0x7f) & 0xff, 1),
  Int32: (bytes, value) => bytes.unsigned(whole(value, -0x80000000, 0x7fffffff) >>> 0, 4),
  Int64: (bytes, value) => bytes.long(whole(value, least, most)),
  Float64: (bytes, value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw notBinary
    bytes.double(value)
  },
  String: (bytes, value) => {
    if (typeof value !== 'string') throw notBinary
    bytes.text(value)
  },
}

function writerOf(type: string): Write | undefined {
  const [, outer = '', inner = ''] = /^(\w+)\((.*)\)$/s.exec(type) ?? []
  if (outer === 'LowCardinality') return writerOf(inner)
  // Seconds and milliseconds since 1970, as JSON gives them.
  if (outer === 'DateTime') return plain.UInt32
  if (outer === 'DateTime64') return plain.Int64
  if (outer === 'Nullable') return orNull(writerOf(inner))
  if (outer === 'Array') return listOf(writerOf(inner))
  return plain[type]
}

const orNull = (write: Write | undefined): Write | undefined =>
  write &&
  ((bytes, value) => {
    bytes.unsigned(value === null ? 1 : 0, 1)
    if (value !== null) write(bytes, value)
  })

const listOf = (write: Write | undefined): Write | undefined =>
  write &&
  ((bytes, value) => {
    if (!Array.isArray(value)) throw notBinary
    bytes.length(value.length)
    for (const item of value) write(bytes, item)
  })

const half = 2 ** 32

/** Bytes that grow as they are written. */
class Bytes {
  private buffer: Buffer
  private at = 0

  constructor(expected: number) {
    this.buffer = Buffer.allocUnsafe(Math.max(1 << 16, expected))
  }

  taken(): Buffer {
    return this.buffer.subarray(0, this.at)
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, this.at + bytes))
    this.buffer.copy(larger, 0, 0, this.at)
    this.buffer = larger
  }

  unsigned(value: number, bytes: 1 | 2 | 4): void {
    this.reserve(4)
    const { buffer } = this
    for (let left = value, shifted = 0; shifted < bytes; shifted++, left >>>= 8) buffer[this.at++] = left & 0xff
  }

  long(value: number): void {
    const high = Math.floor(value / half)
    this.unsigned((value - high * half) >>> 0, 4)
    this.unsigned(high >>> 0, 4)
  }

  double(value: number): void {
    this.reserve(8)
    this.at = this.buffer.writeDoubleLE(value, this.at)
  }

  /** Seven bits a byte, the lowest first (LEB128). */
  length(value: number): void {
    this.reserve(10)
    let left = value
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.buffer[this.at++] = (left & 0x7f) | 0x80
    this.buffer[this.at++] = left
  }

  /** UTF-8; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    const size = Buffer.byteLength(value)
    this.length(size)
    this.reserve(size)
    this.at += this.buffer.write(value, this.at, 'utf8')
  }
}
