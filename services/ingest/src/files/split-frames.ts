import { createPieceBuilder, type InputSplitter, type Piece } from './piece-builder.ts'

/** How the length before each record is written: four bytes, most or least significant first, or protobuf's variable ones. */
export type FrameLength = 'be32' | 'le32' | 'varint'

/** Most bytes that a length takes: fewer may be one that is not all there. */
const lengthBytesMax = 5
/** Longest record that a file is taken to hold: what begins with more is something else. */
const frameBytesMax = 64 * 1024 * 1024

/**
 * Whether each record of a file stands behind its length, as the Collector's file exporter writes protobuf. `whole`: nothing follows the head.
 * Such a file holds bytes that no text does, and one record ends where the next begins.
 */
export function frameLengthOf(head: Buffer, whole: boolean): FrameLength | null {
  if (!holdsControl(head)) return null
  return (['be32', 'le32', 'varint'] as const).find((length) => holdsFrames(head, length, whole)) ?? null
}

function holdsControl(head: Buffer): boolean {
  for (let at = 0; at < head.length && at < 256; at++) if (Number(head[at]) < 0x07) return true
  return false
}

function holdsFrames(head: Buffer, length: FrameLength, whole: boolean): boolean {
  for (let at = 0; at < head.length; ) {
    const frame = lengthAt(head, at, length)
    if (frame === null) return !whole && at > 0 && head.length - at < 4
    const begins = head[frame.begins]
    // A JSON object, or a protobuf document: its first field, of any length.
    if (frame.bytes < 2 || frame.bytes > frameBytesMax) return false
    if (begins !== undefined && begins !== 0x0a && (begins !== 0x7b || length === 'varint')) return false
    // A file that was cut off is one all the same, where a whole record comes before.
    const isFirst = at === 0
    at = frame.begins + frame.bytes
    if (at > head.length) return !whole || (!isFirst && length !== 'varint')
  }
  return head.length > 0
}

/** The length that stands at a place, and where its record begins; `null` where it is not all there. */
function lengthAt(bytes: Buffer, at: number, length: FrameLength): { begins: number; bytes: number } | null {
  if (length !== 'varint') {
    if (at + 4 > bytes.length) return null
    return { begins: at + 4, bytes: length === 'be32' ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at) }
  }
  let value = 0
  for (let part = 0; part < lengthBytesMax && at + part < bytes.length; part++) {
    const byte = Number(bytes[at + part])
    value += (byte & 0x7f) * 2 ** (7 * part)
    if (byte < 0x80) return { begins: at + part + 1, bytes: value }
  }
  return null
}

/** One record behind each length; what is left at the end is handed on as it is, to be rejected. Lines count records. */
export function createFrameSplitter(length: FrameLength): InputSplitter {
  const builder = createPieceBuilder({ keepsSpace: true })
  let begun = Buffer.alloc(0)
  /** Bytes of the record at hand that are still to come; none is at hand where it is 0. */
  let left = 0
  let record = 1
  return {
    *push(chunk): Iterable<Piece> {
      let bytes = begun.length === 0 ? chunk : Buffer.concat([begun, chunk])
      begun = Buffer.alloc(0)
      while (bytes.length > 0) {
        if (left === 0) {
          const frame = lengthAt(bytes, 0, length)
          if (frame === null && bytes.length < lengthBytesMax) {
            begun = Buffer.from(bytes)
            return
          }
          // What is no length leaves nothing to go by: the rest is one record, and rejected.
          left = frame?.bytes ?? Number.POSITIVE_INFINITY
          bytes = bytes.subarray(frame?.begins ?? 0)
          if (left === 0) continue
        }
        const part = bytes.subarray(0, left)
        builder.add(part)
        left -= part.length
        bytes = bytes.subarray(part.length)
        if (left === 0) yield builder.take(record++)
      }
    },
    *end(): Iterable<Piece> {
      builder.add(begun)
      const rest = builder.take(record)
      if (rest.value.length > 0) yield rest
    },
  }
}
