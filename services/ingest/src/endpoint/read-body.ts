import type { Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { cutText } from '@straylight/schemas/cut-text'
import { type BodyPace, watchPace } from './body-pace.ts'
import type { ByteBudget } from './byte-budget.ts'
import { RequestRefused, tooLarge } from './request-refused.ts'

/** A body in memory; `release` gives its bytes back to the budget, once. */
export interface HeldBody {
  readonly bytes: Buffer
  release(): void
}

/**
 * Reads a body, unzipped, up to `bytesMax` either way: a small body that inflates without end is cut off at the bound, and one that
 * comes too slowly when its pace says so. Throws `RequestRefused`, and has given back all it took.
 */
export async function readBody(
  payload: Readable,
  options: { encoding: string | undefined; bytesMax: number; budget: ByteBudget; pace: BodyPace },
): Promise<HeldBody> {
  const { bytesMax, budget } = options
  const watch = watchPace(options.pace)
  const parts: Buffer[] = []
  let held = 0
  const release = (): void => {
    budget.give(held)
    held = 0
  }
  try {
    for await (const part of decoded(payload, options.encoding, watch)) {
      budget.take(part.length)
      held += part.length
      if (held > bytesMax) throw tooLarge(bytesMax)
      parts.push(part)
    }
    return { bytes: Buffer.concat(parts), release }
  } catch (error) {
    release()
    if (error instanceof RequestRefused) throw error
    throw new RequestRefused(
      400,
      'bad_body',
      `the body cannot be read: ${error instanceof Error ? error.message : 'unknown'}`,
    )
  } finally {
    watch.end()
  }
}

type Watch = ReturnType<typeof watchPace>

function decoded(payload: Readable, given = 'identity', watch: Watch): AsyncIterable<Buffer> {
  const encoding = given
    .trim()
    .toLowerCase()
    .replace(/^x-gzip$/, 'gzip')
  // A refusal must still reach the sender: ending the reading must not end the connection.
  if (encoding === 'identity') {
    const parts: AsyncIterator<Buffer> = payload.iterator({ destroyOnReturn: false })
    return paced(parts, watch, { countedOf: (part) => part.length })
  }
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new RequestRefused(
      415,
      'unknown_encoding',
      `content-encoding "${cutText(encoding, 40)}" is not read: gzip or deflate is`,
    )
  const unzip = encoding === 'gzip' ? createGunzip() : createInflate()
  payload.once('error', (error) => unzip.destroy(error))
  // What counts is what the sender did, not what a kilobyte of its zeros inflates to.
  payload.on('data', (part: Buffer) => watch.counted(part.length))
  payload.once('end', () => watch.end())
  watch.isOurs = () => unzip.writableNeedDrain
  const unzipped: AsyncIterator<Buffer> = payload.pipe(unzip)[Symbol.asyncIterator]()
  return paced(unzipped, watch, {
    abandon: () => {
      payload.unpipe(unzip)
      unzip.destroy()
    },
  })
}

/** The same parts, unless the pace is cut first; then `abandon` ends what would wait for the next one. */
async function* paced(
  parts: AsyncIterator<Buffer>,
  watch: Watch,
  { countedOf, abandon }: { countedOf?: (part: Buffer) => number; abandon?: () => void },
): AsyncGenerator<Buffer, void, undefined> {
  let waits = false
  try {
    for (;;) {
      waits = true
      const next = await Promise.race([parts.next(), watch.cut])
      waits = false
      if (next.done === true) return
      watch.counted(countedOf?.(next.value) ?? 0)
      yield next.value
    }
  } finally {
    // Ending an iterator that waits would wait with it.
    if (waits) abandon?.()
    else await parts.return?.()
  }
}
