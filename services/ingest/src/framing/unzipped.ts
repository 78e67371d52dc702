import { gunzipSync, inflateSync } from 'node:zlib'
import type { Fault } from '../record/event-draft.ts'

/** Most bytes that one record may unfold to, all its wrappings together. */
export const unfoldedBytesMax = 8 * 1024 * 1024

/** The bytes inside gzip or zlib, `bytesMax` at most, or why there are none; `null` where these are neither. */
export function unzipped(bytes: Buffer, bytesMax: number): { name: string; bytes: Buffer } | Fault | null {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
  // A zlib header: deflate, a window of 32 KiB, and a check of both bytes. Text may begin alike, and is no zlib then.
  const isZlib = bytes[0] === 0x78 && bytes.length > 6 && bytes.readUInt16BE(0) % 31 === 0
  if (!isGzip && !isZlib) return null
  try {
    const options = { maxOutputLength: Math.max(1, bytesMax) }
    return { name: isGzip ? 'gzip' : 'zlib', bytes: isGzip ? gunzipSync(bytes, options) : inflateSync(bytes, options) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      return { code: 'too_large', reason: `unfolds to more than ${unfoldedBytesMax} bytes: send it in several records` }
    return isGzip ? { code: 'not_json', reason: 'is gzip that is damaged or was cut off' } : null
  }
}
