import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** Passes bytes on, unzipped where they begin like gzip; several members one after another are one stream. */
export async function* unzip(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const iterator = chunks[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 2) {
    const next = await iterator.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const rest = restOf(head, iterator)
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* rest
    return
  }
  const source = Readable.from(rest, { objectMode: false })
  const gunzip = createGunzip()
  // `pipe` does not carry errors along: without this a disk error would leave the reader waiting.
  source.once('error', (error) => gunzip.destroy(error))
  for await (const chunk of source.pipe(gunzip)) yield chunk
}

async function* restOf(head: Buffer, iterator: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (head.length > 0) yield head
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
}
