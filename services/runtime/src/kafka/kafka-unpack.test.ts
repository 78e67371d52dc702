import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { compressFrameSync } from 'lz4-napi'
import { compressSync } from 'snappy'
import { unpackers } from './kafka-unpack.ts'

/** As snappy-java does it, in blocks of 32 KiB. */
function frameSnappy(bytes: Buffer): Buffer {
  const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
  const parts: Buffer[] = [head]
  for (let at = 0; at < bytes.length; at += 32_768) {
    const block = compressSync(bytes.subarray(at, at + 32_768))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** A zstd frame of blocks that each say "128 KiB of this byte" in four bytes. Window: 8 MiB. */
function zstdOfZeros(blocks: number): Buffer {
  const block = (last: boolean) => [...littleEndian((131_072 << 3) | (1 << 1) | (last ? 1 : 0), 3), 0]
  const body = Array.from({ length: blocks }, (_, at) => block(at === blocks - 1)).flat()
  return Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 13 << 3, ...body])
}

function littleEndian(number: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, at) => (number >>> (8 * at)) & 0xff)
}

const packers = {
  gzip: { unpack: unpackers.gzip, pack: (bytes: Buffer) => gzipSync(bytes) },
  'snappy, bare': { unpack: unpackers.snappy, pack: (bytes: Buffer) => compressSync(bytes) },
  'snappy, framed': { unpack: unpackers.snappy, pack: frameSnappy },
  lz4: { unpack: unpackers.lz4, pack: (bytes: Buffer) => compressFrameSync(bytes) },
}

/** Now dense, now sparse, up to a few blocks of any of them. */
const anyBytes = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 900 }))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => bytes)))

for (const [name, { pack, unpack }] of Object.entries(packers)) {
  test(`${name}: unpacks what was packed`, () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => unpack(pack(bytes)).equals(bytes)),
      { numRuns: 50 },
    )
  })

  test(`${name}: refuses what would be larger than the bound`, () => {
    const packed = pack(Buffer.alloc(3 * 1024 * 1024))
    assert.throws(() => unpack(packed, 2 * 1024 * 1024), /more than 2 MiB/)
    assert.equal(unpack(packed, 4 * 1024 * 1024).length, 3 * 1024 * 1024)
  })

  test(`${name}: throws on what is cut off`, () => {
    fc.assert(
      fc.property(anyBytes, fc.double({ min: 0, max: 0.95, noNaN: true }), (bytes, share) => {
        const packed = pack(bytes)
        const cut = packed.subarray(0, Math.floor(packed.length * share))
        // Framed snappy has no end: cut between two blocks, it is a shorter one.
        if (name !== 'snappy, framed') assert.throws(() => unpack(cut))
        else assert.ok(unpackedLength(() => unpack(cut)) < bytes.length)
      }),
      { numRuns: 50 },
    )
  })
}

function unpackedLength(unpack: () => Buffer): number {
  try {
    return unpack().length
  } catch {
    return -1
  }
}

test('zstd: unpacks a frame, and refuses what would be larger than the bound', () => {
  assert.ok(unpackers.zstd(zstdOfZeros(100)).equals(Buffer.alloc(100 * 131_072)))
  assert.throws(() => unpackers.zstd(zstdOfZeros(300)), /more than 32 MiB/)
})

test('zstd: refuses a window that alone would be larger than the bound, before it is taken', () => {
  const frame = zstdOfZeros(1)
  frame[5] = 16 << 3
  assert.throws(() => unpackers.zstd(frame), /more than 32 MiB/)
  const single = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, ...littleEndian(0x7fffffff, 4), 1, 0, 0])
  assert.throws(() => unpackers.zstd(single), /more than 32 MiB/)
})

test('zstd: throws on what is cut off', () => {
  const frame = zstdOfZeros(20)
  for (let length = 0; length < frame.length; length += 7)
    assert.throws(() => unpackers.zstd(frame.subarray(0, length)))
})
