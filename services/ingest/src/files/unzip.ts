import { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { unzstd, zstdMagic } from '@straylight/runtime/zstd-frames'

/** Window that a file packed with zstd may ask for, which is memory: `zstd -19` asks for 8 MiB, `--ultra -22` for 128. */
const zstdWindowMax = 128 * 1024 * 1024

/**
 * Passes bytes on, unpacked where they begin like gzip, zlib or zstd, or where the file's name says brotli, which nothing in it tells. Several
 * members of gzip one after another are one stream.
 */
export async function* unzip(chunks: AsyncIterable<Buffer>, file: string): AsyncIterable<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const rest = restOf(head, iterator)
  if (head.length >= 4 && head.readUInt32LE(0) === zstdMagic) {
    yield* unzstd(rest, zstdWindowMax)
    return
  }
  const unpack = unpackerOf(head, file)
  if (unpack === null) {
    yield* rest
    return
  }
  const source = Readable.from(rest, { objectMode: false })
  // `pipe` does not carry errors along: without this a disk error would leave the reader waiting.
  source.once('error', (error) => unpack.destroy(error))
  for await (const chunk of source.pipe(unpack)) yield chunk
}

function unpackerOf(head: Buffer, file: string) {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip()
  // Deflate with a window of 32 KiB; no log begins with an `x` and one of these.
  if (head[0] === 0x78 && (head[1] === 0x01 || head[1] === 0x9c || head[1] === 0xda)) return createInflate()
  return /\.br(?:otli)?$/i.test(file) ? createBrotliDecompress() : null
}

async function* restOf(head: Buffer, iterator: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (head.length > 0) yield head
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
}
