import type { Headers } from '../formats/format.ts'
import { type RecordCut, recordBytesMax, startCut } from '../record/cut-record.ts'

/** A record's bytes and the line it begins on; a record beyond the log's limit comes cut, and its headers say so. */
export interface Piece {
  readonly value: Buffer
  readonly headers: Headers
  readonly line: number
}

/** Puts a record together from slices of chunks; beyond 1 MiB it keeps the head and a hash only. */
export interface PieceBuilder {
  add(slice: Buffer): void
  /** The first bytes of the record with this slice added, `bytesMax` at most; changes nothing. */
  peek(slice: Buffer, bytesMax: number): Buffer
  /** The record, without white space around it; starts anew. */
  take(line: number): Piece
}

/** `keepsSpace`: white space around a record is part of it, as bytes may be that are no text. */
export function createPieceBuilder({ keepsSpace = false }: { keepsSpace?: boolean } = {}): PieceBuilder {
  let slices: Buffer[] = []
  let length = 0
  let cut: RecordCut | null = null
  return {
    add(slice) {
      if (slice.length === 0) return
      length += slice.length
      if (cut === null && length > recordBytesMax) {
        cut = startCut()
        for (const earlier of slices) cut.add(earlier)
        slices = []
      }
      if (cut === null) slices.push(slice)
      else cut.add(slice)
    },
    peek: (slice, bytesMax) =>
      Buffer.concat([...slices, slice].map((part) => part.subarray(0, bytesMax))).subarray(0, bytesMax),
    take(line) {
      const [first = Buffer.alloc(0)] = slices
      const whole = slices.length === 1 ? first : Buffer.concat(slices)
      const piece =
        cut === null ? { value: keepsSpace ? whole : trimmed(whole), headers: {}, line } : { ...cut.end(), line }
      slices = []
      length = 0
      cut = null
      return piece
    },
  }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

function trimmed(bytes: Buffer): Buffer {
  let start = 0
  let end = bytes.length
  while (start < end && isSpace(bytes[start])) start++
  while (end > start && isSpace(bytes[end - 1])) end--
  return bytes.subarray(start, end)
}

/** Takes bytes as they come and gives whole records. Memory: the record at hand. */
export interface InputSplitter {
  push(chunk: Buffer): Iterable<Piece>
  /** What stands at the end without a terminator. */
  end(): Iterable<Piece>
}
