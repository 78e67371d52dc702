import { Decompress } from 'fzstd'

export const zstdMagic = 0xfd2fb528
/** Bytes that are unpacked at a time: the library unpacks all it is given before it hands anything over. */
export const zstdPieceBytes = 16 * 1024
/** Bytes of a frame's head that tell its window. */
const headBytes = 18

/**
 * The window that the frame's head asks for, which the library takes at once: 8 MiB up to level 19, more above, where
 * Kafka's default is level 3. A frame of a single segment says its whole size instead.
 */
export function zstdWindow(packed: Buffer): number {
  if (packed.length < 6 || packed.readUInt32LE(0) !== zstdMagic) throw new Error('it is no zstd frame')
  const head = packed.readUInt8(4)
  if ((head & 0x20) === 0) {
    const window = packed.readUInt8(5)
    return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8)
  }
  const at = 5 + ([0, 1, 2, 4][head & 3] ?? 0)
  const sizeBytes = 2 ** (head >> 6)
  if (sizeBytes === 8) return Number(packed.readBigUInt64LE(at))
  return packed.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
}

/**
 * Unpacks a stream that begins with a frame of zstd, in memory of one window, `windowMax` bytes at most. Throws where it asks for more, is
 * damaged or was cut off.
 */
export async function* unzstd(chunks: AsyncIterable<Buffer>, windowMax: number): AsyncIterable<Buffer> {
  const ready: Buffer[] = []
  let ended = false
  const stream = new Decompress((part, final) => {
    ready.push(Buffer.from(part))
    ended = final === true
  })
  let head: Buffer | null = Buffer.alloc(0)
  const push = function* (bytes: Buffer, final: boolean): Iterable<Buffer> {
    for (let at = 0; at < bytes.length || final; at += zstdPieceBytes) {
      const isLast = at + zstdPieceBytes >= bytes.length
      pushed(stream, bytes.subarray(at, at + zstdPieceBytes), final && isLast)
      yield* ready.splice(0)
      if (isLast) return
    }
  }
  for await (const chunk of chunks) {
    if (head === null) yield* push(chunk, false)
    else {
      head = Buffer.concat([head, chunk])
      if (head.length < headBytes) continue
      checkWindow(head, windowMax)
      yield* push(head, false)
      head = null
    }
  }
  if (head !== null) checkWindow(head, windowMax)
  yield* push(head ?? Buffer.alloc(0), true)
  if (!ended) throw new Error(cutOff)
}

const cutOff = 'its packed data ends too early: the file was cut off'

/** The library's errors say what it found; people want to know what is wrong with their file. */
function pushed(stream: Decompress, bytes: Buffer, final: boolean): void {
  try {
    stream.push(bytes, final)
  } catch (error) {
    const isCut = error instanceof Error && error.message === 'unexpected EOF'
    throw new Error(isCut ? cutOff : 'its packed data is damaged', { cause: error })
  }
}

function checkWindow(head: Buffer, windowMax: number): void {
  if (zstdWindow(head) > windowMax)
    throw new Error(
      `is packed with a window of more than ${windowMax / 1024 / 1024} MiB; pack it with zstd -19 or less`,
    )
}
