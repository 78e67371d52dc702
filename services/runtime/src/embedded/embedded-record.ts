import type { LogRecord, NewRecord } from '../log/log.ts'

/** Time in ms (float64), length of the key, length of the headers (uint32 each). */
const headBytes = 16

/** A record as LMDB holds it: head, key, headers as JSON (nothing when there are none), value. */
export function packRecord(record: NewRecord, nowMs: number): Buffer {
  const headers = record.headers === undefined ? '' : JSON.stringify(record.headers)
  const keyBytes = Buffer.byteLength(record.key)
  const headerBytes = Buffer.byteLength(headers)
  const valueAt = headBytes + keyBytes + headerBytes
  const packed = Buffer.allocUnsafe(valueAt + Buffer.byteLength(record.value))
  packed.writeDoubleLE(record.timestamp ?? nowMs, 0)
  packed.writeUInt32LE(keyBytes, 8)
  packed.writeUInt32LE(headerBytes, 12)
  packed.write(record.key, headBytes)
  packed.write(headers, headBytes + keyBytes)
  if (typeof record.value === 'string') packed.write(record.value, valueAt)
  else record.value.copy(packed, valueAt)
  return packed
}

const noHeaders: Readonly<Record<string, string>> = Object.freeze({})

/** Turns back what `packRecord` made; the value is a view of `packed`, not a copy. */
export function unpackRecord(packed: Buffer, topic: string, partition: number, offset: number): LogRecord {
  const headersAt = headBytes + packed.readUInt32LE(8)
  const valueAt = headersAt + packed.readUInt32LE(12)
  return {
    topic,
    partition,
    offset,
    key: packed.toString('utf8', headBytes, headersAt),
    value: packed.subarray(valueAt),
    headers: valueAt === headersAt ? noHeaders : JSON.parse(packed.toString('utf8', headersAt, valueAt)),
    timestamp: packedTimestamp(packed),
  }
}

/** Log time of a packed record, in milliseconds since 1970 UTC. */
export function packedTimestamp(packed: Buffer): number {
  return packed.readDoubleLE(0)
}

/** Key of a packed record. */
export function packedKey(packed: Buffer): string {
  return packed.toString('utf8', headBytes, headBytes + packed.readUInt32LE(8))
}
