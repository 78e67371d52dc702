import { isBareWrapper } from '../framing/all-framings.ts'
import { originalOf } from '../record/cut-record.ts'
import { parseRecord } from '../record/parse-record.ts'
import type { Piece } from './piece-builder.ts'

/**
 * What follows the array of a `{"Records": […]}` document is a record too where it makes the document an event, holds more
 * records or is no JSON, and where there was none in the array (`isEmpty`): nothing may vanish there. Else `null`.
 */
export function recordBehind(tail: Piece, isEmpty: boolean): Piece | null {
  if (originalOf(tail.headers) !== null) return tail
  const value = Buffer.concat([Buffer.from('{"Records":[]'), tail.value])
  if (isEmpty) return { ...tail, value }
  const parsed = parseRecord(value, tail.headers)
  return 'json' in parsed && isBareWrapper(parsed.json) ? null : { ...tail, value }
}
