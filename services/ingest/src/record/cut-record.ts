import { createHash, hash } from 'node:crypto'
import type { Headers } from '../formats/format.ts'

/** Largest record the log takes; what is larger is cut before it is appended. */
export const recordBytesMax = 1024 * 1024
/** What is kept of a rejected record. */
export const headBytesMax = 64 * 1024

/** Headers that tell a cut record's true length and SHA-256. */
const lengthHeader = 'cut-length'
const sha256Header = 'cut-sha256'

/** A record too large for the log: its head, and what it was. */
export interface CutRecord {
  readonly value: Buffer
  readonly headers: Headers
}

export interface RecordCut {
  /** Takes the next piece of the record; keeps the head and a running hash. */
  add(piece: Buffer): void
  end(): CutRecord
}

/** Cuts a record that comes in pieces, so that a line of any length costs 64 KiB of memory. */
export function startCut(): RecordCut {
  const digest = createHash('sha256')
  const head: Buffer[] = []
  let length = 0
  return {
    add(piece) {
      digest.update(piece)
      if (length < headBytesMax) head.push(Buffer.from(piece.subarray(0, headBytesMax - length)))
      length += piece.length
    },
    end: () => ({
      value: Buffer.concat(head),
      headers: { [lengthHeader]: String(length), [sha256Header]: digest.digest('hex') },
    }),
  }
}

export interface Original {
  readonly length_bytes: number
  readonly sha256: string
}

/** What a cut record was before, or `null` when the record is whole. */
export function originalOf(headers: Headers): Original | null {
  const length = headers[lengthHeader]
  const sha256 = headers[sha256Header]
  if (length === undefined || sha256 === undefined) return null
  if (!/^\d{1,15}$/.test(length) || !/^[0-9a-f]{64}$/.test(sha256)) return null
  return { length_bytes: Number(length), sha256 }
}

export const sha256Of = (bytes: Buffer | string): string => hash('sha256', bytes, 'hex')
