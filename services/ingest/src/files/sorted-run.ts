import { createReadStream, createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { InputRecord } from './input-record.ts'

/** A record and the time by which it takes its turn. */
export interface TimedRecord {
  readonly turn: number
  readonly record: InputRecord
}

/** Lengths of the reported part and of the value, before both. */
const prefixBytes = 8

/** Writes records to a file of our own, in the order given: lengths, what is reported of the record as JSON, its bytes. */
export async function writeRun(file: string, records: readonly TimedRecord[]): Promise<void> {
  await pipeline(Readable.from(encoded(records)), createWriteStream(file))
}

function* encoded(records: readonly TimedRecord[]): Iterable<Buffer> {
  for (const { turn, record } of records) {
    const { value, ...reported } = record
    const text = Buffer.from(JSON.stringify({ turn, reported }))
    const prefix = Buffer.allocUnsafe(prefixBytes)
    prefix.writeUInt32LE(text.length, 0)
    prefix.writeUInt32LE(value.length, 4)
    yield Buffer.concat([prefix, text, value])
  }
}

/** Reads such a file again, one record at a time. */
export async function* readRun(file: string): AsyncIterable<TimedRecord> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 })) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    for (let end = endOf(held, at); end <= held.length; end = endOf(held, at)) {
      yield decoded(held.subarray(at, end))
      at = end
    }
    held = held.subarray(at)
  }
}

/** Where the record that begins at `at` ends; beyond all bytes while even its lengths are not there. */
function endOf(held: Buffer, at: number): number {
  if (at + prefixBytes > held.length) return Number.POSITIVE_INFINITY
  return at + prefixBytes + held.readUInt32LE(at) + held.readUInt32LE(at + 4)
}

function decoded(bytes: Buffer): TimedRecord {
  const valueAt = prefixBytes + bytes.readUInt32LE(0)
  const { turn, reported } = JSON.parse(bytes.toString('utf8', prefixBytes, valueAt)) as {
    turn: number
    reported: Omit<InputRecord, 'value'>
  }
  return { turn, record: { ...reported, value: bytes.subarray(valueAt) } }
}
