import { isUtf8 } from 'node:buffer'
import { counted } from '@straylight/schemas/counted'
import { cutText } from '@straylight/schemas/cut-text'
import { errorText } from '@straylight/schemas/error-text'
import type { Headers } from '../formats/format.ts'
import { originalOf, recordBytesMax } from './cut-record.ts'
import { type DoubledNames, doubledNames } from './doubled-names.ts'
import type { Fault } from './event-draft.ts'
import { jsonSize, jsonValuesMax } from './json-size.ts'

/** The JSON of some bytes, how many values it holds at every depth, and the objects in which a name stands twice. */
export interface ParsedJson {
  readonly json: unknown
  readonly values: number
  readonly doubled: DoubledNames | null
  /** Whether its text holds no backslash: then no text in it holds anything that JSON escapes. */
  readonly isUnescaped: boolean
}

/** The JSON of a record, or why it has none. */
export function parseRecord(value: Buffer, headers: Headers): ParsedJson | { fault: Fault } {
  const fault = sizeFault(value, headers)
  return fault === null ? parseJson(value) : { fault }
}

/** The JSON of bytes that are not too many, of so many values at most. */
export function parseJson(value: Buffer, valuesMax = jsonValuesMax): ParsedJson | { fault: Fault } {
  if (!isUtf8(value)) return { fault: { code: 'not_utf8', reason: 'is not valid UTF-8' } }
  const size = jsonSize(value, valuesMax)
  if ('fault' in size) return size
  try {
    const json: unknown = JSON.parse(withoutByteOrderMark(value))
    return {
      json,
      values: size.values,
      doubled: doubledNames(json, value, size.names),
      isUnescaped: !value.includes(0x5c),
    }
  } catch (error) {
    return { fault: { code: 'not_json', reason: `is not JSON: ${saidBy(error)}` } }
  }
}

/** What an error says, fit for a reason: it may quote the record, which may hold anything. */
export function saidBy(error: unknown): string {
  const said = errorText(error)
  return cutText(said.replace(/[\p{Cc}\p{Cs}]/gu, '?'), 300)
}

/** Why a record is too large to be read, or was too large for the log and came cut. */
export function sizeFault(value: Buffer, headers: Headers): Fault | null {
  const original = originalOf(headers)
  const length = original?.length_bytes ?? value.length
  if (length <= recordBytesMax && original === null) return null
  return { code: 'too_large', reason: `has ${counted(length, 'byte')}, at most ${recordBytesMax} are read` }
}

function withoutByteOrderMark(value: Buffer): string {
  const text = value.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
