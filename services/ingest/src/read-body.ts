import type { Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'

/** What a request is refused with. */
export class Refused extends Error {
  override name = 'Refused'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Bytes of all requests at hand, bounded together: a thousand slow senders cost no more than one. */
export interface ByteBudget {
  /** Takes bytes or throws `Refused` 429. */
  take(bytes: number): void
  give(bytes: number): void
  readonly taken: number
}

export function createByteBudget(bytesMax: number): ByteBudget {
  let taken = 0
  return {
    get taken() {
      return taken
    },
    take(bytes) {
      if (taken + bytes > bytesMax)
        throw new Refused(429, 'busy', 'too many bytes are being taken in at once: send again a little later')
      taken += bytes
    },
    give(bytes) {
      taken -= bytes
    },
  }
}

/** A body in memory; `release` gives its bytes back to the budget, once. */
export interface HeldBody {
  readonly bytes: Buffer
  release(): void
}

/** Reads a body, unzipped, up to `bytesMax` either way: a small body that inflates without end is cut off at the bound. */
export async function readBody(
  payload: Readable,
  options: { encoding: string | undefined; bytesMax: number; budget: ByteBudget },
): Promise<HeldBody> {
  const { bytesMax, budget } = options
  const parts: Buffer[] = []
  let held = 0
  const release = (): void => {
    budget.give(held)
    held = 0
  }
  try {
    for await (const part of decoded(payload, options.encoding)) {
      budget.take(part.length)
      held += part.length
      if (held > bytesMax) throw tooLarge(bytesMax)
      parts.push(part)
    }
    return { bytes: Buffer.concat(parts), release }
  } catch (error) {
    release()
    if (error instanceof Refused) throw error
    throw new Refused(400, 'bad_body', `the body cannot be read: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

export const tooLarge = (bytesMax: number): Refused =>
  new Refused(413, 'too_large', `the body is larger than ${bytesMax} bytes: send it in parts`)

function decoded(payload: Readable, encoding = 'identity'): AsyncIterable<Buffer> {
  // A refusal must still reach the sender: ending the reading must not end the connection.
  if (encoding === 'identity') return payload.iterator({ destroyOnReturn: false })
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new Refused(
      415,
      'unknown_encoding',
      `content-encoding "${encoding.slice(0, 40)}" is not read: gzip or deflate is`,
    )
  const unzip = encoding === 'gzip' ? createGunzip() : createInflate()
  payload.once('error', (error) => unzip.destroy(error))
  return payload.pipe(unzip)
}
