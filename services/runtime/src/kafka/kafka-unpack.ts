import { gunzipSync } from 'node:zlib'
import { Decompress } from 'fzstd'
import { decompressFrameSync } from 'lz4-napi'
import { uncompressSync } from 'snappy'
import { zstdPieceBytes, zstdWindow } from '../zstd-frames.ts'

/** Kafka's ways to compress a record batch, by their number in the batch's attributes. */
export const codecNumbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
export type CodecName = keyof typeof codecNumbers

/**
 * Bytes that one record batch may unpack to. Producers fill batches of at most a few MiB before they compress them; some
 * hundred bytes can be made to unpack to gigabytes, and whoever may write to a topic could end every reader with them.
 */
export const unpackedBytesMax = 32 * 1024 * 1024

/** Unpacks the records of a batch; throws on what is damaged, and before it would take more memory than the bound. */
export const unpackers: Readonly<Record<CodecName, (packed: Buffer, bytesMax?: number) => Buffer>> = {
  gzip: unpackGzip,
  snappy: unpackSnappy,
  lz4: unpackLz4,
  zstd: unpackZstd,
}

function unpackGzip(packed: Buffer, bytesMax = unpackedBytesMax): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: bytesMax })
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge('gzip', bytesMax)
    throw error
  }
}

/** Java's producers frame snappy as snappy-java does: this head, two version numbers, then blocks with their length before them. */
const snappyHead = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const snappyHeadBytes = snappyHead.length + 8

function unpackSnappy(packed: Buffer, bytesMax = unpackedBytesMax): Buffer {
  // librdkafka and others send a bare block.
  const framed = packed.subarray(0, snappyHead.length).equals(snappyHead)
  const blocks = framed ? snappyBlocks(packed) : [packed]
  if (blocks.length === 0) throw new Error('a snappy frame holds no block')
  const bytes = blocks.reduce((sum, block) => sum + snappyLength(block), 0)
  if (bytes > bytesMax) throw tooLarge('snappy', bytesMax)
  return Buffer.concat(blocks.map((block) => Buffer.from(uncompressSync(block, { asBuffer: true }))))
}

function snappyBlocks(packed: Buffer): Buffer[] {
  const blocks: Buffer[] = []
  for (let at = snappyHeadBytes; at < packed.length; ) {
    const length = packed.readUInt32BE(at)
    at += 4
    if (length === 0 || at + length > packed.length) throw new Error('a snappy block is cut off')
    blocks.push(packed.subarray(at, at + length))
    at += length
  }
  return blocks
}

/** A block starts with the length of what it unpacks to, 7 bits a byte, lowest first. */
function snappyLength(block: Buffer): number {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length
  }
  throw new Error('a snappy block does not say its length')
}

const lz4Magic = 0x184d2204
const lz4 = { blockChecksums: 0x10, contentSize: 0x08, dictionary: 0x01, stored: 0x80000000 } as const
const lz4BlockBytesMax = [64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024] as const

function unpackLz4(packed: Buffer, bytesMax = unpackedBytesMax): Buffer {
  // One more block than fits is allowed for: the last one need not be full.
  const { blocks, blockBytes } = lz4Extent(packed)
  if ((blocks - 1) * blockBytes > bytesMax) throw tooLarge('lz4', bytesMax)
  const unpacked = decompressFrameSync(packed)
  if (unpacked.length > bytesMax) throw tooLarge('lz4', bytesMax)
  return unpacked
}

/** Walks the frame's block lengths: the library itself knows no bound. */
function lz4Extent(packed: Buffer): { blocks: number; blockBytes: number } {
  if (packed.readUInt32LE(0) !== lz4Magic) throw new Error('it is no lz4 frame')
  const flags = packed.readUInt8(4)
  const blockBytes = lz4BlockBytesMax[((packed.readUInt8(5) >> 4) & 7) - 4]
  if (blockBytes === undefined) throw new Error('the lz4 frame has no known block size')
  let at = 7 + (flags & lz4.contentSize ? 8 : 0) + (flags & lz4.dictionary ? 4 : 0)
  let blocks = 0
  for (let size = packed.readUInt32LE(at); size !== 0; size = packed.readUInt32LE(at)) {
    at += 4 + (size % lz4.stored) + (flags & lz4.blockChecksums ? 4 : 0)
    blocks += 1
  }
  return { blocks, blockBytes }
}

/** Block by block, so that it ends at the bound. */
function unpackZstd(packed: Buffer, bytesMax = unpackedBytesMax): Buffer {
  if (zstdWindow(packed) > bytesMax) throw tooLarge('zstd', bytesMax)
  const parts: Uint8Array[] = []
  let bytes = 0
  let ended = false
  const stream = new Decompress((part, final) => {
    bytes += part.length
    if (bytes > bytesMax) throw tooLarge('zstd', bytesMax)
    parts.push(part)
    ended ||= final === true
  })
  // In pieces, since the library unpacks all it is given before it hands anything over.
  for (let at = 0; at < packed.length; at += zstdPieceBytes) {
    stream.push(packed.subarray(at, at + zstdPieceBytes), at + zstdPieceBytes >= packed.length)
  }
  if (!ended) throw new Error('the zstd frame is cut off')
  return Buffer.concat(parts)
}

function tooLarge(codec: CodecName, bytesMax: number): Error {
  return new Error(`a ${codec} batch unpacks to more than ${bytesMax / 1024 / 1024} MiB`)
}
