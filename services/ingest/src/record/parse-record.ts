import { isUtf8 } from 'node:buffer'
import { cutText } from '@straylight/schemas/cut-text'
import { errorText } from '@straylight/schemas/error-text'
import type { Headers } from '../formats/format.ts'
import { originalOf, recordBytesMax } from './cut-record.ts'
import type { Fault } from './event-draft.ts'
import { jsonFault } from './json-size.ts'

/** The JSON of a record, or why it has none. */
export function parseRecord(value: Buffer, headers: Headers): { json: unknown } | { fault: Fault } {
  const fault = bytesFault(value, headers)
  if (fault !== null) return { fault }
  try {
    return { json: JSON.parse(withoutByteOrderMark(value)) }
  } catch (error) {
    return { fault: { code: 'not_json', reason: `is not JSON: ${saidBy(error)}` } }
  }
}

/** What an error says, fit for a reason: it may quote the record, which may hold anything. */
export function saidBy(error: unknown): string {
  const said = errorText(error)
  return cutText(said.replace(/[\p{Cc}\p{Cs}]/gu, '?'), 300)
}

function bytesFault(value: Buffer, headers: Headers): Fault | null {
  const original = originalOf(headers)
  const length = original?.length_bytes ?? value.length
  if (length > recordBytesMax || original !== null)
    return { code: 'too_large', reason: `has ${length} bytes, at most ${recordBytesMax} are read` }
  return isUtf8(value) ? jsonFault(value) : { code: 'not_utf8', reason: 'is not valid UTF-8' }
}

function withoutByteOrderMark(value: Buffer): string {
  const text = value.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
