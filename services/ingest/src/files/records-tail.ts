import type { Formats } from '../formats/create-formats.ts'
import { isBareWrapper } from '../framing/all-framings.ts'
import { originalOf } from '../record/cut-record.ts'
import { isObject } from '../record/field-reader.ts'
import { parseRecord } from '../record/parse-record.ts'
import type { Piece } from './piece-builder.ts'

/** Whether an object that begins so is a document with a list, and no event that has a list among its fields. */
export function isListHead(head: Buffer, formats: Formats): boolean {
  const parsed = parseRecord(Buffer.concat([head, Buffer.from(']}')]), {})
  return 'json' in parsed && isObject(parsed.json) && formats.detected(parsed.json) === null
}

/**
 * What follows the list of a document such as `{"Records": […]}` is a record too where it makes the document an event, holds more
 * records or is no JSON, and where there was none in the list (`isEmpty`): nothing may vanish there. Else `null`. `head` is what the
 * document begins with, up to its list.
 */
export function recordBehind(
  tail: Piece,
  { isEmpty, head, formats }: { isEmpty: boolean; head: Buffer; formats: Formats },
): Piece | null {
  if (originalOf(tail.headers) !== null) return tail
  const value = Buffer.concat([head, Buffer.from(']'), tail.value])
  if (isEmpty) return { ...tail, value }
  const parsed = parseRecord(value, tail.headers)
  return 'json' in parsed && parsed.doubled === null && isBareWrapper(parsed.json, formats) ? null : { ...tail, value }
}
